"""Columns against fields."""

from pathlib import Path
from typing import Any

import pytest

from accounts.services.imports.inspecting import look_through
from accounts.services.imports.mapping import load_mapping, read_mapping
from accounts.services.imports.planning import Plan, make_plan
from accounts.services.imports.problems import ImportProblem, NeedsAnswer
from accounts.services.imports.registry import all_kinds, get_kind

pytestmark = pytest.mark.django_db


def plan(folder: Path, text: str, kind: str = "accounts", **data: Any) -> Plan:
    path = folder / "file.csv"
    path.write_text(text)
    mapping = read_mapping(data, kind=get_kind(kind))
    return make_plan(look_through(path, mapping), mapping, kind=get_kind(kind), data=data)


def test_all_promised_kinds_are_installed() -> None:
    promised = {
        "accounts",
        "contacts",
        "contact_list",
        "subscriptions",
        "tickets",
        "touchpoints",
        "usage",
        "responses",
        "feedback",
        "churn",
        "rates",
    }
    assert set(all_kinds()) == promised


@pytest.mark.parametrize("kind", ["accounts", "contacts", "subscriptions", "tickets", "touchpoints", "usage", "churn"])
def test_no_two_fields_of_a_kind_share_a_name(kind: str) -> None:
    fields = get_kind(kind).fields()
    names = [name for one in fields for name in {one.name, *one.aliases}]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_columns_are_matched_by_alias_whatever_their_case(tmp_path: Path) -> None:
    found = plan(tmp_path, "Account ID,COMPANY NAME,Lead-Source\n1,Acme,web\n")
    assert [reader.rule.field for reader in found.readers] == ["external_id", "name", "source"]


def test_unused_columns_are_named(tmp_path: Path) -> None:
    assert "Not imported: shoe size." in plan(tmp_path, "name,shoe size\nAcme,44\n").notes


def test_ambiguous_dates_are_asked(tmp_path: Path) -> None:
    with pytest.raises(NeedsAnswer, match=r"signed_on: 03/04/2024 \(line 2\)") as caught:
        plan(tmp_path, "name,signed_on\nA,03/04/2024\nB,05/06/2024\n")
    assert caught.value.questions[0].about == "date_order"


def test_one_day_that_decides_is_used_and_said(tmp_path: Path) -> None:
    found = plan(tmp_path, "name,signed_on\nA,03/04/2024\nB,25/06/2024\n")
    assert any("the day comes first" in note for note in found.notes)


def test_an_unclear_sum_is_asked_and_a_decisive_one_is_not(tmp_path: Path) -> None:
    head = "id,account,start_date,arr\n1,A,2024-01-01,"
    with pytest.raises(NeedsAnswer, match="decimal: point or comma"):
        plan(tmp_path, head + '"1,234"\n', "subscriptions")
    assert plan(tmp_path, head + '"1,234"\n2,A,2024-01-01,99.50\n', "subscriptions")


@pytest.mark.parametrize(
    ("data", "words"),
    [({"columns": {"nme": "x"}}, "do you mean name"), ({"colums": {}}, "knows no 'colums'; it knows columns"),
     ({"columns": {"name": "Nmae"}}, "Do you mean 'name'"), ({"columns": {"industry": "name"}}, "No column for name"),
     ({"date_order": "dmy"}, "must be day_first or month_first"),
     ({"time_zone": "Mars"}, "not a time zone"), ({"constants": {"currency": "dollars"}, "columns": {"name": "name"}},
      "currency: 'dollars' is not a currency")],
)  # fmt: skip
def test_a_wrong_mapping_names_the_cure(tmp_path: Path, data: dict[str, Any], words: str) -> None:
    with pytest.raises(ImportProblem, match=words):
        plan(tmp_path, "name,industry\nA,x\n", **data)


def test_a_file_of_something_else_says_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"known for accounts\. It has foo, bar"):
        plan(tmp_path, "foo,bar\n1,2\n")


def test_a_mapping_of_another_kind_is_refused() -> None:
    with pytest.raises(ImportProblem, match="is for tickets, the import for accounts"):
        read_mapping({"kind": "tickets"}, kind=get_kind("accounts"))


def test_a_broken_mapping_file_names_the_line() -> None:
    with pytest.raises(ImportProblem, match="line 3"):
        load_mapping("columns:\n  name: [\n")
