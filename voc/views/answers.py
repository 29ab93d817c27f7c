"""The personal answer page. A GET never stores anything: mail scanners open every link, and some press buttons."""

import time
from dataclasses import dataclass, replace

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from voc.formulas.answers import AnswerValue, Posted
from voc.formulas.definitions import Definition, text_in
from voc.formulas.flow import screen_after, screens_of
from voc.formulas.tokens import digest_of
from voc.http import answering
from voc.http.answering import AT, MOVE, Frame, Screen
from voc.http.links import doubts_of, form_token, language_for, read_form_token, render_gone, render_public, speaking
from voc.http.marks import TRAP_PARAMETER, marks_of, note_visit
from voc.models import Invitation, Response
from voc.selectors.definitions import definition_of, seconds_of
from voc.selectors.invitations import answering_of, last_time, seconds_since_mail
from voc.services.responses import is_editable, is_over, take_answers, take_partial
from voc.services.tokens import preference_token
from voc.tasks import ring_follow_up


@dataclass(frozen=True)
class Visit:
    """One request to a personal link: who was asked what, and what is known so far."""

    token: str
    invitation: Invitation
    response: Response | None
    definition: Definition
    answers: dict[str, AnswerValue]
    language: str
    visit: str | None
    company: str
    may_have_news: bool

    @property
    def is_confirmed(self) -> bool:
        return self.response is not None and self.response.state == Response.State.CONFIRMED

    def url(self, query: str) -> str:
        """This page again, in the same language."""
        return f"{reverse('survey_answer', args=[self.token])}?{query}&lang={self.language}"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request: HttpRequest, token: str) -> HttpResponse:
    """One personal survey, a screen at a time. SECURITY: the token is the only credential; it opens this page alone."""
    visit_digest = digest_of(f"visit:{token}")
    found = answering_of(token, visit_digest)
    if found is None:
        return render_gone(request, language=language_for(request, "en"))
    invitation, response = found.invitation, found.response
    if response is None and is_over(invitation):
        return gone(request, invitation)
    visit = Visit(
        token=token,
        invitation=invitation,
        response=response,
        definition=definition_of(invitation.version),
        answers=found.answers,
        language=language_for(request, invitation.language),
        visit=visit_digest if invitation.version.survey.is_anonymous else None,
        company=found.company,
        may_have_news=found.may_have_news,
    )
    if request.method == "POST":
        return take(request, visit)
    note_visit(request, invitation.digest)
    screen = screen_to_show(request, visit)
    return thanks(request, visit) if screen is None else show(request, visit, screen)


def screen_to_show(request: HttpRequest, visit: Visit) -> Screen | None:
    """The screen that was asked for, else where the person left off; None when there is nothing to ask any more."""
    is_whole = visit.response is None and visit.invitation.state == Invitation.State.ANSWERED
    is_closed = visit.is_confirmed and visit.response is not None and not is_editable(visit.response)
    if is_whole or is_closed or ("done" in request.GET and visit.is_confirmed):
        return None
    if "edit" in request.GET:
        return screens_of(visit.definition, visit.answers)[0]
    asked = answering.screen_at(visit.definition, visit.answers, request.GET.get(AT, ""))
    if asked is not None:
        return asked
    if visit.is_confirmed and visit.response is not None and visit.response.is_complete:
        return None
    left = answering.screen_to_resume(visit.definition, visit.answers)
    return left or (None if visit.is_confirmed else screens_of(visit.definition, visit.answers)[-1])


