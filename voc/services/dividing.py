"""Two insights that are one, and one that is two: quotes move, both keep the history, and a merge can be taken back."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import AccountGrant
from team.calendars import add_business_hours
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action
from voc.models import Feedback, Insight, InsightFeedback, Theme
from voc.selectors.queue import of_insight_or_visible
from voc.services.insights import AWAKE, UNDECIDED, NotAllowedNow, State, move
from voc.services.priorities import weigh_insights
from voc.services.routing import count_open, grant, is_praise, log_step, title_for


@transaction.atomic
def merge_insight(*, actor: User, insight: Insight, into: Insight) -> ActionLog:
    """Two are one: quotes go over, the account stays visible to the department that goes on. The answer takes it back.

    Raises NotAllowedNow, Overtaken.
    """
    if insight.pk == into.pk:
        raise NotAllowedNow(_("An insight cannot be merged into itself."))
    rows = _locked(insight.pk, into.pk)
    target = rows.get(into.pk)
    if target is None or target.state in Insight.CLOSED:
        raise NotAllowedNow(_("The other insight is closed."))
    before: dict[str, Any] = {"state": insight.state, "base_priority": target.base_priority}
    move(insight=insight, frm=UNDECIDED, to=State.MERGED, merged_into=target, decided_at=now(), **AWAKE)
    moved = list(InsightFeedback.objects.filter(insight=insight).values_list("feedback", flat=True))
    InsightFeedback.objects.filter(feedback__in=moved).update(insight=target)
    Insight.objects.filter(pk=target.pk).update(
        mentions=target.mentions + insight.mentions,
        base_priority=min(target.base_priority, insight.base_priority),
        version=F("version") + 1,
    )
    if target.account_id != insight.account_id:
        grant(insight=target, account_id=insight.account_id)
    log_step(insight=insight, actor=actor, text=_("Merged into “%(title)s”") % {"title": target.title})
    log_step(insight=target, actor=actor, text=_("Took in “%(title)s”") % {"title": insight.title})
    weigh_insights(insight_ids=[target.pk])
    count_open(account_id=insight.account_id)
    return log_action(
        actor=actor,
        verb=_("Merged “%(title)s”") % {"title": insight.title[:120]},
        service="voc.undo_merge_insight",
        arguments={"insight_id": insight.pk, "into_id": target.pk, "feedback_ids": moved, **before},
        url=reverse("insight", args=[target.pk]),
    )


@transaction.atomic
def undo_merge_insight(
    *, actor: User, insight_id: int, into_id: int, feedback_ids: Sequence[int], state: str, base_priority: int
) -> bool:
    """They are two again, each with its own quotes. False when that was done before, or the actor may not.

    Raises:
        CannotUndo: when the other one was closed since, or the same was said again and waits by itself.
    """
    rows = _locked(insight_id, into_id)
    may = set(Insight.objects.decidable_by(actor).filter(pk__in=rows).values_list("pk", flat=True))
    insight, target = rows.get(insight_id), rows.get(into_id)
    if insight is None or target is None or may != {insight_id, into_id} or insight.state != State.MERGED:
        return False
    if insight.merged_into_id != target.pk or target.state in Insight.CLOSED:
        raise CannotUndo(_("The other insight was closed since."))
    twins = Insight.objects.open().filter(
        account=insight.account_id, theme=insight.theme_id, department=insight.department_id, theme__isnull=False
    )
    if twins.exists():
        raise CannotUndo(_("The same was said again since, and waits by itself."))
    back = list(
        InsightFeedback.objects.filter(insight=target, feedback__in=feedback_ids).values_list("feedback", flat=True)
    )
    InsightFeedback.objects.filter(feedback__in=back).update(insight=insight)
    move(insight=insight, frm=[State.MERGED], to=state, merged_into=None, decided_at=None, mentions=max(1, len(back)))
    Insight.objects.filter(pk=target.pk).update(
        mentions=max(1, target.quotes.count()), base_priority=base_priority, version=F("version") + 1
    )
    if target.account_id != insight.account_id and not target.feedback.filter(account=insight.account_id).exists():
        AccountGrant.objects.filter(account=insight.account_id, source_ref=f"insight:{target.pk}").delete()
    log_step(insight=insight, actor=actor, text=_("The merge was taken back"))
    log_step(insight=target, actor=actor, text=_("“%(title)s” stands for itself again") % {"title": insight.title})
    weigh_insights(insight_ids=[insight.pk, target.pk])
    count_open(account_id=insight.account_id)
    return True


@transaction.atomic
def split_insight(
    *, actor: User, insight: Insight, feedback_ids: Collection[int], theme: Theme | None = None, title: str = ""
) -> Insight:
    """Some of what was said is another matter: it becomes an insight of its own, with the repeats of those words.

    SECURITY: only quotes that the actor may read can be chosen. Raises NotAllowedNow for none, all, quotes of several
    customers, a closed insight, or a theme on which the customer has an open insight here.
    """
    source = _locked(insight.pk).get(insight.pk)
    if source is None or source.state in Insight.CLOSED:
        raise NotAllowedNow(_("The insight is closed."))
    quotes = Feedback.objects.filter(of_insight_or_visible(source, actor), quoted_in__insight=source)
    chosen = list(quotes.filter(pk__in=feedback_ids).select_related("account").order_by("received_at", "pk"))
    if not chosen:
        raise NotAllowedNow(_("Choose what is another matter."))
    ids = {one.pk for one in chosen}
    ids |= set(Feedback.objects.filter(duplicate_of__in=ids, quoted_in__insight=source).values_list("pk", flat=True))
    if len(ids) >= source.quotes.count():
        raise NotAllowedNow(_("Something has to stay: choose fewer."))
    first = chosen[0]
    account = first.account
    if account is None or len({one.account_id for one in chosen}) > 1:
        raise NotAllowedNow(_("Choose the words of one customer."))
    if theme is not None and _has_open(account_id=account.pk, theme=theme, department_id=source.department_id):
        raise NotAllowedNow(_("This customer has an open insight on that theme: merge it instead."))
    fresh = add_business_hours(start=now(), hours=source.department.sla_hours, department=source.department)
    running = source.due_at if source.decided_at is None else None
    made = Insight.objects.create(
        account=account,
        theme=theme,
        department=source.department,
        owner=source.owner,
        title=title.strip()[:200] or title_for(first, 0) or source.title,
        is_praise=is_praise(first),
        priority=source.base_priority,
        base_priority=source.base_priority,
        rule=source.rule,
        mentions=len(ids),
        # To split is no way to win time: a clock that runs goes on.
        due_at=min(fresh, running) if running else fresh,
    )
    InsightFeedback.objects.filter(feedback__in=ids).update(insight=made)
    left = max(1, source.quotes.count())
    Insight.objects.filter(pk=source.pk).update(mentions=left, version=F("version") + 1)
    grant(insight=made)
    log_step(insight=made, actor=actor, text=_("Split off from “%(title)s”") % {"title": source.title})
    log_step(insight=source, actor=actor, text=_("Split off “%(title)s”") % {"title": made.title})
    weigh_insights(insight_ids=[made.pk, source.pk])
    made.refresh_from_db(fields=["priority", "priority_reasons"])
    count_open(account_id=account.pk)
    return made


def _locked(*ids: int) -> dict[int, Insight]:
    """The insights, locked in one order."""
    rows = Insight.objects.select_for_update(of=("self",)).select_related("department", "rule", "owner")
    return {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk")}


def _has_open(*, account_id: int, theme: Theme, department_id: int) -> bool:
    return Insight.objects.open().filter(account=account_id, theme=theme, department=department_id).exists()
