"""The catalogue: edits with a way back, names that become one and part again, exactly."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AccountChange
from accounts.services.versions import EditConflict
from engagement.models import AccountDay, Feature, FeatureUse, FeatureWork, MergedDay, UsageDay, UserDay
from engagement.services.catalogue import working
from engagement.services.catalogue.writing import edit_feature, mark_features, merge_feature, unmerge_feature
from engagement.services.rollups import rebuild_rollups
from engagement.services.usage import UsageRow, record_usage
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.engagement.worlds import make_usage
from tests.makers import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user(role="admin")


def newest() -> ActionLog:
    return ActionLog.objects.latest("pk")


def days() -> list[tuple[Any, ...]]:
    """Everything that usage adds up to."""
    return [
        *UsageDay.objects.order_by("account", "day", "feature__name").values_list(
            "account", "day", "feature__name", "events", "seconds", "errors", "users"
        ),
        *AccountDay.objects.order_by("account", "day").values_list("account", "day", "events", "core_events"),
        *FeatureUse.objects.order_by("account", "feature__name").values_list(
            "account", "feature__name", "first_on", "last_on"
        ),
        *(
            (account, day, user, events, tuple(sorted(features or ())))
            for account, day, user, events, features in UserDay.objects.order_by(
                "account", "day", "user_key"
            ).values_list("account", "day", "user_key", "events", "features")
        ),
    ]


def test_an_edit_is_kept_and_taken_back_and_says_that_somebody_has_looked(admin: User) -> None:
    feature = Feature.objects.create(name="plan_edited")
    edit_feature(actor=admin, feature=feature, version=1, label="Plan edited", is_key=True)
    feature.refresh_from_db()
    assert (feature.label, feature.is_key, feature.is_reviewed) == ("Plan edited", True, True)
    assert FeatureWork.objects.filter(kind="judge", finished_at=None).count() == 1
    assert undo_action(actor=admin, action=newest())
    feature.refresh_from_db()
    assert (feature.label, feature.is_key, feature.is_reviewed) == ("", False, False)


def test_two_people_who_change_the_same_field_do_not_overwrite_each_other(admin: User) -> None:
    feature = Feature.objects.create(name="plan_edited")
    edit_feature(actor=admin, feature=Feature.objects.get(pk=feature.pk), version=1, label="Plan")
    with pytest.raises(EditConflict):
        edit_feature(actor=admin, feature=feature, version=1, label="Edit")
    edit_feature(actor=admin, feature=feature, version=1, description="What it is")
    feature.refresh_from_db()
    assert (feature.label, feature.description) == ("Plan", "What it is")


def test_only_admins_change_the_catalogue() -> None:
    feature, other = Feature.objects.create(name="a"), Feature.objects.create(name="b")
    manager = make_user(role="manager")
    for change in (
        lambda: edit_feature(actor=manager, feature=feature, label="A"),
        lambda: mark_features(actor=manager, feature_ids=[feature.pk], what="hide"),
        lambda: merge_feature(actor=manager, feature=feature, into=other),
        lambda: unmerge_feature(actor=manager, feature=feature),
    ):
        with pytest.raises(PermissionDenied):
            change()


def test_a_core_action_is_counted_in_the_days_of_its_accounts_and_taken_back(admin: User) -> None:
    account = make_account()
    make_usage(account, days_ago=1, events=7, feature="reports")
    feature = Feature.objects.get(name="reports")
    AccountChange.objects.all().delete()
    mark_features(actor=admin, feature_ids=[feature.pk], what="core")
    assert AccountDay.objects.get().core_events == 7
    assert AccountChange.objects.filter(account=account, reason="catalogue").exists()
    undo_action(actor=admin, action=newest())
    assert AccountDay.objects.get().core_events == 0


def test_many_are_marked_at_once_and_taken_back_together(admin: User) -> None:
    made = [Feature.objects.create(name=name) for name in "abc"]
    assert mark_features(actor=admin, feature_ids=[one.pk for one in made], what="hide") is not None
    assert Feature.objects.filter(is_hidden=True, is_reviewed=True).count() == 3
    assert mark_features(actor=admin, feature_ids=[one.pk for one in made], what="hide") is None
    undo_action(actor=admin, action=newest())
    assert not Feature.objects.filter(is_hidden=True).exists()


def test_merged_days_count_for_the_other_with_users_told_apart_and_come_back(admin: User) -> None:
    account = make_account()
    for feature, user in (("edit", "ana"), ("edit", "bo"), ("plan_edited", "ana"), ("plan_edited", "cy")):
        make_usage(account, days_ago=2, events=5, feature=feature, user=user)
    make_usage(account, days_ago=9, events=3, feature="edit", user="bo")
    before = days()
    edit, plan = Feature.objects.get(name="edit"), Feature.objects.get(name="plan_edited")
    assert merge_feature(actor=admin, feature=edit, into=plan).finished_at is not None
    assert not UsageDay.objects.filter(feature=edit).exists()
    both, alone = UsageDay.objects.filter(feature=plan).order_by("-day")
    assert (both.events, both.users) == (20, 3), "ana used both and is one user"
    assert (alone.events, alone.users) == (3, 1)
    undo_action(actor=admin, action=newest())
    assert days() == before
    assert not MergedDay.objects.exists()


@pytest.mark.parametrize("was_reviewed", [True, False])
def test_a_name_that_nobody_had_looked_at_waits_for_that_again_when_its_merge_is_taken_back(
    admin: User, was_reviewed: bool
) -> None:
    name = Feature.objects.create(name="edit", is_reviewed=was_reviewed)
    merge_feature(actor=admin, feature=name, into=Feature.objects.create(name="plan_edited"))
    name.refresh_from_db()
    assert name.is_reviewed, "who merges a name has looked at it"
    undo_action(actor=admin, action=newest())
    name.refresh_from_db()
    assert (name.merged_into_id, name.is_reviewed) == (None, was_reviewed)


def test_what_comes_under_a_merged_name_counts_for_the_other_and_comes_back_with_it(admin: User) -> None:
    account = make_account()
    make_usage(account, days_ago=2, events=5, feature="edit", user="ana")
    make_usage(account, days_ago=2, events=2, feature="plan_edited", user="bo")
    edit, plan = Feature.objects.get(name="edit"), Feature.objects.get(name="plan_edited")
    merge_feature(actor=admin, feature=edit, into=plan)
    make_usage(account, days_ago=2, events=11, feature="edit", user="cy")
    make_usage(account, days_ago=1, events=4, feature="edit", user="cy")
    assert list(UsageDay.objects.order_by("day").values_list("feature__name", "events", "users")) == [
        ("plan_edited", 18, 3),
        ("plan_edited", 4, 1),
    ]
    edit.refresh_from_db()
    unmerge_feature(actor=admin, feature=edit)
    rows = UsageDay.objects.order_by("day", "feature__name").values_list("feature__name", "events", "users")
    assert list(rows) == [("edit", 16, 2), ("plan_edited", 2, 1), ("edit", 4, 1)]


def test_days_that_rest_on_nothing_but_themselves_come_back_as_they_were(admin: User) -> None:
    account = make_account()
    edit, plan = Feature.objects.create(name="edit"), Feature.objects.create(name="plan_edited")
    day = today() - dt.timedelta(days=400)
    UsageDay.objects.create(account=account, feature=edit, day=day, events=9, seconds=60, errors=1, users=4)
    UsageDay.objects.create(account=account, feature=plan, day=day, events=1, users=2)
    UsageDay.objects.create(account=account, feature=edit, day=day - dt.timedelta(days=1), events=3, users=3)
    rebuild_rollups(account_ids=[account.pk])
    before = days()
    merge_feature(actor=admin, feature=edit, into=plan)
    merged = UsageDay.objects.get(feature=plan, day=day)
    assert (merged.events, merged.seconds, merged.users) == (10, 60, 4)
    edit.refresh_from_db()
    unmerge_feature(actor=admin, feature=edit)
    assert days() == before


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["edit", "plan_edited", "open"]),
            st.integers(0, 2),
            st.sampled_from(["", "ana", "bo"]),
            st.integers(1, 9),
        ),
        max_size=12,
    ),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_usage_before_during_and_after_a_merge_ends_as_if_there_had_been_none(
    admin: User, uses: list[tuple[str, int, str, int]], begin: int, end: int
) -> None:
    begin, end = sorted((begin, end))
    account, twin = make_account().pk, make_account().pk
    edit, plan = (Feature.objects.get_or_create(name=name)[0] for name in ("edit", "plan_edited"))
    for number, use in enumerate(uses):
        if number == begin:
            merge_feature(actor=admin, feature=edit, into=plan)
        if number == end:
            unmerge_feature(actor=admin, feature=Feature.objects.get(pk=edit.pk))
        _use(account, number, use)
    unmerge_feature(actor=admin, feature=Feature.objects.get(pk=edit.pk))
    seen = days_of(account)
    for number, use in enumerate(uses):
        _use(twin, number, use)
    assert seen == days_of(twin)


def _use(account_id: int, number: int, use: tuple[str, int, str, int]) -> None:
    name, ago, user, events = use
    day = today() - dt.timedelta(days=ago)
    key = f"{account_id}-{number}"
    row = UsageRow(account_id, name, day, key, "test", events=events, user_key=user)
    record_usage(rows=[row])


def days_of(account_id: int) -> list[tuple[Any, ...]]:
    return [row[1:] for row in days() if row[0] == account_id]


def test_a_merge_that_makes_no_sense_is_refused(admin: User) -> None:
    a, b, c = (Feature.objects.create(name=name) for name in "abc")
    merge_feature(actor=admin, feature=a, into=b)
    for feature, into in ((a, c), (b, c), (c, a), (c, c)):
        with pytest.raises(ValidationError):
            merge_feature(actor=admin, feature=feature, into=into)


def test_a_way_back_that_is_overtaken_is_closed(admin: User) -> None:
    a, b = (Feature.objects.create(name=name) for name in "ab")
    merge_feature(actor=admin, feature=a, into=b)
    merged = newest()
    unmerge_feature(actor=admin, feature=Feature.objects.get(pk=a.pk))
    with pytest.raises(CannotUndo):
        undo_action(actor=admin, action=merged)


def test_many_accounts_are_a_workers_who_goes_on_where_another_stopped(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "AT_ONCE", 1)
    monkeypatch.setattr(working, "BATCH", 2)
    for _number in range(5):
        make_usage(make_account(), days_ago=1, feature="edit", user="ana")
    edit, plan = Feature.objects.get(name="edit"), Feature.objects.create(name="plan_edited")
    work = merge_feature(actor=admin, feature=edit, into=plan)
    assert (work.total, work.finished_at) == (5, None)
    assert working.advance_work()
    work.refresh_from_db()
    assert (work.done, UsageDay.objects.filter(feature=plan).count()) == (2, 2)
    # Taken back on the way: what has moved comes back, the rest never goes.
    undo_action(actor=admin, action=newest())
    while working.advance_work():
        continue
    assert UsageDay.objects.filter(feature=edit).count() == 5
    assert not UsageDay.objects.filter(feature=plan).exists()
    assert not FeatureWork.objects.filter(finished_at=None).exists()


def test_features_are_counted_by_accounts_and_by_their_busiest_days(admin: User) -> None:
    first, second = make_account(), make_account()
    for account, ago, user in ((first, 1, "a"), (first, 1, "b"), (first, 2, "c"), (second, 3, "d"), (second, 40, "e")):
        make_usage(account, days_ago=ago, feature="edit", user=user)
    assert working.count_features() == 1
    edit = Feature.objects.get(name="edit")
    assert (edit.accounts_28, edit.users_28, edit.counted_on) == (2, 3, today())
    assert working.count_features() == 0
