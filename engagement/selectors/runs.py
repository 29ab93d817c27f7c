"""Where the scores stand."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, AccountChange
from engagement.models import RecomputeRun, Score
from team.models import User

SHOWN = 10
MOST_ASIDE = 50


@dataclass(frozen=True)
class RunsPage:
    """Counts of current scores by state, change marks that wait, accounts set aside with the reason, and the newest
    full recomputes."""

    scored: int
    hollow: int
    unobserved: int
    waiting: int
    aside: Sequence[AccountChange]
    running: RecomputeRun | None
    runs: Sequence[RecomputeRun]

    @property
    def judged(self) -> int:
        return self.scored + self.hollow + self.unobserved


def progress_words(run: RecomputeRun) -> str:
    """How fast a run goes and how long it will still take, or why it stands still; empty before the first stretch."""
    if run.finished_at is not None:
        return _("Stopped early: the others keep the score that they had.") if run.stopped_at else ""
    if run.paused_at is not None:
        return _("Paused: changes are still judged within seconds.")
    worked = timezone.now() - run.started_at - dt.timedelta(seconds=run.paused_seconds)
    if not run.done or worked.total_seconds() < 1:
        return ""
    pace = run.done / worked.total_seconds()
    left = (run.total - run.done) / pace
    if left < 60:
        return _("%(pace)d accounts a second, less than a minute to go") % {"pace": pace}
    minutes = round(left / 60)
    return ngettext(
        "%(pace)d accounts a second, about %(minutes)d minute to go",
        "%(pace)d accounts a second, about %(minutes)d minutes to go",
        minutes,
    ) % {"pace": pace, "minutes": minutes}


def read_runs(user: User) -> RunsPage:
    """Four queries; for admins and managers, not for every page."""
    marks = AccountChange.objects.order_by("-pk")
    aside = marks.filter(reason__startswith=AccountChange.ASIDE, account__in=Account.objects.visible_to(user))
    states = dict(Score.objects.current().values_list("state").annotate(Count("pk")).order_by("state"))
    runs = list(RecomputeRun.objects.select_related("started_by").order_by("-pk")[:SHOWN])
    return RunsPage(
        scored=states.get(Score.State.SCORED, 0),
        hollow=states.get(Score.State.HOLLOW, 0),
        unobserved=states.get(Score.State.UNOBSERVED, 0),
        waiting=AccountChange.objects.exclude(reason__startswith=AccountChange.ASIDE).count(),
        aside=list(aside.select_related("account")[:MOST_ASIDE]),
        running=next((run for run in runs if run.finished_at is None), None),
        runs=runs,
    )
