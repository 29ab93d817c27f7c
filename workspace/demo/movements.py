"""Revenue that moves: dated rates, customers who grew and shrank, who left, and who came back."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounts.models import Account, ExchangeRate, Subscription, SubscriptionVersion
from accounts.services.summaries import refresh_summaries
from engagement.services.rollups import rebuild_rollups
from lifecycle.models import StageVisit
from lifecycle.services.movements import refresh_movements
from team.clock import now, today
from team.selectors.install import read_install
from workspace.demo.sheets import Sheet, move_sequences, next_free_id

MONTHS = 48
# In dollars, the demo's currency.
WORTH = {"EUR": 1.08, "GBP": 1.27, "DKK": 0.1448}
# From this age of a contract on there is a past worth telling.
OLD = 200
OWN_BOOK = 48
# So many accounts are asked why they left or shrank, each with a task: people look at some, not at all.
ASKED_WHY = 200
# After the contract ended nobody uses the product.
_SILENCE = """
    DELETE FROM {table} used USING accounts_subscription contract
     WHERE contract.account_id = used.account_id AND contract.status = 'ended' AND used.day >= contract.ends_on
       AND used.account_id = ANY(%(ids)s)
"""
_USED = ("engagement_usageday", "engagement_userday")


def make_rates() -> int:
    """A rate a month for the currencies of the demo; none where rates are kept or sums are not in dollars."""
    if read_install().currency != "USD" or ExchangeRate.objects.exists():
        return 0
    first = today().replace(day=1)
    rows = []
    for currency, now_worth in WORTH.items():
        worth = now_worth
        rng = random.Random(f"rates:{currency}")
        month = first
        for _ in range(MONTHS):
            rows.append(ExchangeRate(currency=currency, valid_from=month, rate=Decimal(f"{worth:.5f}"), source="demo"))
            worth *= 1 + rng.gauss(0, 0.008)
            month = (month - dt.timedelta(days=1)).replace(day=1)
    return len(ExchangeRate.objects.bulk_create(rows))


@dataclass(frozen=True)
class _Turn:
    """How a contract stood from a day on."""

    on: dt.date
    share: float
    status: str = "active"


def move_revenue(*, first: int, last: int, seed: int, spared: int) -> int:
    """Give a part of the accounts between two ids a livelier past, then derive all movements; returns how many.

    The first `spared` of them stay as they are: they are stories. Nobody leaves
    from the book that people look at first.
    """
    day = today()
    sheet = Sheet(SubscriptionVersion, first_id=next_free_id(SubscriptionVersion))
    ended: list[Subscription] = []
    contracts = Subscription.objects.filter(account__gte=first, account__lte=last).order_by("account_id")
    for contract in contracts.iterator(chunk_size=5_000):
        number = contract.account_id - first
        turns = _turns(random.Random(f"{seed}:{number}:moves"), contract, day, may_leave=number >= OWN_BOOK)
        if number < spared or not turns:
            continue
        for turn in turns:
            _write(sheet, contract, turn)
        if turns[-1].status == "ended":
            contract.status, contract.ends_on, contract.renews_on = "ended", turns[-1].on, None
            ended.append(contract)
    sheet.flush()
    move_sequences([sheet])
    _close(ended)
    asked = range(first, min(last, first + ASKED_WHY - 1) + 1)
    return refresh_movements(account_ids=asked) + refresh_movements(asks_why=False)


def _turns(rng: random.Random, contract: Subscription, day: dt.date, *, may_leave: bool) -> list[_Turn]:
    """What else happened, ending with how the contract stands today."""
    age = (day - contract.starts_on).days
    drawn = rng.random()
    if age < OLD or drawn > 0.5:
        return []
    ago = rng.randint(10, min(age - 60, 400))
    start = day - dt.timedelta(days=ago)
    if drawn < 0.17 and may_leave:
        return [_Turn(start, rng.choice((1.0, 1.0, 0.8)), "ended")]
    if drawn < 0.22 and ago > 120:
        back = start + dt.timedelta(days=rng.randint(35, 110))
        return [_Turn(start, 1.0, "cancelled"), _Turn(back, 1.0)]
    share = rng.choice((0.6, 0.75, 0.85)) if drawn < 0.36 else rng.choice((1.2, 1.35, 1.6))
    before = start - dt.timedelta(days=rng.randint(10, 39))
    return [_Turn(before, share), _Turn(start, 1.0)]


def _write(sheet: Sheet, contract: Subscription, turn: _Turn) -> None:
    sheet.add(
        subscription_id=contract.pk,
        account_id=contract.account_id,
        effective_on=turn.on,
        recorded_at=dt.datetime.combine(turn.on, dt.time(9), tzinfo=dt.UTC),
        plan=contract.plan,
        seats=max(1, round(contract.seats * turn.share)),
        arr=round(contract.arr * Decimal(str(turn.share)), 2),
        currency=contract.currency,
        status=turn.status,
        reason={"cancelled": "cancelled", "ended": "not renewed"}.get(turn.status, "seats changed"),
    )


def _close(ended: Sequence[Subscription]) -> None:
    """Who left uses nothing, stands in no stage and is no customer."""
    for part in _parts(ended):
        ids = [contract.account_id for contract in part]
        Subscription.objects.bulk_update(part, ["status", "ends_on", "renews_on"])
        Account.objects.filter(pk__in=ids).update(status=Account.Status.CHURNED)
        StageVisit.objects.open().filter(account__in=ids).update(left_at=now())
        with connection.cursor() as cursor:
            for table in _USED:
                cursor.execute(_SILENCE.format(table=table), {"ids": ids})
        rebuild_rollups(account_ids=ids)
        refresh_summaries(account_ids=ids)


def _parts(rows: Sequence[Subscription], size: int = 2_000) -> Iterator[list[Subscription]]:
    return (list(rows[start : start + size]) for start in range(0, len(rows), size))
