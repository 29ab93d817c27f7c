"""The ledger on screen: what a person and an account got, what is left, and when again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from accounts.formulas.budget import AUTOMATED_KINDS, WEEK, YEAR, Verdict, kept_for_renewal, latest
from accounts.models import Account, AccountSummary, Contact, ContactSend
from accounts.selectors.budget.rules import budget_rules
from accounts.selectors.budget.verdicts import check_contacts, reason_words

SENDS_SHOWN = 10
PEOPLE_SHOWN = 50
Kind = ContactSend.Kind
# What a person may be asked for, in the order shown.
ASKED = (
    (Kind.SURVEY, _("Survey")),
    (Kind.TRANSACTIONAL, _("Survey about a case")),
    (Kind.AUTOMATED, _("Automated mail")),
)


@dataclass(frozen=True, slots=True)
class AccountYear:
    """The attention budget of one account: mails of the last 365 days to anybody there, those about a case aside.

    `kept` of `limit` are held back for the renewal on `renews_on` (0 when none stands within a year).
    """

    used: int
    limit: int
    kept: int
    renews_on: dt.date | None
    next_free_on: dt.date | None

    @property
    def left(self) -> int:
        """Mails that machines may still send about anything."""
        return max(0, self.limit - self.kept - self.used)

    @property
    def goal(self) -> int:
        """Where the part that is kept begins, in percent of the year."""
        return round(100 * (self.limit - self.kept) / self.limit)

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.limit))

    @property
    def is_spent(self) -> bool:
        return self.left == 0

    @property
    def tone(self) -> str:
        """How near the end is, as a colour."""
        return "risk" if self.is_spent else "watch" if self.left * 5 < self.limit else "good"


@dataclass(frozen=True, slots=True)
class KindLine:
    """Whether a person may get a kind of mail now, else why not and when again."""

    label: str
    verdict: Verdict

    @property
    def words(self) -> str:
        return reason_words(self.verdict.reason) if self.verdict.reason else ""


@dataclass(frozen=True, slots=True)
class PersonLedger:
    """One person: mails of the last 365 days and of this week, what may go now, the last ten."""

    year: int
    week: int
    mails_per_week: int
    kinds: tuple[KindLine, ...]
    sends: tuple[ContactSend, ...]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of an account: mails of the year, the last survey, and when a survey may go again."""

    contact: Contact
    year: int
    last_survey_at: dt.datetime | None
    survey: KindLine


@dataclass(frozen=True, slots=True)
class AccountLedger:
    year: AccountYear
    people: tuple[PersonLine, ...]
    more: int
    sends: tuple[ContactSend, ...]


def year_of(account: Account, *, at: dt.datetime) -> AccountYear:
    """The account's attention budget at a moment. Three queries."""
    rules = budget_rules()
    renews_on = AccountSummary.objects.filter(account=account).values_list("renews_on", flat=True).first()
    kept = kept_for_renewal(rules=rules, renews_on=renews_on, on=at.date())
    in_year = ContactSend.objects.filter(account=account, sent_at__gt=at - YEAR).exclude(kind=Kind.TRANSACTIONAL)
    times = list(in_year.order_by("sent_at").values_list("sent_at", flat=True))
    limit = rules.account_mails_per_year
    over = len(times) - (limit - kept)
    return AccountYear(
        used=len(times),
        limit=limit,
        kept=kept,
        renews_on=renews_on if kept else None,
        next_free_on=(times[over] + YEAR).date() + dt.timedelta(days=1) if over >= 0 else None,
    )


def ledger_of_contact(contact: Contact, *, at: dt.datetime) -> PersonLedger:
    """What a person got and what may go now, by kind. Some fifteen queries however long the ledger is."""
    rules = budget_rules()
    in_year = ContactSend.objects.filter(contact=contact, sent_at__gt=at - YEAR)
    counts = in_year.aggregate(
        year=Count("pk"), week=Count("pk", filter=Q(kind__in=AUTOMATED_KINDS, sent_at__gt=at - WEEK))
    )
    kinds = tuple(
        KindLine(str(label), check_contacts(contacts=[contact], kind=kind, at=at)[contact.pk]) for kind, label in ASKED
    )
    sends = ContactSend.objects.filter(contact=contact).order_by("-sent_at", "-pk")
    return PersonLedger(counts["year"], counts["week"], rules.mails_per_week, kinds, tuple(sends[:SENDS_SHOWN]))


def ledger_of_account(account: Account, *, at: dt.datetime) -> AccountLedger:
    """The account's year, its people with their next free day for a survey, and the last ten mails to anybody there."""
    people = Contact.objects.reachable().filter(account=account)
    counts = people.filter(sends__sent_at__gt=at - YEAR).annotate(
        year=Count("sends"), last_survey_at=Max("sends__sent_at", filter=Q(sends__kind=Kind.SURVEY))
    )
    got = {pk: (year, last) for pk, year, last in counts.values_list("pk", "year", "last_survey_at")}
    shown = list(people.order_by("name", "pk")[:PEOPLE_SHOWN])
    lines = _person_lines(shown, got, at)
    sends = ContactSend.objects.filter(account=account).select_related("contact").order_by("-sent_at", "-pk")
    more = people.count() - len(shown) if len(shown) == PEOPLE_SHOWN else 0
    return AccountLedger(year_of(account, at=at), tuple(lines), more, tuple(sends[:SENDS_SHOWN]))


def _person_lines(
    people: Sequence[Contact], got: dict[int, tuple[int, dt.datetime | None]], at: dt.datetime
) -> list[PersonLine]:
    verdicts = check_contacts(contacts=people, kind=Kind.SURVEY, at=at)
    return [
        PersonLine(
            contact,
            *got.get(contact.pk, (0, None)),
            KindLine(str(Kind.SURVEY.label), latest([verdicts[contact.pk]])),
        )
        for contact in people
    ]
