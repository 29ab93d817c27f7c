"""What a measure is: a number about an account with a day of observation, words, and rows that reproduce it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagement.models import Component

Words = Promise | str
AMOUNT = gettext_lazy("Amount")


class Unit(StrEnum):
    """How a raw value is written."""

    COUNT = "count"
    SHARE = "share"
    DAYS = "days"
    RATIO = "ratio"
    POINTS = "points"


@dataclass(frozen=True)
class Tally:
    """All opened rows of one bucket: how many, the sum of their amounts, and the smallest amount."""

    count: int
    total: float
    least: float | None


Totals = Mapping[str, Tally]
NO_ROWS = Tally(count=0, total=0.0, least=None)


class Recipe(Protocol):
    """How the opened rows give the number."""

    def number(self, totals: Totals) -> float | None: ...

    def words(self, totals: Totals) -> str: ...


@dataclass(frozen=True)
class Share:
    """The rows in `yes` of the rows in `yes` and `no`; by their number, or by their amounts when `weighs`."""

    weighs: bool = False

    def _sizes(self, totals: Totals) -> tuple[float, float]:
        yes, no = totals.get("yes", NO_ROWS), totals.get("no", NO_ROWS)
        return (yes.total, no.total) if self.weighs else (float(yes.count), float(no.count))

    def number(self, totals: Totals) -> float | None:
        yes, no = self._sizes(totals)
        return yes / (yes + no) if yes + no else None

    def words(self, totals: Totals) -> str:
        yes, no = self._sizes(totals)
        if not yes + no:
            return _("There is nothing to count.")
        return _("%(part)s of %(whole)s is %(share)s.") % {
            "part": _plain(yes),
            "whole": _plain(yes + no),
            "share": _share(yes / (yes + no)),
        }


@dataclass(frozen=True)
class Split:
    """The engaged rows (`positive` and `neutral`) of those and `no`; what is aside (negative) is volume alone."""

    def number(self, totals: Totals) -> float | None:
        yes = totals.get("positive", NO_ROWS).count + totals.get("neutral", NO_ROWS).count
        whole = yes + totals.get("no", NO_ROWS).count
        return yes / whole if whole else None

    def words(self, totals: Totals) -> str:
        positive, neutral = totals.get("positive", NO_ROWS).count, totals.get("neutral", NO_ROWS).count
        whole = positive + neutral + totals.get("no", NO_ROWS).count
        text = _("There is nothing to count.")
        if whole:
            text = _("%(positive)s positive and %(neutral)s neutral of %(whole)s is %(share)s.") % {
                "positive": positive,
                "neutral": neutral,
                "whole": whole,
                "share": _share((positive + neutral) / whole),
            }
        if aside := totals.get("aside", NO_ROWS).count:
            words = ngettext(
                "%(count)s negative one is volume only.", "%(count)s negative ones are volume only.", aside
            )
            text += " " + words % {"count": aside}
        return text


@dataclass(frozen=True)
class MeanQuotient:
    """The mean amount of the bucket `part` through that of `whole`, at most `cap`; none where either is empty."""

    part: str
    whole: str
    cap: float

    def _means(self, totals: Totals) -> tuple[float, float] | None:
        part, whole = totals.get(self.part, NO_ROWS), totals.get(self.whole, NO_ROWS)
        return (part.total / part.count, whole.total / whole.count) if part.count and whole.total else None

    def number(self, totals: Totals) -> float | None:
        means = self._means(totals)
        return None if means is None else min(means[0] / means[1], self.cap)

    def words(self, totals: Totals) -> str:
        means = self._means(totals)
        if means is None:
            return _("There is nothing to divide by.")
        return _("%(part)s ÷ %(whole)s on average = %(number)s.") % {
            "part": _plain(means[0]),
            "whole": _plain(means[1]),
            "number": _plain(means[0] / means[1]),
        }


@dataclass(frozen=True)
class Quotient:
    """The sum of the bucket `part` through that of `whole`, at most `cap`; `empty` when nothing is in either.

    `is_share` writes the result in per cent, as the measure does.
    """

    part: str
    whole: str
    cap: float | None = None
    empty: float | None = None
    is_share: bool = False

    def number(self, totals: Totals) -> float | None:
        part, whole = totals.get(self.part, NO_ROWS).total, totals.get(self.whole, NO_ROWS).total
        if not part and not whole:
            return self.empty
        if not whole:
            return self.cap
        return part / whole if self.cap is None else min(part / whole, self.cap)

    def words(self, totals: Totals) -> str:
        part, whole = totals.get(self.part, NO_ROWS).total, totals.get(self.whole, NO_ROWS).total
        number = self.number(totals)
        if number is None:
            return _("There is nothing to divide by.")
        if not whole:
            return _("%(part)s against nothing before counts as %(number)s.") % {
                "part": _plain(part),
                "number": _plain(number),
            }
        text = _("%(part)s ÷ %(whole)s = %(number)s.") % {
            "part": _plain(part),
            "whole": _plain(whole),
            "number": _share(part / whole) if self.is_share else _plain(part / whole),
        }
        if self.cap is not None and part / whole > self.cap:
            text += " " + _("It counts as %(cap)s at most.") % {"cap": _plain(self.cap)}
        return text


@dataclass(frozen=True)
class Mean:
    """The mean amount of the rows in `counted`; `is_share` writes it in per cent."""

    is_share: bool = False

    def number(self, totals: Totals) -> float | None:
        counted = totals.get("counted", NO_ROWS)
        return counted.total / counted.count if counted.count else None

    def words(self, totals: Totals) -> str:
        counted = totals.get("counted", NO_ROWS)
        if not counted.count:
            return _("There is nothing to count.")
        mean = counted.total / counted.count
        return _("%(total)s ÷ %(count)s = %(mean)s on average.") % {
            "total": _plain(counted.total),
            "count": counted.count,
            "mean": _share(mean) if self.is_share else _plain(mean),
        }


@dataclass(frozen=True)
class Sum:
    """The sum of the amounts in `counted`."""

    def number(self, totals: Totals) -> float | None:
        return totals.get("counted", NO_ROWS).total

    def words(self, totals: Totals) -> str:
        counted = totals.get("counted", NO_ROWS)
        return _("The rows that count add up to %(total)s.") % {"total": _plain(counted.total)}


@dataclass(frozen=True)
class Least:
    """The smallest amount in `counted`, at most `cap`; `said` tells it in words, with `%(days)s`."""

    said: Words
    cap: float | None = None

    def number(self, totals: Totals) -> float | None:
        least = totals.get("counted", NO_ROWS).least
        return least if least is None or self.cap is None else min(least, self.cap)

    def words(self, totals: Totals) -> str:
        least = totals.get("counted", NO_ROWS).least
        if least is None:
            return _("There is nothing to count.")
        text = str(self.said) % {"days": _plain(least)}
        if self.cap is not None and least > self.cap:
            text += " " + _("It counts as %(cap)s at most.") % {"cap": _plain(self.cap)}
        return text


@dataclass(frozen=True)
class Evidence:
    """`sql` reads one account's rows: `id, at, what, title, bucket, amount`; bucket names are told in `buckets`.

    `what` is a code whose words stand in `engagement.selectors.measures.words`. Bucket "aside" is shown, not counted.
    `parameters` are bound beside those of the moment.
    """

    sql: str
    recipe: Recipe
    buckets: Mapping[str, Words]
    amount: Words = AMOUNT
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """One entry of the registry. The columns `<code>` and `<code>_on` of its source hold its value and day."""

    code: str
    component: Component
    label: Words
    definition: Words
    unit: Unit
    evidence: Evidence
    is_knowledge: bool = False
    is_money: bool = False

    def __str__(self) -> str:
        return str(self.label)


Prepare = Callable[[Sequence[int], Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Source:
    """One set-based question that reads several measures of a batch of accounts at once.

    `figures` are columns beside the measures, for the risks: what is read already is not read again.
    `past_sql` asks it of a past day where `sql` reads sums that know today alone. `prepare(account_ids, parameters)`
    adds parameters that SQL cannot find by itself; evidence of the source's measures gets them too.
    """

    name: str
    sql: str
    measures: tuple[Measure, ...]
    figures: tuple[str, ...] = ()
    past_sql: str = ""
    prepare: Prepare | None = None

    def question(self, parameters: Mapping[str, Any]) -> str:
        """The SQL for a moment's parameters."""
        return self.past_sql if self.past_sql and not parameters["live"] else self.sql

    def complete(self, account_ids: Sequence[int], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with what `prepare` adds."""
        more = self.prepare(account_ids, parameters) if self.prepare else {}
        return {**parameters, **more}


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _plain(value: float) -> str:
    """A number with at most two decimals and no trailing zeros."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text or "0"
