"""The contact budget: who may be written to, and when again."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What counts as automated mail to a person; a reminder counts as a mail.
AUTOMATED_KINDS = frozenset({"survey", "reminder", "automated"})
WEEK = dt.timedelta(days=7)
YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class BudgetRules:
    """The rules of a fresh install: 2 automated mails a week and 1 survey in 90 days per person; transactional surveys
    have their own distance; an account hears from the vendor at most so often a year before machines fall silent, and
    the last of these are kept for the renewal while one stands within the year."""

    mails_per_week: int = 2
    survey_every_days: int = 90
    transactional_every_days: int = 14
    account_mails_per_year: int = 200
    renewal_reserve: int = 10
    needs_consent: bool = False
    pauses_for_escalation: bool = True

    @property
    def longest_days(self) -> int:
        """How far back the mails to a person matter."""
        return max(self.survey_every_days, self.transactional_every_days, WEEK.days)


@dataclass(frozen=True, slots=True)
class Send:
    """One mail that went to a person: its kind and when."""

    kind: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may be written to: `reason` is empty or names the rule; `next_free_on` is None for never."""

    reason: str = ""
    next_free_on: dt.date | None = None

    @property
    def is_free(self) -> bool:
        return not self.reason


FREE = Verdict()


def judge_sends(
    *,
    kind: str,
    at: dt.datetime,
    sends: Sequence[Send],
    account_sends: Sequence[dt.datetime] = (),
    rules: BudgetRules,
    reserve: int = 0,
) -> Verdict:
    """Judge one more mail of a kind at a time against what the person got; the latest free day of all broken rules.

    `account_sends` are the times of mails, personal ones too, to anybody at the account in the last year; so many as
    `reserve` says are left over (see `kept_for_renewal`). A personal mail is never refused: a person answers for it.
    """
    if kind == "personal":
        return FREE
    broken: list[Verdict] = []
    if kind in ("survey", "transactional"):
        days = rules.survey_every_days if kind == "survey" else rules.transactional_every_days
        last = max((send.at for send in sends if send.kind == kind and send.at <= at), default=None)
        if last and last + dt.timedelta(days=days) > at:
            broken.append(Verdict(f"{kind}_too_soon", _first_day_after(last + dt.timedelta(days=days))))
    if kind in AUTOMATED_KINDS:
        recent = sorted(send.at for send in sends if send.kind in AUTOMATED_KINDS and at - WEEK < send.at <= at)
        if len(recent) >= rules.mails_per_week:
            frees = recent[len(recent) - rules.mails_per_week]
            broken.append(Verdict("week_is_full", _first_day_after(frees + WEEK)))
    if kind != "transactional":
        broken += _judge_year(at, account_sends, rules, reserve)
    return latest(broken)


def _judge_year(
    at: dt.datetime, account_sends: Sequence[dt.datetime], rules: BudgetRules, reserve: int
) -> list[Verdict]:
    limit = max(1, rules.account_mails_per_year - reserve)
    if len(account_sends) < limit:
        return []
    in_year = sorted(time for time in account_sends if at - YEAR < time <= at)
    if len(in_year) < limit:
        return []
    is_full = len(in_year) >= rules.account_mails_per_year
    frees = in_year[len(in_year) - limit]
    return [Verdict("account_year_is_full" if is_full else "kept_for_renewal", _first_day_after(frees + YEAR))]


def latest(verdicts: Iterable[Verdict]) -> Verdict:
    """Of several reasons the one that holds longest; FREE where there is none."""
    return max(
        (verdict for verdict in verdicts if verdict.reason),
        key=lambda verdict: verdict.next_free_on or dt.date.max,
        default=FREE,
    )


def kept_for_renewal(
    *, rules: BudgetRules, renews_on: dt.date | None, on: dt.date, is_for_renewal: bool = False
) -> int:
    """How many of the account's year a mail must leave over: the reserve while a renewal stands within the next year,
    none for what is for that renewal."""
    stands = renews_on is not None and on <= renews_on <= on + YEAR
    return rules.renewal_reserve if stands and not is_for_renewal else 0


def _first_day_after(moment: dt.datetime) -> dt.date:
    """The first whole day that the rule no longer touches."""
    return moment.date() + dt.timedelta(days=1)
