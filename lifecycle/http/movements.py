"""What is asked of retention, as it stands in the address, and what the page shows of the answer."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.formulas.numbers import MOVEMENTS, SHARES, SUMS
from lifecycle.formulas.periods import QUARTER, Period, parse_period, period_of
from lifecycle.formulas.retention import Definition, Retention
from lifecycle.selectors.movements import Scope, Span
from lifecycle.selectors.movements.cohorts import Cohort
from lifecycle.selectors.movements.waterfalls import Waterfall
from team.clock import today
from team.models import User
from team.selectors.install import install_of_request
from ui import formats
from ui.charts import Figure, Series, Step, line, waterfall
from ui.charts.heat import bin_of
from ui.dates import UnreadableDay, parse_day

FLAGS = ("contracts", "rates", "trials", "returns")


@dataclass(frozen=True, slots=True)
class Question:
    """A period, seen from a day, of somebody's accounts."""

    period: Period
    as_of: dt.date
    span: Span
    scope: Scope
    given: Mapping[str, str]

    def url(self, name: str = "retention", **changes: str) -> str:
        """The address of a page with the same question and some of it changed."""
        wanted = {**self.given, "period": self.period.slug, **changes}
        return f"{reverse(name)}?{urlencode({key: value for key, value in wanted.items() if value})}"

    def accounts_url(self, number: str, **changes: str) -> str:
        """The accounts behind a number."""
        return self.url("retention_accounts", number=number, **changes)


def _whole(data: QueryDict, name: str) -> int | None:
    text = data.get(name, "")
    if text and not (text.isdigit() and len(text) < 12):
        raise BadRequest(_("%(name)s must be a number.") % {"name": name})
    return int(text) if text else None


def _day(text: str) -> dt.date:
    try:
        day = parse_day(text, today()) if text else today()
    except UnreadableDay as error:
        raise BadRequest(str(error)) from error
    return min(day or today(), today())


def read_question(data: QueryDict, user: User) -> Question:
    """`?period=2026-q3&segment=1&csm=2&as_of=2026-08-15&known=then`; without a period the quarter of the day.

    A period after the day is the one in which the day lies. Raises BadRequest for what cannot be read.
    """
    starts_in = install_of_request().fiscal_year_starts
    as_of = _day(data.get("as_of", ""))
    slug = data.get("period", "")
    period = parse_period(slug, starts_in) if slug else period_of(as_of, QUARTER, starts_in)
    if period is None:
        raise BadRequest(_("%(period)s is no period; write 2026, 2026-q3 or 2026-m07.") % {"period": slug})
    if period.starts_on > as_of:
        period = period_of(as_of, period.kind, starts_in)
    known = data.get("known") or "now"
    if known not in {"now", "then"}:
        raise BadRequest(_("known is now or then."))
    given = {
        "segment": data.get("segment", ""),
        "csm": data.get("csm", ""),
        "as_of": as_of.isoformat() if as_of < today() else "",
        "known": "then" if known == "then" else "",
    }
    span = Span(period.starts_on, min(period.ends_on, as_of), "then" if known == "then" else "now")
    scope = Scope(user, _whole(data, "segment"), _whole(data, "csm"))
    return Question(period, as_of, span, scope, given)


def read_definition(flags: list[str]) -> Definition:
    """A definition from its flags: contracts (net per contract), rates, trials, returns (who came back is new)."""
    if unknown := set(flags) - {*FLAGS, ""}:
        raise BadRequest(_("There is no definition %(name)s.") % {"name": ", ".join(sorted(unknown))})
    return Definition(
        netting="subscription" if "contracts" in flags else "account",
        with_currency="rates" in flags,
        with_trials="trials" in flags,
        returns="new" if "returns" in flags else "kept",
    )


def flag_words() -> list[tuple[str, str]]:
    """What may be counted otherwise than usual."""
    return [
        ("contracts", _("each contract on its own")),
        ("rates", _("with what exchange rates did")),
        ("trials", _("trials count")),
        ("returns", _("who left and came back is new")),
    ]


def definition_words(definition: Definition) -> str:
    """A definition by what it does otherwise than usual."""
    asked = (definition.netting == "subscription", definition.with_currency, definition.with_trials)
    marks = (*asked, definition.returns == "new")
    words = [words for (_flag, words), is_set in zip(flag_words(), marks, strict=True) if is_set]
    return ", ".join(words) or _("standard")


@dataclass(frozen=True, slots=True)
class Kpi:
    name: str
    value: str
    note: str
    url: str
    title: str
    tone: str = ""


def share(value: Decimal | None) -> str:
    """A share with one digit."""
    return formats.percent(value, 1)