def take(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A submitted form: stored and on to the next screen, asked once more, or shown again with what is missing."""
    screen = answering.screen_at(visit.definition, visit.answers, request.POST.get(AT, ""))
    age = read_form_token(request.POST.get("form", ""), visit.invitation.digest)
    posted = answering.posted_of(request)
    if screen is None or age.seconds is None:
        screen = screen or screens_of(visit.definition, visit.answers)[0]
        given = answering.read_form(visit.definition, screen, posted).answers
        with speaking(visit.language):
            notice = _("This page was open for too long. Please send again.")
        return show(request, replace(visit, answers=visit.answers | given), screen, notice=notice, status=422)
    read = answering.read_form(visit.definition, screen, posted)
    shown = replace(visit, answers={**visit.answers, **read.answers})
    asked = [question.id for question in screen]
    if read.problems or MOVE in posted:
        doubts = doubts_of(request, age)
        if not doubts:
            take_partial(
                invitation=visit.invitation,
                answers=read.answers,
                language=visit.language,
                asked=asked,
                seconds=age.seconds,
                visit=visit.visit,
            )
        if not read.problems and not doubts:
            return HttpResponseRedirect(f"{visit.url(f'{AT}={asked[0]}')}#q.{asked[0]}", status=303)
        status = 422 if read.problems else 200
        return show(request, shown, screen, posted=posted, problems=read.problems, status=status)
    taken = take_answers(
        invitation=visit.invitation,
        answers=read.answers,
        doubts=doubts_of(
            request,
            age,
            mail_seconds=seconds_since_mail(visit.invitation, time.time()),
            marks=marks_of(visit.invitation.digest),
        ),
        language=visit.language,
        asked=asked,
        seconds=age.seconds,
        visit=visit.visit,
    )
    if taken.outcome == "gone":
        return gone(request, visit.invitation)
    if taken.outcome == "doubted":
        return show(request, shown, screen, posted=posted, is_asked_again=True)
    if taken.has_news:
        ring_follow_up()
    following = screen_after(visit.definition, shown.answers, asked[-1])
    is_at_end = following is None or taken.outcome == "closed"
    return HttpResponseRedirect(
        visit.url("done=1" if is_at_end or following is None else f"{AT}={following[0].id}"), status=303
    )


def show(
    request: HttpRequest,
    visit: Visit,
    screen: Screen,
    *,
    notice: str = "",
    posted: Posted | None = None,
    problems: dict[str, str] | None = None,
    is_asked_again: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form of a screen. `is_asked_again`: something looked like a machine, and a person presses Send once more."""
    invitation, contact = visit.invitation, visit.invitation.contact
    headline = visit.definition.headline
    tapped = answering.tapped_number(visit.definition, request.GET.get("a", "")) if request.method != "POST" else None
    if visit.is_confirmed and headline is not None and headline.id in visit.answers:
        tapped = None
    option = answering.tapped_option(screen, request.GET.get("o", "")) if request.method != "POST" else {}
    if not notice and request.method != "POST" and visit.is_confirmed and not {"edit", AT} & set(request.GET):
        with speaking(visit.language):
            notice = _("Your answer is with us. If you like, go on with what is left.")
    frame = Frame(
        language=visit.language,
        action=reverse("survey_answer", args=[visit.token]),
        form=form_token(invitation.digest, is_asked_again=is_asked_again),
        names={
            "contact.first_name": contact.name.split(" ")[0],
            "contact.name": contact.name,
            "account.name": invitation.account.name,
        },
        preferences=preference_token(contact),
        elsewhere=reverse("survey_elsewhere", args=[visit.token]),
        trap_link=f"?{TRAP_PARAMETER}=1",
        notice=notice,
        seconds=seconds_of(invitation.version),
        tapped=tapped,
        company=visit.company,
        is_asked_again=is_asked_again,
        is_anonymous=invitation.version.survey.is_anonymous,
    )
    return answering.render_screen(
        request,
        visit.definition,
        visit.answers,
        screen,
        frame=frame,
        survey=invitation.version.survey,
        posted=posted,
        problems=problems,
        filled=option | visit.answers if option else None,
        status=status,
    )


def thanks(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Thank you, and what became of what this person said last time."""
    response = visit.response
    is_open = response is not None and is_editable(response)
    left = answering.screen_to_resume(visit.definition, visit.answers) if is_open and response is not None else None
    context = {
        "survey": visit.invitation.version.survey,
        "words": text_in(visit.definition.thanks, visit.language),
        "last": last_time(visit.invitation) if visit.may_have_news else None,
        "company": visit.company,
        "is_anonymous": visit.invitation.version.survey.is_anonymous,
        "edit_url": visit.url("edit=1") if is_open else "",
        "next_url": visit.url(f"{AT}={left[0].id}") if left and response and not response.is_complete else "",
        "preferences": preference_token(visit.invitation.contact),
    }
    return render_public(request, "voc/answers/thanks.html", context, language=visit.language)


def gone(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The link is over, said kindly."""
    language = language_for(request, invitation.language)
    return render_gone(request, language=language, preferences=preference_token(invitation.contact), status=410)
