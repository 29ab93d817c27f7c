"""What the pages on measures show: where each is used, how many accounts have a value, how the values are spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from engagement.formulas.judging import COUNTED
from engagement.formulas.own_values import describe_figure
from engagement.formulas.scales import Floats
from engagement.models import Component, CustomMeasure, MeasureValue, ScorecardMeasure
from engagement.selectors.evidence import EvidencePage, open_evidence
from engagement.selectors.measures.catalogue import figure_catalogue
from engagement.selectors.measures.kinds import Measure, Unit
from engagement.selectors.measures.own import FormulaRecipe, OwnMeasure, measure_of, read_own
from engagement.selectors.measures.registry import registry
from engagement.selectors.measures.words import value_words
from engagement.selectors.moments import Moment, moment_of
from team.models import User
from ui import formats

BINS = 16
# So many current scores tell how values are spread; with more accounts every n-th is looked at.
SAMPLED = 10_000
TRIED = 200
# Up to so many accounts are looked at in a request; own measures that no score holds are read for so many.
QUICK = 500
SHOWN_ROWS = 8
PICTURE = (120, 28)

UNIT_WORDS = {
    Unit.COUNT: gettext_lazy("a number"),
    Unit.SHARE: gettext_lazy("a share"),
    Unit.DAYS: gettext_lazy("days"),
    Unit.RATIO: gettext_lazy("a ratio"),
    Unit.POINTS: gettext_lazy("points"),
}

# What do the current scores of these accounts hold? A code, its raw values, and how many take part.
SPREAD = """
SELECT entry.key, array_agg((entry.value ->> 0)::float8) FILTER (WHERE entry.value ->> 0 IS NOT NULL),
       count(*) FILTER (WHERE (entry.value ->> 3)::int = ANY(%(counted)s) AND entry.value ->> 0 IS NOT NULL)
