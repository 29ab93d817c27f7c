"""Whom one would ask first: accounts that are well and say so, ranked with reasons."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef
from django.utils.functional import cached_property

from accounts.models import Account, Fact
from accounts.models.accounts import AccountQuerySet
from team.clock import today
from team.models import Role, User
from voc.formulas.advocacy import FINE_BANDS, Likely, Reason, rank
from voc.formulas.nps import PROMOTER
from voc.models import AdvocacyRequest
from voc.selectors.advocacy.desk import askable_accounts

# So many of the healthiest promoters are weighed, and so many shown.
WEIGHED, SHOWN = 200, 25
RESTS_DAYS = 120
LOOKS_BACK = 730
YEAR = 365.25


@dataclass(frozen=True)
class Candidate:
    """One account with its points and the reasons for them."""

    account: Account
    points: int
    reasons: list[Reason]

    @cached_property
    def good(self) -> list[Reason]:
        """What speaks for it."""
        return [one for one in self.reasons if one.points > 0]

    @cached_property
    def bad(self) -> list[Reason]:
        """What speaks against it."""
        return [one for one in self.reasons if one.points < 0]


@dataclass(frozen=True)
class Candidates:
    """The best ones that the user may see; `hidden` counts those of others, at most `WEIGHED`."""

    rows: list[Candidate]
    is_cut: bool
    hidden: int = 0
    hidden_is_more: bool = False


def fitting(accounts: AccountQuerySet, day: dt.date) -> AccountQuerySet:
    """Customers whose last NPS answer was 9 or 10, in one of the two best bands, and not asked in the last 120 days."""
    asked = AdvocacyRequest.objects.filter(account=OuterRef("pk"), asked_on__gt=day - dt.timedelta(days=RESTS_DAYS))
    return accounts.filter(
        ~Exists(asked),
        status=Account.Status.CUSTOMER,
        summary__nps__gte=PROMOTER,
        summary__health_band__in=FINE_BANDS,
    )


def find_candidates(user: User) -> Candidates:
    """The 25 best of the 200 healthiest that fit; four queries, one more for departments.

    The healthiest are found along the index of the account list by health. SECURITY: of accounts that are not granted
    to it, a department learns the number alone.
    """
    day = today()
    found = healthiest(fitting(askable_accounts(user), day), WEIGHED + 1)
    hidden = 0
    if user.role == Role.MEMBER:
        others = fitting(Account.objects.all(), day).exclude(pk__in=askable_accounts(user).values("pk"))
        hidden = len(others.values_list("pk")[: WEIGHED + 1])
    ranked = weigh(found[:WEIGHED], day)
    return Candidates(ranked[:SHOWN], len(ranked) > SHOWN, min(hidden, WEIGHED), hidden > WEIGHED)


def best_candidates(*, count: int, day: dt.date) -> list[Candidate]:
    """The best of all accounts, at most one of each CSM: whose book it is can ask, or say that it is no good idea."""
    seen: set[int] = set()
    best = []
    for one in weigh(healthiest(fitting(Account.objects.filter(csm__is_active=True), day), WEIGHED), day):
        if one.account.csm_id is not None and one.account.csm_id not in seen:
            seen.add(one.account.csm_id)
            best.append(one)
    return best[:count]


def healthiest(accounts: AccountQuerySet, most: int) -> list[Account]:
    """By health, best first, with summary and CSM."""
    order = (F("summary__health").desc(nulls_last=True), F("summary__account_id").desc())
    return list(accounts.select_related("summary", "csm").order_by(*order)[:most])


def weigh(accounts: Iterable[Account], day: dt.date) -> list[Candidate]:
    """Accounts in the order of their points. Two queries however many they are."""
    by_id = {account.pk: account for account in accounts}
    answers: dict[int, Counter[str]] = defaultdict(Counter)
    rows = AdvocacyRequest.objects.filter(account__in=by_id, asked_on__gt=day - dt.timedelta(days=LOOKS_BACK))
    for account_id, answer in rows.values_list("account_id", "answer"):
        answers[account_id][answer] += 1
    facts = Fact.objects.current().filter(account__in=by_id, definition__name="goals_reached", number__gt=0)
    goals = dict(facts.values_list("account_id", "number"))
    likely = [
        Likely(
            account_id=pk,
            score=account.summary.nps,
            band=account.summary.health_band,
            delta=None if account.summary.health_delta is None else float(account.summary.health_delta),
            years=(day - account.signed_on).days / YEAR if account.signed_on else 0,
            goals_reached=int(goals.get(pk) or 0),
            tickets=account.summary.open_tickets,
            insights=account.summary.open_insights,
            yes=answers[pk]["yes"],
            refused=answers[pk]["no"] + answers[pk]["stalled"],
            renews_in=(account.summary.renews_on - day).days if account.summary.renews_on else None,
        )
        for pk, account in by_id.items()
    ]
    return [Candidate(by_id[one.account_id], points, reasons) for one, points, reasons in rank(likely)]
