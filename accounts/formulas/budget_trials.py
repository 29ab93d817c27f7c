"""What other rules of the contact budget would have done with the mails of the past."""

import datetime as dt
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.formulas.budget import AUTOMATED_KINDS, WEEK, YEAR, BudgetRules, kept_for_renewal

# So many accounts are named, those with the most changes first.
MOST_ACCOUNTS = 20


@dataclass(frozen=True, slots=True)
class PastMail:
    """One mail that went, or that a rule held back (`held_by` is the rule's key). `has_consent`: a yes stood then."""

    at: dt.datetime
    kind: str
    contact_id: int
    held_by: str = ""
    is_for_renewal: bool = False
    has_consent: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The mail under the tried rules: `reason` is empty where it would go."""

    mail: PastMail
    reason: str


def replay_mails(
    mails: Iterable[PastMail], *, rules: BudgetRules, renews_on: dt.date | None, since: dt.datetime
) -> Iterator[Outcome]:
    """Judge the mails of one account in the order of time, each against what would have gone before it.

    Mails before `since` count as they were. Personal mail always goes. A contract is taken to renew every year, so that
    what is kept for a renewal on `renews_on` was kept in the year before too. What was urgent then is not known: the
    rule about escalations only frees, it stops nothing here.
    """
    replay = _Replay(rules, renews_on)
    for mail in mails:
        if mail.at < since:
            goes = not mail.held_by
        else:
            reason = replay.judge(mail)
            goes = not reason
            yield Outcome(mail, reason)
        if goes:
            replay.remember(mail)


class _Replay:
    """The same rules as judge_sends, on queues that forget what is too old."""

    def __init__(self, rules: BudgetRules, renews_on: dt.date | None) -> None:
        self.rules = rules
        self.renews_on = renews_on
        self.week: dict[int, deque[dt.datetime]] = defaultdict(deque)
        self.last: dict[tuple[int, str], dt.datetime] = {}
        self.year: deque[dt.datetime] = deque()

    def remember(self, mail: PastMail) -> None:
        """It went."""
        self.last[mail.contact_id, mail.kind] = mail.at
        if mail.kind in AUTOMATED_KINDS:
            self.week[mail.contact_id].append(mail.at)
        if mail.kind != "transactional":
            self.year.append(mail.at)

    def judge(self, mail: PastMail) -> str:
        """The first rule that speaks against it, or an empty text."""
        if mail.kind == "personal":
            return ""
        return self._judge_wishes(mail) or self._judge_person(mail) or self._judge_year(mail)

    def _judge_wishes(self, mail: PastMail) -> str:
        if self.rules.needs_consent and not mail.has_consent:
            return "no_consent"
        return "open_escalation" if self.rules.pauses_for_escalation and mail.held_by == "open_escalation" else ""

    def _judge_person(self, mail: PastMail) -> str:
        if mail.kind in ("survey", "transactional"):
            rules = self.rules
            days = rules.survey_every_days if mail.kind == "survey" else rules.transactional_every_days
            before = self.last.get((mail.contact_id, mail.kind))
            if before and before + dt.timedelta(days=days) > mail.at:
                return f"{mail.kind}_too_soon"
        if mail.kind in AUTOMATED_KINDS:
            week = self.week[mail.contact_id]
            while week and week[0] <= mail.at - WEEK:
                week.popleft()
            if len(week) >= self.rules.mails_per_week:
                return "week_is_full"
        return ""

    def _judge_year(self, mail: PastMail) -> str:
        if mail.kind == "transactional":
            return ""
        while self.year and self.year[0] <= mail.at - YEAR:
            self.year.popleft()
        limit, on = self.rules.account_mails_per_year, mail.at.date()
        if len(self.year) >= limit:
            return "account_year_is_full"
        renews_on = on if self.renews_on and on <= self.renews_on else None
        kept = kept_for_renewal(rules=self.rules, renews_on=renews_on, on=on, is_for_renewal=mail.is_for_renewal)
        return "kept_for_renewal" if len(self.year) >= max(1, limit - kept) else ""


@dataclass(slots=True)
class Change:
    """Of some mails: how many went and how many of these would not; how many were held back and how many would go."""

    sent: int = 0
    stopped: int = 0
    held: int = 0
    freed: int = 0

    def add(self, outcome: Outcome) -> None:
        if outcome.mail.held_by:
            self.held += 1
            self.freed += not outcome.reason
        else:
            self.sent += 1
            self.stopped += bool(outcome.reason)

    @property
    def changed(self) -> int:
        return self.stopped + self.freed

    def to_json(self) -> list[int]:
        return [self.sent, self.stopped, self.held, self.freed]


@dataclass
class Tally:
    """The sum over accounts, as it is kept."""

    all: Change = field(default_factory=Change)
    kinds: dict[str, Change] = field(default_factory=lambda: defaultdict(Change))
    segments: dict[int | None, Change] = field(default_factory=lambda: defaultdict(Change))
    reasons: Counter[str] = field(default_factory=Counter)
    accounts: list[tuple[int, Change]] = field(default_factory=list)
    accounts_changed: int = 0

    def add_account(self, account_id: int, segment_id: int | None, outcomes: Iterable[Outcome]) -> None:
        own = Change()
        for outcome in outcomes:
            for change in (own, self.all, self.kinds[outcome.mail.kind], self.segments[segment_id]):
                change.add(outcome)
            if outcome.reason and not outcome.mail.held_by:
                self.reasons[outcome.reason] += 1
        if own.changed:
            self.accounts_changed += 1
            self.accounts.append((account_id, own))
        if len(self.accounts) > 50 * MOST_ACCOUNTS:
            self._cut()

    def _cut(self) -> None:
        self.accounts = sorted(self.accounts, key=lambda pair: (-pair[1].changed, pair[0]))[:MOST_ACCOUNTS]

    def to_json(self) -> dict[str, Any]:
        """Numbers and ids; names are looked up by whoever reads it."""
        self._cut()
        return {
            "all": self.all.to_json(),
            "kinds": {kind: change.to_json() for kind, change in self.kinds.items()},
            "segments": [[pk, *change.to_json()] for pk, change in self.segments.items()],
            "reasons": self.reasons.most_common(),
            "accounts": [[pk, *change.to_json()] for pk, change in self.accounts],
            "accounts_changed": self.accounts_changed,
        }