FROM engagement_score s CROSS JOIN LATERAL jsonb_each(s.inputs::jsonb) entry
WHERE s.is_current AND s.account_id = ANY(%(accounts)s::bigint[])
GROUP BY entry.key
"""


@dataclass(frozen=True)
class Histogram:
    """Values as a small picture: a path of bars in a box of 120 by 28, and the same in words."""

    path: str
    low: str
    middle: str
    high: str
    count: int

    @property
    def words(self) -> str:
        values = {"low": self.low, "middle": self.middle, "high": self.high}
        return _("from %(low)s to %(high)s, the middle one %(middle)s") % values


@dataclass(frozen=True)
class Spread:
    """How a measure stands over the accounts that were looked at: with a value, fresh enough to count, spread."""

    looked_at: int
    with_value: int
    fresh: int
    histogram: Histogram | None

    @property
    def share(self) -> float:
        return self.with_value / self.looked_at if self.looked_at else 0.0

    @property
    def fresh_share(self) -> float:
        return self.fresh / self.with_value if self.with_value else 0.0


@dataclass(frozen=True)
class Use:
    """A scorecard that has the measure."""

    name: str
    is_in_force: bool
    pk: int


@dataclass(frozen=True)
class MeasureRow:
    """One measure of the catalogue. `spread` is None while nobody has worked it out, or no score names the measure."""

    measure: Measure
    own: OwnMeasure | None
    uses: tuple[Use, ...]
    spread: Spread | None

    @property
    def unit_words(self) -> str:
        return str(UNIT_WORDS[self.measure.unit])

    @property
    def in_force(self) -> list[str]:
        return [use.name for use in self.uses if use.is_in_force]

    @property
    def drafts(self) -> int:
        return len(self.uses) - len(self.in_force)


@dataclass(frozen=True)
class MeasureGroup:
    component: Component
    rows: tuple[MeasureRow, ...]


@dataclass(frozen=True)
class Trial:
    """A formula tried: on one account with its figures and their rows, and on a sample of what the person sees."""

    measure: Measure
    account: Account | None
    value: str
    figures: tuple[tuple[str, float | None], ...]
    page: EvidencePage | None
    looked_at: int
    with_value: int
    histogram: Histogram | None


def histogram_of(values: Floats, unit: Unit) -> Histogram | None:
    """The bars of the values, NaN left out; None when there are none. The outermost hundredths share the end bars."""
    found = values[~np.isnan(values)]
    if not found.size:
        return None
    low, high = (float(edge) for edge in np.percentile(found, [1, 99]))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    counts = np.histogram(np.clip(found, low, high), bins=BINS, range=(low, high))[0]
    wide, tall = PICTURE
    pitch = wide / BINS
    bars = []
    for place, count in enumerate(counts):
        height = 0.0 if not count else max(tall * float(count) / float(counts.max()), 1.0)
        if height:
            bars.append(f"M{place * pitch + 0.5:.1f} {tall}v-{height:.1f}h{pitch - 1:.1f}v{height:.1f}z")
    said = [value_words(unit, float(value)) for value in (found.min(), np.median(found), found.max())]
    return Histogram("".join(bars), said[0], said[1], said[2], int(found.size))


def uses_of_measures() -> dict[str, tuple[Use, ...]]:
    """Scorecards that are drafts or in force, by the measures that they have (one query)."""
    found: dict[str, list[Use]] = {}
    rules = ScorecardMeasure.objects.filter(scorecard__retired_at=None).select_related("scorecard")
    for rule in rules.order_by("scorecard_id"):
        card = rule.scorecard
        found.setdefault(rule.measure, []).append(Use(str(card), card.published_at is not None, card.pk))
    return {code: tuple(uses) for code, uses in found.items()}


def catalogue_groups(spreads: Mapping[str, Spread] | None, *, archived: bool = False) -> tuple[MeasureGroup, ...]:
    """All measures by component (two queries); archived ones alone, or left out."""
    uses = uses_of_measures()
    rows: dict[Component, list[MeasureRow]] = {component: [] for component in Component}
    for code, measure in registry().items():
        own = measure if isinstance(measure, OwnMeasure) else None
        if bool(own and own.is_archived) is archived:
            rows[measure.component].append(MeasureRow(measure, own, uses.get(code, ()), (spreads or {}).get(code)))
    return tuple(MeasureGroup(component, tuple(found)) for component, found in rows.items() if found)


def catalogue_lines(groups: Sequence[MeasureGroup]) -> tuple[list[str], list[list[object]]]:
    """Head and lines of the catalogue as a file: a line a measure, the figures empty while nobody worked them out."""
    head = [_("Measure"), _("Code"), _("Component"), _("Unit"), _("What it means"), _("Knowledge"), _("In force in")]
    head += [_("Drafts with it"), _("Accounts looked at"), _("With a value"), _("Fresh")]
    head += [_("Lowest"), _("Middle"), _("Highest")]
    lines = [_line(group.component, row) for group in groups for row in group.rows]
    return head, lines


def _line(component: Component, row: MeasureRow) -> list[object]:
    measure, spread = row.measure, row.spread
    said = spread.histogram if spread else None
    return [
        str(measure.label),
        measure.code,
        str(component.label),
        row.unit_words,
        str(measure.definition),
        measure.is_knowledge,
        ", ".join(use.name for use in row.uses if use.is_in_force),
        ", ".join(use.name for use in row.uses if not use.is_in_force),
        *((spread.looked_at, spread.with_value, spread.fresh) if spread else ("", "", "")),
        *((said.low, said.middle, said.high) if said else ("", "", "")),
    ]


def spread_measures(user: User, params: QueryDict) -> dict[str, Spread]:
    """A report of settings.REPORTS: every measure over the current scores of the accounts that the person sees."""
    ids = _sample(user, SAMPLED)
    known = registry()
    units = {code: measure.unit for code, measure in known.items()}
    with connection.cursor() as cursor:
        cursor.execute(SPREAD, {"accounts": ids, "counted": [int(one) for one in COUNTED]})
        found = cursor.fetchall()
    spreads = {
        code: Spread(len(ids), len(raw or ()), fresh, histogram_of(np.array(raw or (), dtype=float), units[code]))
        for code, raw, fresh in found
        if code in units
    }
    return spreads | _spread_unused(known.own, spreads, ids[:: max(len(ids) // QUICK, 1)][:QUICK])


def _spread_unused(
    own: Mapping[str, OwnMeasure], spreads: Mapping[str, Spread], ids: Sequence[int]
) -> dict[str, Spread]:
    """Own measures that no score holds, read anew for some accounts."""
    unused = [one for code, one in own.items() if code not in spreads and not one.is_archived]
    if not unused or not ids:
        return {}
    columns = read_own(measures=unused, account_ids=ids, moment=moment_of())
    found = {}
    for one in unused:
        values = np.round(columns[one.code].values, 4)
        with_value = int((~np.isnan(values)).sum())
        found[one.code] = Spread(len(ids), with_value, with_value, histogram_of(values, one.unit))
    return found


def _sample(user: User, most: int) -> list[int]:
    """Ids of visible accounts, evenly over all of them."""
    ids = list(Account.objects.visible_to(user).order_by("pk").values_list("pk", flat=True))
    if len(ids) <= most:
        return ids
    return [ids[int(place)] for place in np.linspace(0, len(ids) - 1, most)]


def is_small(user: User) -> bool:
    """Whether the scores that the person sees are few enough to be looked at in a request."""
    return Account.objects.visible_to(user).order_by()[: QUICK + 1].count() <= QUICK


def try_formula(*, user: User, row: CustomMeasure, account: Account | None, moment: Moment | None = None) -> Trial:
    """What an unsaved formula gives: for the account, with its newest rows, and for a sample of 200 accounts."""
    moment = moment or moment_of()
    measure = measure_of(row)
    ids = _sample_quickly(user)
    column = read_own(measures=[measure], account_ids=ids, moment=moment)[measure.code] if ids else None
    values = np.array([]) if column is None else np.round(column.values, 4)
    page = None
    if account is not None:
        page = open_evidence(account_id=account.pk, measure=measure, moment=moment, limit=SHOWN_ROWS)
    return Trial(
        measure=measure,
        account=account,
        value=formats.NOTHING if page is None else value_words(measure.unit, page.number),
        figures=_figures(measure, page),
        page=page,
        looked_at=len(ids),
        with_value=int((~np.isnan(values)).sum()),
        histogram=histogram_of(values, measure.unit),
    )


def _figures(measure: OwnMeasure, page: EvidencePage | None) -> tuple[tuple[str, float | None], ...]:
    """Each figure in words with what it is for the account."""
    recipe = measure.evidence.recipe
    if page is None or not isinstance(recipe, FormulaRecipe):
        return ()
    catalogue = figure_catalogue()
    return tuple((describe_figure(figure, catalogue), value) for figure, value in recipe.values(page.totals).items())


def _sample_quickly(user: User) -> list[int]:
    """About 200 visible accounts, spread over all ids, without listing them all (two queries)."""
    rows = Account.objects.visible_to(user).order_by("pk")
    first, last = rows.values_list("pk", flat=True).first(), rows.values_list("pk", flat=True).last()
    if first is None or last is None:
        return []
    wanted = {int(pk) for pk in np.linspace(first, last, 5 * TRIED)}
    found = list(rows.filter(pk__in=wanted).values_list("pk", flat=True))
    return found[:: max(len(found) // TRIED, 1)][:TRIED]


def newest_values(*, user: User, measure_id: int, limit: int = 10) -> Sequence[MeasureValue]:
    """What came in last from outside, of accounts that the person sees."""
    rows = MeasureValue.objects.visible_to(user).filter(measure=measure_id).select_related("account")
    return list(rows.order_by("-pk")[:limit])
