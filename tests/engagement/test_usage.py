"""Usage rows: in once, sums exact, out again without a trace."""

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AccountChange
from engagement.models import Feature, ProductUser, UsageDay, UsageRecord, UserDay
from engagement.selectors.usage import usage_of
from engagement.services.rollups import add_usage, rebuild_rollups, tally
from engagement.services.usage import UsageRow, forget_usage, record_usage
from team.clock import today
from team.models import User
from tests.engagement.ingesting import recent_bits
from tests.makers import make_account

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 1)


def row(account_id: int, key: str, **fields: object) -> UsageRow:
    values: dict[str, object] = {"feature": "reports", "day": DAY, "source": "test", "events": 3, **fields}
    return UsageRow(account_id=account_id, row_key=key, **values)  # type: ignore[arg-type]


def test_rows_come_in_exactly_once_and_the_sums_are_exact(csm: User) -> None:
    account = make_account(csm=csm)
    rows = [
        row(account.pk, "a", user_key="ann", seconds=60),
        row(account.pk, "b", user_key="ann", errors=1),
        row(account.pk, "c", user_key="bo", feature="export"),
        row(account.pk, "d", day=DAY + dt.timedelta(days=1)),
    ]
    assert record_usage(rows=rows).added == 4
    again = record_usage(rows=[*rows, row(account.pk, "e", user_key="bo")])
    assert (again.added, again.known) == (1, 4)
    day = UsageDay.objects.get(account=account, day=DAY, feature__name="reports")
    assert (day.events, day.seconds, day.errors, day.users) == (9, 60, 1, 2)
    assert set(UserDay.objects.values_list("user_key", "events")) == {("ann", 6), ("bo", 6)}
    assert AccountChange.objects.filter(account=account).exists()


def test_the_same_row_twice_in_one_call_counts_once(csm: User) -> None:
    account = make_account(csm=csm)
    assert record_usage(rows=[row(account.pk, "a"), row(account.pk, "a")]).added == 1
    assert UsageDay.objects.get().events == 3


def test_the_same_key_of_another_source_is_another_row(csm: User) -> None:
    account = make_account(csm=csm)
    assert record_usage(rows=[row(account.pk, "a"), row(account.pk, "a", source="other")]).added == 2


def test_features_are_learned_with_their_first_day(csm: User) -> None:
    account = make_account(csm=csm)
    record_usage(rows=[row(account.pk, "a", is_beta=True), row(account.pk, "b", feature="old")])
    record_usage(rows=[row(account.pk, "c", day=DAY - dt.timedelta(days=9))])
    assert Feature.objects.get(name="reports").first_seen_on == DAY - dt.timedelta(days=9)
    assert Feature.objects.get(name="reports").is_beta
    assert not Feature.objects.get(name="old").is_beta


def test_forgetting_rows_takes_them_from_the_sums(csm: User) -> None:
    account = make_account(csm=csm)
    kept = record_usage(rows=[row(account.pk, "a", user_key="ann")])
    taken = record_usage(
        rows=[row(account.pk, "b", user_key="bo"), row(account.pk, "c", feature="export"), row(account.pk, "d")]
    )
    assert forget_usage(record_ids=taken.record_ids) == 3
    assert forget_usage(record_ids=taken.record_ids) == 0
    assert list(UsageRecord.objects.values_list("pk", flat=True)) == list(kept.record_ids)
    day = UsageDay.objects.get()
    assert (day.feature.name, day.events, day.users) == ("reports", 3, 1)
    assert list(UserDay.objects.values_list("user_key", "events")) == [("ann", 3)]


@given(days=st.lists(st.integers(0, 130), min_size=1, max_size=14), cuts=st.sets(st.integers(1, 13)))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_of_use_are_kept_whatever_comes_first(csm: User, days: list[int], cuts: set[int]) -> None:
    account, feature = make_account(csm=csm), Feature.objects.get_or_create(name="reports")[0]
    used = [DAY - dt.timedelta(days=ago) for ago in days]
    ends = [0, *sorted(cut for cut in cuts if cut < len(used)), len(used)]
    for start, end in itertools.pairwise(ends):
        add_usage(tally([(account.pk, day, feature.pk, "ann", 1, 0, 0) for day in used[start:end]]))
    known = ProductUser.objects.filter(account=account).values_list("first_on", "last_on", "recent")
    assert known.get() == (min(used), max(used), recent_bits(used))
    rebuild_rollups(account_ids=[account.pk])
    assert known.get() == (min(used), max(used), recent_bits(used))


def test_no_rows_are_no_work(csm: User) -> None:
    assert record_usage(rows=[]).added == 0
    assert not AccountChange.objects.exists()


def test_the_usage_tab_adds_up(csm: User, django_assert_num_queries: object) -> None:
    account = make_account(csm=csm)
    for age, events in ((1, 5), (27, 7), (28, 4), (90, 100)):
        record_usage(
            rows=[
                row(account.pk, f"k{age}", day=today() - dt.timedelta(days=age), events=events, user_key=f"u{age % 2}")
            ]
        )
    with django_assert_num_queries(3):  # type: ignore[operator]
        usage = usage_of(account)
    assert (usage.events, usage.events_before, usage.active_days, usage.users) == (12, 4, 2, 1)
    assert usage.change == 200
    assert usage.last_on == today() - dt.timedelta(days=1)
    assert [(one.latest, one.before, one.change) for one in usage.features] == [(12, 4, 200)]
    assert usage.daily is not None
    assert usage_of(make_account(csm=csm)).is_empty
