"""Other rules tried on the mails of the last 12 months, and what such a trial found, for people."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.formulas.budget import YEAR, BudgetRules
from accounts.formulas.budget_trials import Change, PastMail, Tally, replay_mails
from accounts.models import Account, BudgetTrial, ContactConsent, ContactSend, Segment
from accounts.selectors.budget.verdicts import PURPOSES, reason_words

ACCOUNTS_AT_ONCE = 1000
# (account id, mail): what a rule held back, told by upper apps.
Held = tuple[int, PastMail]
Progress = Callable[[int, int], None]


def simulate_rules(
    *, rules: BudgetRules, until: dt.datetime, progress: Progress = lambda done, total: None
) -> dict[str, Any]:
    """Replay the mails of the 12 months before `until` under other rules: budget_trials.Tally as JSON.

    Some five queries per thousand accounts; the ledger streams through. The year before is read to warm up.
    """
    tally = Tally()
    since = until - YEAR
    accounts = list(Account.objects.order_by("pk").values_list("pk", "segment_id", "summary__renews_on"))
    done = 0
    for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        chunk = accounts[start : start + ACCOUNTS_AT_ONCE]
        mails = _mails_of([row[0] for row in chunk], since=since, until=until, rules=rules)
        for account_id, segment_id, renews_on in chunk:
            if found := mails.get(account_id):
                found.sort(key=attrgetter("at"))
                outcomes = replay_mails(found, rules=rules, renews_on=renews_on, since=since)
                tally.add_account(account_id, segment_id, outcomes)
        done += len(chunk)
        progress(done, len(accounts))
    return tally.to_json()


def count_past_mails(*, until: dt.datetime, most: int) -> int:
    """How many mails a trial would read, counted no further than `most`. One query."""
    return ContactSend.objects.filter(sent_at__gt=until - 2 * YEAR)[:most].count()


def _mails_of(
    account_ids: Sequence[int], *, since: dt.datetime, until: dt.datetime, rules: BudgetRules
) -> dict[int, list[PastMail]]:
    found: dict[int, list[PastMail]] = defaultdict(list)
    sends = ContactSend.objects.filter(
        account__gte=account_ids[0], account__lte=account_ids[-1], sent_at__gt=since - YEAR, sent_at__lte=until
    ).order_by("account", "sent_at")
    rows = sends.values_list("account_id", "contact_id", "kind", "sent_at", "is_for_renewal")
    said = _words_of(account_ids, until) if rules.needs_consent else {}

    def agreed(contact_id: int, kind: str, at: dt.datetime) -> bool:
        if not rules.needs_consent or (purpose := PURPOSES.get(ContactSend.Kind(kind))) is None:
            return True
        times, answers = said.get((contact_id, purpose), ((), ()))
        place = bisect_right(times, at)
        return place > 0 and answers[place - 1]

    for account_id, contact_id, kind, sent_at, is_for_renewal in rows.iterator(chunk_size=5000):
        found[account_id].append(
            PastMail(sent_at, kind, contact_id, "", is_for_renewal, agreed(contact_id, kind, sent_at))
        )
    for account_id, mail in _held_back(account_ids, since, until):
        consented = agreed(mail.contact_id, mail.kind, mail.at)
        found[account_id].append(
            PastMail(mail.at, mail.kind, mail.contact_id, mail.held_by, mail.is_for_renewal, consented)
        )
    return found


def _words_of(
    account_ids: Sequence[int], until: dt.datetime
) -> dict[tuple[int, str], tuple[list[dt.datetime], list[bool]]]:
    """What people said about each kind of mail and when: {(contact, purpose): (times, answers)}."""
    found: dict[tuple[int, str], tuple[list[dt.datetime], list[bool]]] = defaultdict(lambda: ([], []))
    words = ContactConsent.objects.filter(
        contact__account__gte=account_ids[0], contact__account__lte=account_ids[-1], recorded_at__lte=until
    ).order_by("recorded_at", "pk")
    for contact_id, purpose, at, is_allowed in words.values_list("contact_id", "purpose", "recorded_at", "is_allowed"):
        times, answers = found[contact_id, purpose]
        times.append(at)
        answers.append(is_allowed)
    return found


def _held_back(account_ids: Sequence[int], since: dt.datetime, until: dt.datetime) -> Iterator[Held]:
    for path in settings.BUDGET_HELD_BACK:
        told: Iterable[Held] = import_string(path)(first=account_ids[0], last=account_ids[-1], since=since, until=until)
        yield from told


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of a trial's tables."""

    name: str
    change: Change
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class TrialPage:
    """What a trial found. `accounts` are the most affected of `accounts_changed`."""

    all: Change
    kinds: tuple[ChangeRow, ...]
    segments: tuple[ChangeRow, ...]
    reasons: tuple[tuple[str, int], ...]
    accounts: tuple[ChangeRow, ...]
    accounts_changed: int


def read_trial(trial: BudgetTrial) -> TrialPage:
    """A finished trial with names; two queries. For admins alone: it shows accounts to whoever reads it."""
    result = trial.result
    kinds = dict(ContactSend.Kind.choices)
    segments = dict(Segment.objects.values_list("pk", "name"))
    names = dict(Account.objects.filter(pk__in=[row[0] for row in result["accounts"]]).values_list("pk", "name"))
    return TrialPage(
        all=Change(*result["all"]),
        kinds=tuple(ChangeRow(str(kinds.get(kind, kind)), Change(*row)) for kind, row in result["kinds"].items()),
        segments=tuple(
            sorted(
                (ChangeRow(segments.get(row[0], _("No segment")), Change(*row[1:])) for row in result["segments"]),
                key=lambda row: row.name,
            )
        ),
        reasons=tuple((reason_words(rule), count) for rule, count in result["reasons"]),
        accounts=tuple(
            ChangeRow(names[row[0]], Change(*row[1:]), row[0]) for row in result["accounts"] if row[0] in names
        ),
        accounts_changed=result["accounts_changed"],
    )
