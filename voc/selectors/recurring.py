"""What keeps going wrong: sour themes, and why goals were missed, revenue shrank and customers left."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from lifecycle.models import Renewal
from lifecycle.selectors.causes import tally_causes
from team.clock import today
from team.models import User
from voc.formulas.pareto import Cause, pareto
from voc.selectors.theme_trends import QUARTER, read_themes

YEAR = dt.timedelta(days=365)
MOST = 15


@dataclass(frozen=True, slots=True)
class Recurring:
    """Three rankings, each with its shares; empty ones say that nothing is known."""

    themes: tuple[Cause, ...]
    causes: tuple[Cause, ...]
    losses: tuple[Cause, ...]
    more_themes: int


def read_recurring(user: User) -> Recurring:
    """Negative pieces by theme (13 weeks), named causes and reasons of lost renewals (a year); visible ones alone."""
    lines = read_themes(user, weeks=2 * QUARTER).lines
    sour = [(line.theme.name, float(sum(tally.negative for tally in line.trend.tallies[-QUARTER:]))) for line in lines]
    themes = pareto(sour)
    causes = pareto((str(one.label), float(one.total)) for one in tally_causes(user))
    lost = Renewal.objects.visible_to(user).filter(state=Renewal.State.LOST, closed_on__gte=today() - YEAR)
    words = dict(Renewal.Reason.choices)
    reasons = Counter(str(words.get(key, key)) for keys in lost.values_list("reasons", flat=True) for key in keys)
    losses = pareto((name, float(n)) for name, n in reasons.items())
    return Recurring(themes[:MOST], causes, losses, max(0, len(themes) - MOST))
