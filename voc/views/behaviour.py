"""Waiting for the customer, and behaviour that can prove an insight solved."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from team.http.access import current_user, posted
from ui.http import done
from voc.forms.loop import AskForm, CheckForm
from voc.models import BehaviourCheck, Insight
from voc.selectors.behaviour import checkable_names
from voc.selectors.telling import recipients_of
from voc.services.behaviour import CHECKABLE, attach_check, call_off_check
from voc.services.insights import Overtaken
from voc.services.waiting import PAUSABLE, ask_customer, resume_clock
from voc.views.decisions import CHANGED, decidable, decide


@require_http_methods(["GET", "HEAD", "POST"])
def insight_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the customer something; the clock stands still until they answer."""
    user = current_user(request)
    rows = Insight.objects.answerable_by(user).select_related("account", "department", "theme")
    insight = get_object_or_404(rows, pk=pk)
    people = recipients_of(insight=insight, user=user)
    form = AskForm(posted(request), contacts=people, initial={"contact": people[0].pk} if people else {})
    return decide(
        request, insight, form, states=PAUSABLE, title=_("Ask the customer"), said=_("The clock stands still"),
        save=_("Ask"),
        act=lambda data: ask_customer(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_POST
def insight_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody waits for the customer any more."""
    user = current_user(request)
    rows = Insight.objects.answerable_by(user).select_related("department")
    insight, words = get_object_or_404(rows, pk=pk), _("The clock runs again")
    try:
        if not resume_clock(actor=user, insight=insight):
            words = _("The clock was running")
    except Overtaken as error:
        words = str(error)
    return done(request, reverse("insight", args=[pk]), words, event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a look at the account's behaviour."""
    insight, user = decidable(request, pk), current_user(request)
    form = CheckForm(posted(request), names=checkable_names(user), initial={"direction": "up"})
    return decide(
        request, insight, form, states=CHECKABLE, title=_("Look at the behaviour"), said=_("It will be looked at"),
        act=lambda data: attach_check(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_POST
def insight_check_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody looks."""
    insight = decidable(request, pk)
    check = get_object_or_404(BehaviourCheck.objects.select_related("insight"), insight=insight, state="waiting")
    call_off_check(actor=current_user(request), check=check)
    return done(request, reverse("insight", args=[pk]), _("Called off"), event=CHANGED)
