"""Which accounts met conditions at past moments: thousands of questions with few queries."""

import datetime as dt
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.formulas.conditions import Condition, parse_conditions
from accounts.selectors.condition_changes import changes_of, depends_on_the_day, has_known_changes
from accounts.selectors.condition_names import condition_catalogue
from lifecycle.formulas.moments import Span, fewest_moments
from lifecycle.formulas.simulation import Question
from lifecycle.selectors.plays.rules import accounts_meeting

# Beyond so many different moments they are rounded up to the end of their hour, then of their day: one query each.
MOST_MOMENTS = 1_500
ROUNDINGS = (None, dt.timedelta(hours=1), dt.timedelta(days=1))
# An account at a moment.
Asked = tuple[int, dt.datetime]


def no_progress(done: int, total: int) -> None:
    """For those who do not show how far it is."""


@dataclass(slots=True)
class Past:
    """Answers of these accounts between `since` and `until`. A moment at which nothing had changed since an earlier one
    has that one's answer, so questions share queries. `is_rounded`: there were too many moments all the same.
    """

    account_ids: Collection[int]
    since: dt.datetime
    until: dt.datetime
    is_rounded: bool = False
    _changes: dict[tuple[Condition, ...], dict[int, Sequence[float]]] = field(default_factory=dict)
    _parsed: dict[str, tuple[Condition, ...]] = field(default_factory=dict)

    def met(
        self,
        conditions: tuple[Condition, ...],
        asked: Sequence[Asked],
        progress: Callable[[int, int], None] = no_progress,
    ) -> list[bool]:
        """Whether each account met the conditions at its moment, in the order asked."""
        together: dict[float, list[int]] = defaultdict(list)
        for index, moment in enumerate(self._moments(conditions, asked)):
            together[moment].append(index)
        found = [False] * len(asked)
        for number, (moment, indexes) in enumerate(together.items(), start=1):
            at = dt.datetime.fromtimestamp(moment, tz=dt.UTC)
            met = accounts_meeting(conditions, {asked[index][0] for index in indexes}, at=at)
            for index in indexes:
                found[index] = asked[index][0] in met
            progress(number, len(together))
        return found

    def answer(self, questions: dict[int, Question]) -> dict[int, bool]:
        """The same for stored conditions, one question per account."""
        together: dict[str, list[Asked]] = defaultdict(list)
        for account_id, (conditions, at) in questions.items():
            together[json.dumps(conditions, sort_keys=True)].append((account_id, at))
        replies: dict[int, bool] = {}
        for written, asked in together.items():
            if written not in self._parsed:
                self._parsed[written] = parse_conditions(json.loads(written), condition_catalogue())
            met = self.met(self._parsed[written], asked)
            replies |= {account_id: held for (account_id, _at), held in zip(asked, met, strict=True)}
        return replies

    def _moments(self, conditions: tuple[Condition, ...], asked: Sequence[Asked]) -> list[float]:
        chosen: list[float] = []
        for rounding in ROUNDINGS:
            rounded = [(account_id, _rounded(at, rounding)) for account_id, at in asked]
            chosen = fewest_moments(self._spans(conditions, rounded))
            if len(set(chosen)) <= MOST_MOMENTS:
                self.is_rounded |= rounding is not None
                return chosen
        self.is_rounded = True
        return chosen

    def _spans(self, conditions: tuple[Condition, ...], asked: Sequence[Asked]) -> list[Span]:
        """Between which times each question has one answer."""
        if not has_known_changes(conditions):
            return [(at.timestamp(), at.timestamp()) for _account, at in asked]
        if conditions not in self._changes:
            read = changes_of(conditions, self.account_ids, since=self.since, until=self.until)
            self._changes[conditions] = dict(read)
        changes = self._changes[conditions]
        floor, ceiling = self.since.timestamp(), self.until.timestamp() + 1
        is_daily = depends_on_the_day(conditions)
        days: dict[dt.date, Span] = {}
        spans = []
        for account_id, at in asked:
            times = changes.get(account_id, ())
            behind = bisect_right(times, at.timestamp())
            start = times[behind - 1] if behind else floor
            end = times[behind] if behind < len(times) else ceiling
            if is_daily:
                day = timezone.localdate(at)
                if day not in days:
                    days[day] = _day(day)
                start, end = max(start, days[day][0]), min(end, days[day][1])
            spans.append((start, end))
        return spans


def _day(day: dt.date) -> Span:
    midnights = (dt.datetime.combine(one, dt.time.min) for one in (day, day + dt.timedelta(days=1)))
    start, end = (timezone.make_aware(one).timestamp() for one in midnights)
    return start, end


def _rounded(moment: dt.datetime, span: dt.timedelta | None) -> dt.datetime:
    """The end of the hour or day (UTC) that a moment lies in; the moment itself without a span."""
    if span is None:
        return moment
    seconds = int(span.total_seconds())
    return dt.datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, tz=dt.UTC)
