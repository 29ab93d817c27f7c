"""Where all feedback went: routed, joined, or nowhere yet. The three add up to all of it."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, QuerySet

from voc.models import Feedback, InsightFeedback

FRESH_SECONDS = 300


@dataclass(frozen=True)
class Placement:
    """Pieces of feedback. `routed` made an insight, `joined` came to one that was there, `unrouted` is in none: of
    these `waiting` stand in the inbox, the others are done (praise that needs nobody, or by hand)."""

    all: int
    routed: int
    joined: int
    unrouted: int
    waiting: int

    @property
    def done(self) -> int:
        """In no queue, and nobody has to look."""
        return self.unrouted - self.waiting

    @property
    def adds_up(self) -> bool:
        """Nothing is lost, and nothing is in two places."""
        return self.routed + self.joined + self.unrouted == self.all


def count_placement(feedback: QuerySet[Feedback]) -> Placement:
    """Count these pieces; each number by its own query. Four queries."""
    quoted = InsightFeedback.objects.filter(feedback__in=feedback).order_by()
    quotes = quoted.aggregate(pieces=Count("feedback"), insights=Count("insight", distinct=True))
    lone = feedback.filter(quoted_in__isnull=True).order_by()
    return Placement(
        all=feedback.order_by().count(),
        routed=quotes["insights"],
        joined=quotes["pieces"] - quotes["insights"],
        unrouted=lone.count(),
        waiting=feedback.order_by().unrouted().count(),  # type: ignore[attr-defined]
    )


def known_placement() -> Placement:
    """All feedback, counted at most every five minutes."""
    found: Placement | None = cache.get("voc.placement")
    if found is None:
        found = count_placement(Feedback.objects.all())
        cache.set("voc.placement", found, FRESH_SECONDS)
    return found
