"""The editor of conditions: what it reads, what it keeps on an error, and its single rows."""

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.forms.conditions import ConditionsField
from accounts.models import Segment

pytestmark = pytest.mark.django_db


class RuleForm(forms.Form):
    conditions = ConditionsField()


class OneForm(forms.Form):
    condition = ConditionsField(is_single=True, required=True)


def post(*rows: tuple[str, str, str], field: str = "conditions") -> QueryDict:
    data = QueryDict(mutable=True)
    for number, (name, operator, value) in enumerate(rows):
        data[f"{field}-{number}x-name"] = name
        data[f"{field}-{number}x-operator"] = operator
        data[f"{field}-{number}x-value"] = value
    return data


def test_rows_become_conditions_in_their_order_and_empty_rows_go() -> None:
    form = RuleForm(post(("account.arr", "gte", "5000"), ("", "eq", "x"), ("account.country", "in", "DK, SE")))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["conditions"] == [
        {"name": "account.arr", "operator": "gte", "value": 5000},
        {"name": "account.country", "operator": "in", "value": ["DK", "SE"]},
    ]


def test_several_choices_arrive_as_a_list() -> None:
    data = post(("account.status", "in", "trial"))
    data.setlist("conditions-0x-value", ["trial", "customer"])
    form = RuleForm(data)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["conditions"][0]["value"] == ["trial", "customer"]


def test_no_rows_are_no_conditions() -> None:
    form = RuleForm(post())
    assert form.is_valid()
    assert form.cleaned_data["conditions"] == []


def test_an_error_names_each_bad_row_and_keeps_what_was_typed() -> None:
    form = RuleForm(post(("account.arr", "gte", "much"), ("account.signed_on", "gte", "<b>soon</b>")))
    assert not form.is_valid()
    assert len(form.errors["conditions"]) == 2
    html = str(form["conditions"])
    assert 'value="much"' in html
    assert "&lt;b&gt;soon" in html
    assert "<b>soon" not in html


@pytest.mark.parametrize(
    "row",
    [
        ("account.csm__password", "eq", "x"),
        ("account.arr", "regex", ".*"),
        ("account.arr", "eq", "1; DROP TABLE"),
        ("fact.nothing", "eq", "1"),
    ],
)
def test_hostile_rows_are_refused(row: tuple[str, str, str]) -> None:
    assert not RuleForm(post(row)).is_valid()


def test_a_single_condition_is_one_and_may_be_required() -> None:
    form = OneForm(post(("account.nps", "is_set", ""), field="condition"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["condition"] == {"name": "account.nps", "operator": "is_set"}
    assert not OneForm(post(field="condition")).is_valid()
    two = post(("account.nps", "is_set", ""), ("account.arr", "is_set", ""), field="condition")
    assert not OneForm(two).is_valid()


def test_what_is_stored_is_drawn_with_the_control_of_its_type() -> None:
    Segment.objects.create(slug="gold", name="Gold")
    rules = [
        {"name": "account.segment", "operator": "eq", "value": "gold"},
        {"name": "account.signed_on", "operator": "gte", "value": "2026-01-02"},
        {"name": "account.renews_on", "operator": "days_ahead_lte", "value": 90},
        {"name": "account.nps", "operator": "is_unset"},
    ]
    html = str(RuleForm(initial={"conditions": rules})["conditions"])
    assert '<option value="gold" selected>Gold</option>' in html
    assert 'type="date" name="conditions-1-value" id="id_conditions-1-value" value="2026-01-02"' in html
    assert 'value="90"' in html
    assert 'name="conditions-3-value"' not in html
    assert "<noscript>" in html


def test_a_row_follows_its_name(as_csm: Client) -> None:
    given = {"field": "conditions", "key": "ab", "conditions-ab-name": "account.status"}
    html = as_csm.get(reverse("condition_row"), given).content.decode()
    assert '<option value="trial">Trial</option>' in html
    assert 'name="conditions-ab-operator"' in html
    several = given | {"conditions-ab-operator": "in", "conditions-ab-value": ["trial", "churned"]}
    html = as_csm.get(reverse("condition_row"), several).content.decode()
    assert "multiple" in html
    assert html.count("selected>") == 4


def test_a_new_row_has_an_own_key(as_csm: Client) -> None:
    first, second = (as_csm.get(reverse("condition_row"), {"field": "conditions"}).content for _time in range(2))
    assert first != second


@pytest.mark.parametrize("bad", [{"field": "x y"}, {"field": "conditions", "key": '"><b>'}, {}])
def test_a_row_of_no_field_is_not_found(as_csm: Client, bad: dict[str, str]) -> None:
    assert as_csm.get(reverse("condition_row"), bad).status_code == 404
