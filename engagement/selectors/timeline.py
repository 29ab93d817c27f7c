"""Entries of engagement in an account's timeline."""

from django.db.models import F, Q, Window
from django.db.models.functions import Lag
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.selectors.timeline import Cursor, TimelineEntry, older_than
from engagement.models import Score
from engagement.selectors.scorecards import published_card
from team.models import User
from ui import formats


def band_changes(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """When the account moved to another band, newest first (one query); scores judged again later are no events."""
    recorded = (
        Score.objects.visible_to(user)
        .filter(account=account, is_rejudged=False)
        .annotate(
            band_before=Window(Lag("band"), order_by=["as_of"]), value_before=Window(Lag("value"), order_by=["as_of"])
        )
    )
    moved = (
        recorded.filter(Q(band_before__isnull=False) & ~Q(band=F("band_before")))
        .filter(older_than(before, at="cutoff_at", prefix="score"))
        .order_by("-cutoff_at", "-pk")
        .values("pk", "cutoff_at", "band", "band_before", "value", "value_before", "scorecard_id")[:limit]
    )
    entries = []
    for row in moved:
        card = published_card(row["scorecard_id"])
        name, tone = card.band_of(row["band"])
        was = card.band_of(row["band_before"])[0]
        entries.append(
            TimelineEntry(
                key=f"score-{row['pk']}",
                kind="health",
                kind_label=_("Health"),
                icon="activity",
                at=row["cutoff_at"],
                title=_("Health is now %(band)s, was %(was)s")
                % {"band": name or _("unobserved"), "was": was or _("unobserved")},
                text=f"{formats.number(row['value_before'], 1)} → {formats.number(row['value'], 1)}",
                url=reverse("health_card", args=[account.pk]),
                tone=tone,
            )
        )
    return entries
