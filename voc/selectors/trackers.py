"""Outside trackers as the admins' page lists them, and the issues behind one insight."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, OuterRef, Subquery

from voc.formulas.tracker_news import MEANINGS
from voc.models import Insight, Tracker, TrackerDelivery, TrackerLink


@dataclass(frozen=True)
class TrackerLine:
    """A tracker, how many issues are linked to it, when it was last heard, and what came of that."""

    tracker: Tracker
    links: int
    heard_at: dt.datetime | None
    outcome: str

    @property
    def states(self) -> list[tuple[str, str]]:
        """Their words, and what they mean here."""
        return [(word, str(MEANINGS.get(meaning, meaning))) for word, meaning in self.tracker.states.items()]


def list_trackers() -> list[TrackerLine]:
    """All trackers by name; one query."""
    heard = TrackerDelivery.objects.filter(tracker=OuterRef("pk")).order_by()
    rows = Tracker.objects.annotate(
        number=Count("links"),
        heard_at=Subquery(heard.values("tracker").annotate(at=Max("received_at")).values("at")),
        outcome=Subquery(heard.order_by("-received_at", "-pk").values("outcome")[:1]),
    ).order_by("name")
    return [TrackerLine(row, row.number, row.heard_at, row.outcome or "") for row in rows]


def links_of(insight: Insight) -> list[TrackerLink]:
    """The issues outside that stand for an insight."""
    return list(insight.tracker_links.select_related("tracker").order_by("pk"))
