"""Which scorecard judges whom, which are being drafted, and what judged before."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from engagement.models import Score, Scorecard

SHOWN = 50


@dataclass(frozen=True)
class ScorecardLists:
    """`in_force` by place, the default first; `drafts` the newest first; `retired` the last ones first."""

    in_force: Sequence[Scorecard]
    drafts: Sequence[Scorecard]
    retired: Sequence[Scorecard]


def list_scorecards(*, with_drafts: bool) -> ScorecardLists:
    """All of them, with the number of accounts that each judges now (two queries)."""
    rows = Scorecard.objects.select_related("segment", "published_by", "created_by", "based_on__segment")
    counts = dict(Score.objects.current().order_by().values_list("scorecard").annotate(Count("pk")))
    in_force, drafts, retired = [], [], []
    for card in rows if with_drafts else rows.filter(published_at__isnull=False):
        vars(card)["accounts"] = counts.get(card.pk, 0)
        if card.published_at is None:
            drafts.append(card)
        elif card.retired_at is None:
            in_force.append(card)
        else:
            retired.append(card)
    in_force.sort(key=lambda card: (str(card.segment or ""), card.stage_kind))
    drafts.sort(key=lambda card: -card.pk)
    retired.sort(key=lambda card: str(card.retired_at), reverse=True)
    return ScorecardLists(in_force, drafts, retired[:SHOWN])


def other_versions(card: Scorecard) -> Sequence[Scorecard]:
    """Published versions to compare with: of the same place first, the newest first (one query)."""
    rows = Scorecard.objects.filter(published_at__isnull=False).exclude(pk=card.pk).select_related("segment")
    place = (card.segment_id, card.stage_kind)
    return sorted(rows, key=lambda one: ((one.segment_id, one.stage_kind) != place, -one.pk))[:SHOWN]
