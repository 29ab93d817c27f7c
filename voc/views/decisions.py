"""What one key does to an insight. Each is a small form in a dialog, and a page without scripts."""

from collections.abc import Callable, Collection
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from team.http.access import current_user, posted
from team.models import ActionLog
from ui.http import done, render_part
from voc.forms.insights import (
    AcceptForm,
    ActForm,
    AssignForm,
    DeclineForm,
    MergeForm,
    SeverityForm,
    SnoozeForm,
    SplitForm,
    TellForm,
)
from voc.models import Insight
from voc.selectors.insight_quotes import splittable
from voc.selectors.queue import mergeable
from voc.selectors.telling import recipients_of
from voc.services import insights as services
from voc.services.dividing import merge_insight, split_insight
from voc.services.loop import TELLABLE, draft_reply, tell_customer

CHANGED = "insights-changed"
OPEN = [state for state in Insight.State.values if state not in Insight.CLOSED]
OPTIONS = 20
Act = Callable[[Any], object]


def decidable(request: HttpRequest, pk: int) -> Insight:
    """The insight, for those who may decide; 404 for everybody else."""
    rows = Insight.objects.decidable_by(current_user(request)).select_related("account", "department", "theme")
    return get_object_or_404(rows, pk=pk)


def decide(
    request: HttpRequest,
    insight: Insight,
    form: forms.Form,
    *,
    states: Collection[str],
    title: str | Promise,
    act: Act,
    said: str | Promise,
    save: str | Promise = "",
) -> HttpResponse:
    """Show the form, or act on it; what does not fit is said on the form.

    The form is for an insight in one of `states` alone: an old link, or a second person's, says what became of it.
    """
    if request.method == "POST" and form.is_valid():
        try:
            made = act(form.cleaned_data)
        except (services.NotAllowedNow, services.Overtaken) as error:
            form.add_error(None, str(error))
            insight.refresh_from_db(fields=["state"])
        else:
            undo = undo_url(made) if isinstance(made, ActionLog) else None
            return done(request, reverse("insight", args=[insight.pk]), said, undo=undo, event=CHANGED)
    context = {
        "insight": insight,
        "form": form,
        "dialog_title": title,
        "save": save or _("Save"),
        "is_past": insight.state not in states,
    }
    return render_part(request, "voc/decision.html", "dialog", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer for it: a promise and a day."""
    insight, user = decidable(request, pk), current_user(request)
    form = AcceptForm(posted(request))
    return decide(
        request, insight, form, states=services.UNDECIDED, title=_("Accept"), said=_("Accepted"), save=_("Accept"),
        act=lambda data: services.accept_insight(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def insight_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no, and why."""
    insight, user = decidable(request, pk), current_user(request)
    form = DeclineForm(posted(request))
    return decide(
        request, insight, form, states=services.UNDECIDED, title=_("Decline"), said=_("Declined"), save=_("Decline"),
        act=lambda data: services.decline_insight(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def insight_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """It is the same as another one."""
    insight, user = decidable(request, pk), current_user(request)
    form = MergeForm(
        posted(request),
        candidates=mergeable(insight=insight, user=user),
        url=reverse("insight_options", args=[insight.pk]),
    )
    return decide(
        request, insight, form, states=services.UNDECIDED, title=_("Merge"), said=_("Merged"), save=_("Merge"),
        act=lambda data: merge_insight(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_safe
def insight_options(request: HttpRequest, pk: int) -> JsonResponse:
    """Into which one it may go, by words of the title or of the account; the likeliest first."""
    insight, user = decidable(request, pk), current_user(request)
    rows = mergeable(insight=insight, user=user)
    for word in request.GET.get("q", "").replace("\x00", "")[:100].split():
        rows = rows.filter(Q(title__icontains=word) | Q(account__name__icontains=word))
    found = [{"value": str(row.pk), "label": row.title, "hint": row.account.name} for row in rows[:OPTIONS]]
    return JsonResponse(found, safe=False)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Not now."""
    insight, user = decidable(request, pk), current_user(request)
    form = SnoozeForm(posted(request))
    return decide(
        request, insight, form, states=services.UNDECIDED, title=_("Snooze"), said=_("Snoozed"), save=_("Snooze"),
        act=lambda data: services.snooze_insight(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_POST
def insight_wake(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to triage."""
    insight = decidable(request, pk)
    try:
        services.wake_insight(actor=current_user(request), insight=insight)
    except services.Overtaken as error:
        return done(request, reverse("insight", args=[pk]), str(error), event=CHANGED)
    return done(request, reverse("insight", args=[pk]), _("Back in triage"), event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Who works on it, or which department it belongs to."""
    insight, user = decidable(request, pk), current_user(request)
    form = AssignForm(posted(request), insight=insight, initial={"owner": insight.owner_id or user.pk})

    def act(data: dict[str, Any]) -> None:
        if data["department"] is not None:
            services.hand_over_insight(actor=user, insight=insight, department=data["department"])
        else:
            services.assign_insight(actor=user, insight=insight, owner=data["owner"])

    return decide(request, insight, form, states=OPEN, title=_("Assign"), said=_("Assigned"), act=act)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_severity(request: HttpRequest, pk: int) -> HttpResponse:
    """How bad it is, by a person."""
    insight, user = decidable(request, pk), current_user(request)
    form = SeverityForm(posted(request), initial={"severity": insight.severity or ""})
    return decide(
        request, insight, form, states=OPEN, title=_("Severity"), said=_("Saved"),
        act=lambda data: services.set_severity(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def insight_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Some of what was said is another matter."""
    insight, user = decidable(request, pk), current_user(request)
    form = SplitForm(posted(request), quotes=splittable(insight=insight, user=user))

    def act(data: dict[str, Any]) -> object:
        return split_insight(
            actor=user, insight=insight, feedback_ids=data["quotes"], theme=data["theme"], title=data["title"]
        )

    return decide(request, insight, form, states=OPEN, title=_("Split"), said=_("Split off"), save=_("Split"), act=act)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_act(request: HttpRequest, pk: int) -> HttpResponse:
    """It is done."""
    insight, user = decidable(request, pk), current_user(request)
    form = ActForm(posted(request))
    return decide(
        request, insight, form, states=[Insight.State.ACCEPTED], title=_("Acted on"), said=_("Noted"),
        act=lambda data: services.act_on_insight(actor=user, insight=insight, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def insight_tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the customer: a drafted reply, edited and sent by a person."""
    user = current_user(request)
    rows = Insight.objects.answerable_by(user).select_related("account", "department", "theme")
    insight = get_object_or_404(rows, pk=pk)
    people = recipients_of(insight=insight, user=user)
    start: dict[str, Any] = {"contact": people[0].pk} if people else {}
    if people:
        start["text"] = draft_reply(insight=insight, contact=people[0], actor=user)
    form = TellForm(posted(request), contacts=people, initial=start)
    return decide(
        request, insight, form, states=TELLABLE, title=_("Tell the customer"), said=_("On its way to the customer"),
        save=_("Send"),
        act=lambda data: tell_customer(actor=user, insight=insight, **data),
    )  # fmt: skip
