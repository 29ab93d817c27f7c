"""The answer page. A GET never stores anything: mail scanners open every link, and some press buttons."""

import time
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from voc.formulas.humans import Signs, doubts_about
from voc.formulas.questions import SCALES, headline_of, on_scale, read_answers, text_in
from voc.http.links import form_token, language_for, read_form_token, render_gone, render_public, speaking
from voc.models import Invitation, Response
from voc.selectors.invitations import invitation_of, last_time, seconds_since_mail
from voc.services.responses import is_over, stored_answers, take_answers
from voc.services.tokens import preference_token
from voc.tasks import ring_understand

TRAP = "leave_this_empty"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request: HttpRequest, token: str) -> HttpResponse:
    """One personal survey page. SECURITY: the token is the only credential; it opens this one page and nothing else."""
    invitation = invitation_of(token)
    if invitation is None:
        return gone(request, invitation, status=404)
    response = getattr(invitation, "response", None)
    if response is None and is_over(invitation):
        return gone(request, invitation, status=410)
    if request.method == "POST":
        return take(request, invitation, token)
    is_done = response is not None and response.state == Response.State.CONFIRMED
    if is_done and "edit" not in request.GET:
        return thanks(request, invitation, token)
    return ask(request, invitation, given=first_values(request, invitation))


def take(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """A submitted form: stored, asked once more, or shown again with what is missing."""
    language = language_for(request, invitation.language)
    given = {question["id"]: request.POST.get(question["id"], "") for question in questions_of(invitation)}
    age = read_form_token(request.POST.get("form", ""), invitation.digest)
    if age.seconds is None:
        with speaking(language):
            return ask(request, invitation, given=given, error=_("This page was open for too long. Please send again."))
    signs = Signs(
        form_seconds=age.seconds,
        mail_seconds=seconds_since_mail(invitation, time.time()),
        trap=request.POST.get(TRAP, ""),
        agent=request.headers.get("User-Agent", "")[:300],
        is_asked_again=age.is_asked_again,
    )
    answers = read_answers(invitation.version.definition, given)
    taken = take_answers(invitation=invitation, answers=answers, doubts=doubts_about(signs), language=language)
    if taken.outcome == "gone":
        return gone(request, invitation, status=410)
    assert taken.response is not None
    if taken.response.state == Response.State.PARTIAL:
        with speaking(language):
            missing = _("One thing is missing: please choose a number.")
        return ask(request, invitation, given=given, error=missing)
    if taken.response.state == Response.State.PROVISIONAL:
        return ask(request, invitation, given=given, is_asked_again=True)
    for feedback in taken.response.feedback.not_understood():
        ring_understand(feedback.pk)
    return HttpResponseRedirect(f"{reverse('survey_answer', args=[token])}?done=1&lang={language}", status=303)


def questions_of(invitation: Invitation) -> list[dict[str, Any]]:
    """The questions that this person was asked."""
    return list(invitation.version.definition["questions"])


def first_values(request: HttpRequest, invitation: Invitation) -> dict[str, str]:
    """What the page starts with: the stored answers, else the number tapped in the mail, else nothing."""
    response = getattr(invitation, "response", None)
    values: dict[str, str] = {}
    if response is not None:
        for question_id, value in stored_answers(response).items():
            values[question_id] = str(int(value)) if isinstance(value, Decimal) else value
    headline = headline_of(invitation.version.definition)
    tapped = on_scale(request.GET.get("a", ""), SCALES[headline["type"]])
    return values | ({headline["id"]: str(tapped)} if tapped is not None else {})


def ask(
    request: HttpRequest,
    invitation: Invitation,
    *,
    given: dict[str, str],
    error: str = "",
    is_asked_again: bool = False,
) -> HttpResponse:
    """The form. `is_asked_again`: something looked like a machine, and a person presses Send once more."""
    language = language_for(request, invitation.language)
    shown = []
    for question in questions_of(invitation):
        value = given.get(question["id"], "")
        scale = SCALES.get(question["type"])
        shown.append({
            "id": question["id"],
            "text": text_in(question["text"], language),
            "low": text_in(question.get("low", {}), language),
            "high": text_in(question.get("high", {}), language),
            "cells": [(number, str(number) == value) for number in scale] if scale else [],
            "is_optional": not question.get("is_required", False),
            "value": value,
        })  # fmt: skip
    context = {
        "questions": shown,
        "tapped": on_scale(request.GET.get("a", ""), SCALES["nps"]),
        "error": error,
        "is_asked_again": is_asked_again,
        "form_token": form_token(invitation.digest, is_asked_again=is_asked_again),
        "trap": TRAP,
        "who_reads": invitation.version.survey.who_reads,
        "preferences": preference_token(invitation.contact),
    }
    return render_public(request, "voc/answer.html", context, language=language, status=422 if error else 200)


def thanks(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Thank you, and what became of what this person said last time."""
    context = {"last": last_time(invitation), "token": token, "preferences": preference_token(invitation.contact)}
    return render_public(
        request, "voc/answer_thanks.html", context, language=language_for(request, invitation.language)
    )


def gone(request: HttpRequest, invitation: Invitation | None, *, status: int) -> HttpResponse:
    """The link leads nowhere any more, said kindly."""
    language = language_for(request, invitation.language if invitation else request.GET.get("lang", "en"))
    preferences = preference_token(invitation.contact) if invitation else ""
    return render_gone(request, language=language, preferences=preferences, status=status)
