"""Asking: one account's people, or a part of the book."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import Account, Contact
from team.clock import today
from team.http.access import current_user, posted, requires_editor
from ui.http import done, render_part
from voc.forms.sending import AudienceForm, ConfirmForm, SendForm
from voc.models import Survey
from voc.selectors.candidates import audience, candidates_of
from voc.services.invitations import InviteResult, invite_contacts, plan_invitations

AT_ONCE = 300
IN_REQUEST = 20  # more mails than these are written by a worker


def occasion_of_today() -> str:
    """Rounds are months: who was asked this month is not asked again by a second click."""
    return f"{today():%Y-%m}"


def words_for(result: InviteResult) -> str:
    """What became of a send, as a sentence."""
    number = len(result.invited)
    words = ngettext("%(n)s person is asked.", "%(n)s people are asked.", number) % {"n": number}
    if result.suppressed:
        words += " " + _("%(n)s not, see the reasons.") % {"n": len(result.suppressed)}
    if result.already:
        words += " " + _("%(n)s had been asked this month.") % {"n": result.already}
    return words


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_send(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: the survey, its people with the budget's verdict, one button. A dialog, and a page of its own."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=pk)
    people = candidates_of(Contact.objects.filter(account=account).exclude(status=Contact.Status.LEFT))
    form = SendForm(posted(request), candidates=people)
    if request.method == "POST" and form.is_valid():
        result = invite_contacts(
            actor=user,
            survey=form.cleaned_data["survey"],
            contacts=form.cleaned_data["contacts"],
            occasion=occasion_of_today(),
        )
        return done(request, reverse("account", args=[account.pk]), words_for(result), event="account-changed")
    chosen = {int(value) for value in request.POST.getlist("contacts") if value.isdecimal() and len(value) < 19}
    context = {
        "account": account,
        "people": people,
        "form": form,
        "chosen": chosen,
        "has_free": any(one.is_free for one in people),
    }
    return render_part(request, "voc/survey_send.html", "dialog", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_send_many(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the own book (or of all, for managers). The number is typed to confirm: mail cannot be taken back."""
    user = current_user(request)
    survey = get_object_or_404(Survey.objects.filter(is_active=True, versions__isnull=False).distinct(), pk=pk)
    picked = AudienceForm(request.POST or request.GET)
    chosen = picked.cleaned_data if picked.is_valid() else {}
    people = candidates_of(audience(user=user, limit=AT_ONCE + 1, **chosen))
    free = [one for one in people[:AT_ONCE] if one.is_free]
    is_post = request.method == "POST"
    form = ConfirmForm(request.POST if is_post else None, expected=len(free), initial=chosen)
    if is_post and form.is_valid():
        contacts = [one.contact for one in people[:AT_ONCE]]
        if len(contacts) > IN_REQUEST:
            number = plan_invitations(actor=user, survey=survey, contacts=contacts, occasion=occasion_of_today())
            words = _("%(n)s people wait to be asked; it takes a minute, and this page counts along.") % {"n": number}
            return done(request, reverse("survey", args=[survey.pk]), words, event="survey-changed")
        result = invite_contacts(actor=user, survey=survey, contacts=contacts, occasion=occasion_of_today())
        return done(request, reverse("survey", args=[survey.pk]), words_for(result), event="survey-changed")
    context = {
        "survey": survey,
        "form": form,
        "free": free,
        "held": [one for one in people[:AT_ONCE] if not one.is_free],
        "is_cut": len(people) > AT_ONCE,
        "most": AT_ONCE,
    }
    return render_part(request, "voc/survey_send_many.html", "audience", context, status=422 if form.errors else 200)