def kpis(question: Question, found: Retention, renewals: Any, currency: str) -> list[Kpi]:
    """The eight numbers on top, each with the accounts behind it."""

    def sums(number: str, value: Decimal, note: str = "", tone: str = "") -> Kpi:
        label, definition = SUMS[number]
        text = formats.compact_money(value, currency)
        return Kpi(str(label), text, note, question.accounts_url(number), str(definition), tone)

    lost = formats.compact_money(found.churn + found.contraction, currency)
    of_start = _("%(count)s customers at the start") % {"count": formats.number(found.customers)}
    decided = _("%(won)s of %(due)s due") % {
        "won": formats.number(renewals.renewed_count),
        "due": formats.number(renewals.due_count),
    }
    renewal_url = f"{reverse('renewal_list')}?due.from={question.span.start}&due.to={question.span.end}"
    gross, net, logo = (SHARES[name].definition for name in ("grr", "nrr", "logo"))
    return [
        Kpi("GRR", share(found.grr), _("%(sum)s lost") % {"sum": lost}, question.accounts_url("lost"), str(gross)),
        Kpi("NRR", share(found.nrr), _("with expansion"), question.accounts_url("changed"), str(net)),
        Kpi(
            _("Customers kept"),
            share(found.logo_retention),
            of_start,
            question.accounts_url("customers_lost"),
            str(logo),
        ),
        Kpi(_("Renewal rate"), share(renewals.rate), decided, renewal_url, str(SHARES["renewal_rate"].definition)),
        sums("opening", found.opening, formats.day(question.span.start - dt.timedelta(days=1))),
        sums("churn", -found.churn, _("%(count)s customers left") % {"count": found.customers - found.kept_customers}),
        sums("contraction", -found.contraction, _("of customers who stayed")),
        sums("closing", found.closing, formats.day(question.span.end)),
    ]


@dataclass(frozen=True, slots=True)
class StepLink:
    """One bar of the waterfall in words."""

    label: str
    amount: Decimal
    url: str


def waterfall_figure(question: Question, steps: Waterfall, currency: str) -> Figure | None:
    """What came and went, to the net change; kinds that did not happen have no bar.

    The ARR itself is left out: beside it, bars of what changed could not be told apart. It stands in the numbers above.
    """
    bars = [
        Step(label, steps.kinds[name.removeprefix("moved_")])
        for name, (label, _definition) in MOVEMENTS.items()
        if steps.kinds[name.removeprefix("moved_")]
    ]
    if not bars:
        return None
    bars.append(Step(_("Net"), steps.closing - steps.opening, is_total=True))
    title = _("What changed the ARR in %(period)s") % {"period": question.period.name}
    return waterfall(bars, title=title, unit=currency, write=lambda value: formats.compact_money(value, currency))


def step_links(question: Question, steps: Waterfall) -> list[StepLink]:
    """The same with the accounts behind each bar."""
    return [
        StepLink(str(label), steps.kinds[name.removeprefix("moved_")], question.accounts_url(name))
        for name, (label, _definition) in MOVEMENTS.items()
        if steps.kinds[name.removeprefix("moved_")]
    ]


def series_figure(series: list[tuple[Period, Retention]], until: dt.date) -> Figure | None:
    """Gross and net retention over the last periods."""
    days = [(min(period.ends_on, until), found) for period, found in series if found.opening]
    if not days:
        return None
    return line(
        [
            Series("NRR", [(day, float(found.nrr or 0)) for day, found in days]),
            Series("GRR", [(day, float(found.grr or 0)) for day, found in days]),
        ],
        title=_("Retention by period"),
        write=lambda value: formats.percent(value, 0),
    )


@dataclass(frozen=True, slots=True)
class HeatCell:
    text: str
    bin: int | None
    url: str
    title: str


def cohort_rows(
    question: Question, found: list[Cohort], measure: str, currency: str
) -> list[tuple[Cohort, list[HeatCell]]]:
    """Cohorts as rows of a heat table, the share of ARR or of customers; empty quarters are left out."""
    rows = []
    for cohort in found:
        cells = []
        for cell in cohort.cells:
            value = cell.customer_share if measure == "customers" else cell.arr_share
            url = question.accounts_url("cohort", cohort=cohort.quarter.slug, period=cell.at.slug)
            held = formats.compact_money(cell.arr, currency)
            title = f"{cell.at.name}: {held}, {formats.number(cell.customers)}"
            shade = None if value is None else bin_of(float(value), 0.5, 1.3 if measure == "arr" else 1.0)
            cells.append(HeatCell(formats.percent(value), shade, url, title))
        if cells:
            rows.append((cohort, cells))
    return rows
