"""Lists: the address says everything, nothing that is not declared gets through, columns and exports follow."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.things import Thing
from ui.lists import Column, Filter, ListPage, ListSpec, build_list, export_list, list_response
from ui.lists.terms import parse_amount, read_box

NAMES = (("red", "Red"), ("green", "Green"), ("blue", "Blue"))
SPEC = ListSpec(
    name="things",
    default_sort="-amount",
    columns=(
        Column("name", "Name", sort="name", rank=1, is_fixed=True),
        Column("amount", "Amount", kind="money", sort="amount", is_descending_first=True),
        Column("on", "Day", kind="day", sort="on", is_default=False),
        Column("secret", "Secret", source="name", sort="name", is_allowed=lambda user: user.is_authenticated),
    ),
    filters=(
        Filter("name", "Colour", choices=NAMES),
        Filter("amount", "Amount", "money", can_be_blank=True),
        Filter("on", "Day", "day"),
        Filter("seen", "Seen", "day", path="at", can_be_blank=True),
        Filter("words", "Words", "text", path="name"),
    ),
    search=("name",),
    row_url=lambda row: f"/things/{row.pk}/",
    page_size=3,
    most_rows=6,
    keeps=("tab",),
)


def ask(query: str = "") -> ListPage:
    request = RequestFactory().get(f"/things/?{query}")
    request.user = AnonymousUser()
    return build_list(request, SPEC, Thing.objects.all())


def names(page: ListPage) -> list[str]:
    assert page.problems == []
    return [row.object.name for row in page.rows]


@pytest.fixture
def colours(things: type[Thing]) -> None:
    at = dt.datetime(2026, 3, 1, 23, tzinfo=dt.UTC)
    Thing.objects.bulk_create(
        [
            Thing(name="red", amount=100, on=dt.date(2026, 3, 1), at=at),
            Thing(name="green", amount=2_500, on=dt.date(2026, 4, 1)),
            Thing(name="blue", amount=None, on=None),
            Thing(name="red", amount=50_000),
        ]
    )


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["red", "green", "red"]),
        ("name=red", ["red", "red"]),
        ("name=red&name=green", ["red", "green", "red"]),
        ("name.not=red", ["green", "blue"]),
        ("amount.from=2.5k", ["red", "green"]),
        ("amount.over=2500", ["red"]),
        ("amount.none=yes", ["blue"]),
        ("on.to=2026-03-15", ["red"]),
        ("seen=2026-03-01", ["red"]),
        ("seen.none=no", ["red"]),
        ("words=ee", ["green"]),
        ("q=name:red amount>=1k", ["red"]),
        ("q=-name:red", ["green", "blue"]),
        ("q=gre", ["green"]),
        ("q=amount:none", ["blue"]),
        ("sort=name", ["blue", "green", "red"]),
        ("sort=amount", ["red", "green", "red"]),
        ("tab=mine", ["red", "green", "red"]),
    ],
)
def test_the_address_filters_and_sorts(query: str, expected: list[str]) -> None:
    assert names(ask(query)) == expected


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize(
    "query",
    [
        "id=1",
        "name__startswith=r",
        "_connector=OR",
        "q=pk:1",
        "q=name__in:red",
        "name.regex=r",
        "name.none=yes",
        "name=yellow",
        "amount.from=lots",
        "on.from=3/4/2026",
        "sort=id",
        "sort=secret",
        "sort=--name",
        "col=secret",
        "col=password",
        "after=x",
        "after=1&at=lots",
        "amount.from=" + "9" * 40,
        "words=" + "x" * 300,
    ],
)
def test_what_is_not_declared_is_named_and_left_out_while_the_rest_holds(query: str) -> None:
    page = ask(f"{query}&seen.none=no")
    assert len(page.problems) == 1
    assert page.status == 400
    assert [term.key for term in page.terms] == ["seen"]
    assert {row.object.pk for row in page.rows} <= set(
        Thing.objects.filter(at__isnull=False).values_list("pk", flat=True)
    )


@pytest.mark.usefixtures("colours")
def test_every_unknown_word_is_named_and_stays_in_the_box() -> None:
    page = ask("q=nme:red+name:purple+name:red+re&col=shape&tab=mine")
    assert len(page.problems) == 3
    assert all(word in problem for word, problem in zip(("nme", "purple", "shape"), page.problems, strict=True))
    assert page.typed == "re nme:red name:purple"
    assert {row.object.name for row in page.rows} == {"red"}
    assert "nme" not in page.export_url


@pytest.mark.usefixtures("colours")
def test_no_file_is_made_of_what_was_half_understood() -> None:
    answer = list_response(ask("format=csv&nme=red").request, "ui/list_table.html", ask("format=csv&nme=red"))
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.usefixtures("colours")
def test_pages_follow_each_other_and_keep_the_state() -> None:
    first = ask("tab=mine&sort=-amount&q=re")
    assert names(first) == ["red", "green", "red"]
    assert first.more_url == ""
    first = ask("tab=mine&sort=name")
    query = first.more_url.partition("?")[2]
    assert QueryDict(query)["tab"] == "mine"
    second = ask(query)
    assert names(second) == ["red"]
    assert second.next_url == ""
    assert first.next_url and "shown" not in first.next_url
    assert ask(first.next_url.partition("?")[2]).start_url == "/things/?tab=mine&sort=name"


@pytest.mark.usefixtures("colours")
def test_long_tables_end_in_a_link_to_a_page_of_their_own() -> None:
    page = ask("sort=name&shown=3")
    assert page.next_url
    assert page.more_url == ""


@pytest.mark.usefixtures("colours")
def test_chips_say_what_is_on_and_how_to_take_it_off() -> None:
    page = ask("q=name:red,green amount>=1k some")
    assert [(str(chip.filter.label), chip.text) for chip in page.chips] == [
        ("Colour", "is Red or Green"),
        ("Amount", "≥ $1K"),
    ]
    assert page.words == "some"
    assert "name=" not in page.chips[0].remove_url
    assert "amount.from=1k" in page.chips[0].remove_url
    assert page.query_string == "name=red&name=green&amount.from=1k&q=some"
    assert ask(page.query_string).terms == page.terms


@pytest.mark.usefixtures("colours")
def test_columns_are_chosen_in_the_address_and_fixed_ones_stay() -> None:
    assert [column.key for column in ask().shown_columns] == ["name", "amount"]
    assert [column.key for column in ask("col=on&col=amount").shown_columns] == ["name", "on", "amount"]
    assert "secret" not in [column.key for column, _shown in ask().column_choices]


@pytest.mark.usefixtures("colours")
def test_the_export_has_all_rows_in_order_and_no_formulas() -> None:
    Thing.objects.create(name="=cmd", amount=7)
    page = ask("format=csv&sort=amount&col=amount")
    lines = export_list(page).getvalue().decode().splitlines()
    assert lines[1:] == ["red,100.00", "green,2500.00", "red,50000.00", "blue,"] or lines[1] == "'=cmd,7.00"
    assert len(lines) == 6
    assert not any(line.startswith("=") for line in lines)


@pytest.mark.usefixtures("colours")
def test_one_edited_row_is_asked_for_whatever_the_filters_say() -> None:
    blue = Thing.objects.get(name="blue")
    assert names(ask(f"row={blue.pk}&name=red")) == ["blue"]
    assert names(ask("row=0&name=red")) == []


@pytest.mark.usefixtures("colours")
def test_words_that_make_no_sense_stay_in_the_box() -> None:
    page = ask("q=nothing:such")
    assert (page.typed, page.words, page.status) == ("nothing:such", "", 400)


@pytest.mark.usefixtures("colours")
def test_the_list_costs_the_same_for_any_number_of_rows(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # rows with a value, those without, the install's currency
        assert len(ask("name=red").rows) == 2
    Thing.objects.bulk_create(Thing(name="red", amount=n) for n in range(500))
    with django_assert_num_queries(2):  # a full page of rows with a value, the currency
        assert len(ask("name=red").rows) == 3


def test_a_filter_cannot_take_the_name_of_the_lists_own_parameters() -> None:
    with pytest.raises(ValueError, match="sort"):
        ListSpec(name="x", columns=(), default_sort="a", filters=(Filter("sort", "Sort"),))


@pytest.mark.parametrize(
    ("text", "amount"),
    [("80", 80), ("100k", 100_000), ("1.5m", 1_500_000), ("2,000", 2_000), ("2,5", Decimal("2.5")), ("−3", -3)],
)
def test_amounts(text: str, amount: Decimal) -> None:
    assert parse_amount(text) == amount


@given(st.text(max_size=120))
def test_the_box_never_breaks(text: str) -> None:
    box = read_box(text, {one.key: one for one in SPEC.filters}, AnonymousUser())
    assert all(term.values for term in box.terms)
    assert len(box.unread) == len(box.problems)
    assert all(box.problems)


def test_the_box_reads_operators_and_phrases() -> None:
    filters = {one.key: one for one in SPEC.filters}
    text = 'name:red -name:blue amount>=1k amount<9m on<=+90d "two words" more'
    box = read_box(text, filters, AnonymousUser())
    assert [(term.key, term.operator, term.values) for term in box.terms] == [
        ("name", "is", ("red",)),
        ("name", "not", ("blue",)),
        ("amount", "from", ("1k",)),
        ("amount", "under", ("9m",)),
        ("on", "to", ("+90d",)),
    ]
    assert box.words == '"two words" more'
