"""Conditions: hostile ones are refused, sets agree with single values, the past is told as it was known."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.formulas.conditions import (
    BadCondition,
    Condition,
    ConditionName,
    describe,
    matching_payload,
    meets,
    parse_conditions,
)
from accounts.models import (
    Account,
    AccountSummary,
    CustomField,
    ExchangeRate,
    Segment,
    Subscription,
    SubscriptionVersion,
)
from accounts.selectors.condition_names import condition_catalogue, condition_names, with_declared
from accounts.selectors.conditions import matching
from accounts.services.facts import FactRow, declare_fact, push_facts
from engagement.services.defaults import BANDS
from lifecycle.formulas.trigger_kinds import TRIGGER_KINDS
from team.clock import now, today
from tests.makers import make_account

CATALOGUE = [
    ConditionName("account.arr", "ARR", "number", "money"),
    ConditionName("account.segment", "Segment", "choice", choices=(("mid", "Mid"), ("top", "Top"))),
    ConditionName("account.country", "Country", "text"),
    ConditionName("account.tags", "Tags", "list"),
    ConditionName("fact.trained", "Trained", "boolean"),
    ConditionName("fact.first_login_on", "First log-in", "date"),
]
DAY = dt.timedelta(days=1)


def parse(name: str, operator: str, value: object = None) -> Condition:
    return parse_conditions([{"name": name, "operator": operator, "value": value}], CATALOGUE)[0]


@pytest.mark.parametrize(
    "raw",
    [
        "drop table",
        [["account.arr", "gt", 1]],
        [{"name": "account.arr", "operator": "gt", "value": 1, "sql": "1=1"}],
        [{"name": "account.arr'); DROP TABLE accounts_account; --", "operator": "gt", "value": 1}],
        [{"name": "csm__password", "operator": "contains", "value": "pbkdf2"}],
        [{"name": ["account.arr"], "operator": "gt", "value": 1}],
        [{"name": "account.arr", "operator": "regex", "value": "(a+)+$"}],
        [{"name": "account.arr", "operator": "gt__isnull", "value": True}],
        [{"name": "account.arr", "operator": {"gt": 1}, "value": 1}],
        [{"name": "account.arr", "operator": "gt", "value": "1 OR 1=1"}],
        [{"name": "account.arr", "operator": "gt", "value": "NaN"}],
        [{"name": "account.arr", "operator": "gt", "value": "1e400"}],
        [{"name": "account.arr", "operator": "gt", "value": True}],
        [{"name": "account.arr", "operator": "in", "value": []}],
        [{"name": "account.arr", "operator": "in", "value": {"a": 1}}],
        [{"name": "account.segment", "operator": "eq", "value": "nobody"}],
        [{"name": "account.country", "operator": "eq", "value": "D\x00K"}],
        [{"name": "account.country", "operator": "eq", "value": "x" * 201}],
        [{"name": "account.country", "operator": "eq", "value": ["DK"]}],
        [{"name": "account.country", "operator": "gt", "value": "DK"}],
        [{"name": "fact.first_login_on", "operator": "days_ago_gte", "value": "-1"}],
        [{"name": "fact.first_login_on", "operator": "days_ago_gte", "value": 1.5}],
        [{"name": "fact.first_login_on", "operator": "days_ago_gte", "value": 99999}],
        [{"name": "fact.first_login_on", "operator": "gt", "value": "soon"}],
        [{"name": "fact.trained", "operator": "eq", "value": "perhaps"}],
        [{"name": "account.arr", "operator": "gt", "value": 1}] * 21,
    ],
)
def test_what_is_no_condition_is_refused_with_a_cure(raw: object) -> None:
    with pytest.raises(BadCondition) as refused:
        parse_conditions(raw, CATALOGUE)
    assert str(refused.value)


def test_values_are_typed_and_come_back_as_they_were_stored() -> None:
    raw = [
        {"name": "account.arr", "operator": "gte", "value": "10000"},
        {"name": "account.segment", "operator": "in", "value": "mid, top"},
        {"name": "fact.trained", "operator": "eq", "value": "yes"},
        {"name": "fact.first_login_on", "operator": "lt", "value": "2026-03-01"},
        {"name": "fact.first_login_on", "operator": "days_ago_gte", "value": "30"},
        {"name": "account.tags", "operator": "is_set"},
    ]
    found = parse_conditions(raw, CATALOGUE)
    assert [one.value for one in found] == [
        Decimal(10000),
        ("mid", "top"),
        True,
        dt.date(2026, 3, 1),
        Decimal(30),
        None,
    ]
    assert parse_conditions([one.as_json() for one in found], CATALOGUE) == found
    assert parse_conditions(None, CATALOGUE) == parse_conditions([], CATALOGUE) == ()
    known = {entry.name: entry for entry in CATALOGUE}
    assert [describe(one, known) for one in found[:3]] == [
        "ARR is at least 10,000",
        "Segment is one of Mid, Top",
        "Trained is yes",
    ]


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        ("gte", 5, "5.0", True),
        ("gte", 5, None, False),
        ("ne", 5, None, False),
        ("gt", 5, "many", False),
        ("gt", 5, True, False),
        ("is_unset", None, None, True),
        ("is_unset", None, 0, False),
        ("in", [5, 6], 6, True),
    ],
)
def test_a_payload_meets_a_number(operator: str, value: object, found: object, expected: bool) -> None:
    condition = parse("account.arr", operator, value)
    assert matching_payload([condition], {"account.arr": found}) is expected


def test_a_payload_is_asked_by_its_own_names() -> None:
    names = [ConditionName("payload.to", "To", "text"), ConditionName("payload.on", "On", "date")]
    to = parse_conditions([{"name": "payload.to", "operator": "eq", "value": "red"}], names)
    assert matching_payload(to, {"to": "red"})
    assert not matching_payload(to, {"to": "green"})
    ahead = parse_conditions([{"name": "payload.on", "operator": "days_ahead_lte", "value": 30}], names)
    assert matching_payload(ahead, {"on": "2026-03-20"}, today=dt.date(2026, 3, 1))
    assert not matching_payload(ahead, {"on": "2026-02-20"}, today=dt.date(2026, 3, 1))
    with pytest.raises(ValueError, match="need today"):
        matching_payload(ahead, {"on": "2026-03-20"})


def ids(*conditions: dict[str, Any], at: dt.datetime | None = None) -> set[int]:
    parsed = parse_conditions(list(conditions), condition_names())
    return set(Account.objects.filter(matching(parsed, at=at)).values_list("pk", flat=True))


def ask(name: str, operator: str, value: object = None, at: dt.datetime | None = None) -> set[int]:
    return ids({"name": name, "operator": operator, "value": value}, at=at)


@pytest.mark.django_db
def test_every_name_takes_every_operator_now_and_then() -> None:
    CustomField.objects.create(key="region", label="Region", type="text")
    CustomField.objects.create(key="go-live", label="Go live", type="date")
    CustomField.objects.create(key="gt", label="Named as a lookup", type="number")
    CustomField.objects.create(key="on_site", label="On site", type="boolean")
    Segment.objects.create(slug="top", name="Top")
    for kind in ("number", "text", "date", "boolean"):
        declare_fact(owner="test", name=f"a_{kind}", label=kind, type=kind)
    make_account()
    values: dict[str, object] = {"number": 3, "text": "a%_'b", "date": "2026-03-01", "boolean": "yes", "list": "a"}
    asked = 0
    for entry in condition_names():
        for operator in entry.operators:
            value = entry.choices[0][0] if entry.choices else values.get(entry.type)
            value = 3 if operator.startswith("days_") else value
            for at in (None, now() - 30 * DAY):
                ask(entry.name, operator, value, at)
                asked += 1
    assert asked > 200


@pytest.mark.django_db
def test_fields_and_summaries_are_compared() -> None:
    top = Segment.objects.create(slug="top", name="Top")
    here = make_account(segment=top, country="DK", tags=["vip"], intent="pilot", signed_on=today() - 40 * DAY)
    there = make_account(country="", custom={"region": "north", "gt": 7, "go": "2026-01-02", "yes": True})
    for key, kind in (("region", "text"), ("gt", "number"), ("go", "date"), ("yes", "boolean")):
        CustomField.objects.create(key=key, label=key, type=kind)
    AccountSummary.objects.filter(account=here).update(
        arr=500, renews_on=today() + 20 * DAY, health_band="risk", stage_entered_on=today() - 9 * DAY
    )
    only, both, none = {here.pk}, {here.pk, there.pk}, set[int]()
    assert ask("account.segment", "eq", "top") == only
    assert ask("account.segment", "is_unset") == {there.pk}
    assert ask("account.country", "ne", "SE") == only  # what is not known meets no comparison
    assert ask("account.country", "is_unset") == {there.pk}
    assert ask("account.tags", "contains", "vip") == only
    assert ask("account.tags", "is_unset") == {there.pk}
    assert ask("account.signed_on", "days_ago_gte", 30) == only
    assert ask("account.signed_on", "days_ago_lte", 30) == none
    assert ask("account.renews_on", "days_ahead_lte", 30) == only
    assert ask("account.renews_on", "days_ahead_gte", 30) == none
    assert ask("account.arr", "lte", 500) == both
    assert ask("account.health_band", "in", ["risk", "critical"]) == only
    assert ask("account.days_in_stage", "gte", 9) == only
    assert ask("account.days_in_stage", "gt", 9) == none
    assert ask("custom.region", "contains", "NOR") == {there.pk}
    assert ask("custom.gt", "gt", 6.5) == {there.pk}
    assert ask("custom.go", "lt", "2026-01-03") == {there.pk}
    assert ask("custom.yes", "eq", True) == {there.pk}
    assert (
        ids({"name": "account.arr", "operator": "gt", "value": 1}, {"name": "custom.gt", "operator": "is_set"}) == set()
    )


@pytest.mark.django_db
def test_facts_replay_as_they_were_known() -> None:
    account, start = make_account(), now() - 100 * DAY
    declare_fact(owner="test", name="users", label="Users")
    push_facts(owner="test", rows=[FactRow(account.pk, "users", n, start + n * DAY) for n in (10, 20, 30)])
    for moment, expected in ((start, None), (start + 15 * DAY, 10), (start + 20 * DAY, 20), (now(), 30)):
        assert (ask("fact.users", "eq", expected, moment) == {account.pk}) if expected else True
        assert ask("fact.users", "is_set", at=moment) == ({account.pk} if expected else set())
    assert ask("fact.users", "eq", 30) == {account.pk}
    assert ask("fact.users", "eq", 20) == set()


@pytest.mark.django_db
def test_fields_replay_from_the_audit() -> None:
    account = make_account(country="DK")
    Account.objects.filter(pk=account.pk).update(country="SE")
    events: Any = Account.pgh_event_model.objects.filter(pgh_obj=account.pk).order_by("pgh_id")  # type: ignore[attr-defined]
    then = events[0].pgh_created_at
    # All of one test is one transaction, in which the database's clock stands still: the newest of an instant counts.
    assert ask("account.country", "eq", "SE", then) == {account.pk}
    assert ask("account.country", "eq", "SE", then - DAY) == {account.pk}, "before the audit: the present value"
    assert ask("account.country", "eq", "DK", then) == set()


@pytest.mark.django_db
def test_revenue_replays_from_versions_at_that_days_rate() -> None:
    account = make_account()
    begun = today() - 300 * DAY
    contract = Subscription.objects.create(account=account, starts_on=begun, arr=900, currency="EUR")
    for days, arr in ((300, 100), (100, 900)):
        SubscriptionVersion.objects.create(
            subscription=contract,
            account=account,
            effective_on=today() - days * DAY,
            arr=arr,
            currency="EUR",
            status="active",
        )
    ExchangeRate.objects.create(currency="EUR", valid_from=begun, rate=2)
    assert ask("account.arr", "eq", 200, now() - 200 * DAY) == {account.pk}
    assert ask("account.arr", "eq", 1800, now() - 50 * DAY) == {account.pk}
    assert ask("account.arr", "eq", 0, now() - 301 * DAY) == {account.pk}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=4),
    operator=st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "in", "is_set", "is_unset"]),
    wanted=st.integers(-5, 5),
)
def test_sets_agree_with_single_values(values: list[int | None], operator: str, wanted: int) -> None:
    declare_fact(owner="test", name="n", label="N")
    accounts = [make_account() for _ in values]
    moment = now()
    push_facts(
        owner="test",
        rows=[FactRow(a.pk, "n", v, moment) for a, v in zip(accounts, values, strict=True) if v is not None],
    )
    raw = [{"name": "fact.n", "operator": operator, "value": [wanted, wanted + 1] if operator == "in" else wanted}]
    (condition,) = parse_conditions(raw, condition_catalogue())
    mine = Account.objects.filter(pk__in=[a.pk for a in accounts])
    expected = {a.pk for a, v in zip(accounts, values, strict=True) if meets(v, condition)}
    for at in (None, moment):
        assert set(mine.filter(matching([condition], at=at)).values_list("pk", flat=True)) == expected


@pytest.mark.django_db
def test_the_bands_of_conditions_and_triggers_are_those_that_scorecards_give() -> None:
    slugs = [slug for slug, _name, _floor in BANDS]
    assert [value for value, _words in condition_catalogue()["account.health_band"].choices] == slugs
    payload = TRIGGER_KINDS["band_changed"].catalogue()
    assert [value for value, _words in payload["to"].choices] == slugs
    assert [value for value, _words in payload["from"].choices] == slugs


@pytest.mark.django_db
def test_the_catalogue_takes_one_query_or_comes_with_an_account(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    Segment.objects.create(slug="small", name="Small", position=2)
    CustomField.objects.create(key="tier", label="Tier", type="choice", choices=["a", "b"])
    with django_assert_num_queries(1):
        catalogue = condition_catalogue()
    assert ("small", "Small") in catalogue["account.segment"].choices
    assert catalogue["custom.tier"].choices == (("a", "a"), ("b", "b"))
    shown: Any = with_declared(Account.objects.filter(pk=make_account().pk)).get()
    with django_assert_num_queries(0):
        assert condition_catalogue(shown.declared) == catalogue
