"""Where the scores stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from accounts.models import AccountChange
from engagement.models import RecomputeRun, Score

SHOWN = 10


@dataclass(frozen=True)
class RunsPage:
    """Counts of current scores by state, change marks that wait, and the newest full recomputes."""

    scored: int
    hollow: int
    unobserved: int
    waiting: int
    running: RecomputeRun | None
    runs: Sequence[RecomputeRun]

    @property
    def judged(self) -> int:
        return self.scored + self.hollow + self.unobserved


def read_runs() -> RunsPage:
    """Three queries; for admins and managers, not for every page."""
    states = dict(Score.objects.current().values_list("state").annotate(Count("pk")).order_by("state"))
    runs = list(RecomputeRun.objects.select_related("started_by").order_by("-pk")[:SHOWN])
    return RunsPage(
        scored=states.get(Score.State.SCORED, 0),
        hollow=states.get(Score.State.HOLLOW, 0),
        unobserved=states.get(Score.State.UNOBSERVED, 0),
        waiting=AccountChange.objects.count(),
        running=next((run for run in runs if run.finished_at is None), None),
        runs=runs,
    )
