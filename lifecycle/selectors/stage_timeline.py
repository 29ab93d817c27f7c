"""Moves between stages in an account's timeline."""

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.selectors.timeline import Cursor, TimelineEntry, older_than
from lifecycle.models import StageVisit
from team.models import User


def stage_moves(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """When the account entered a stage, newest first; one query."""
    visits = (
        StageVisit.objects.visible_to(user)
        .whole()
        .filter(older_than(before, at="entered_at", prefix="stage"), account=account)
        .select_related("stage", "moved_by")
        .order_by(F("entered_at").desc(), "-pk")[:limit]
    )
    entries = []
    for visit in visits:
        title = _("Back to %(stage)s") if visit.is_back_step else _("Entered %(stage)s")
        how = _("by its rule") if visit.is_by_rule else ""
        entries.append(
            TimelineEntry(
                key=f"stage-{visit.pk}",
                kind="journey",
                kind_label=_("Journey"),
                icon="route",
                at=visit.entered_at,
                title=title % {"stage": visit.stage.name},
                text=visit.reason or str(visit.evidence.get("note") or visit.evidence.get("override") or how),
                who=str(visit.moved_by) if visit.moved_by else "",
                url=reverse("account_plan", args=[account.pk]),
                tone="watch" if visit.is_back_step else "",
            )
        )
    return entries
