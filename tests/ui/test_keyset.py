"""Keyset paging on a real table: every row once, in order, whatever is null or tied."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Upper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ui.things import Thing
from ui.lists.keyset import BadCursor, Cursor, Order, can_be_null, ordered, take_slice


def all_pages(order: Order, size: int) -> list[int]:
    seen: list[int] = []
    after: Cursor | None = None
    while True:
        cut = take_slice(Thing.objects.all(), order, after=after, size=size)
        seen += [row.pk for row in cut.rows]
        assert len(cut.rows) <= size
        if cut.next is None:
            return seen
        # Through text, as in an address.
        after = Cursor(int(str(cut.next.pk)), cut.next.value)


amounts = st.lists(
    st.one_of(st.none(), st.integers(-3, 3).map(Decimal), st.decimals(-999, 999, places=2)), min_size=0, max_size=25
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts, st.booleans(), st.integers(1, 7))
def test_every_row_comes_once_and_in_order(
    things: type[Thing], values: list[Decimal | None], descending: bool, size: int
) -> None:
    Thing.objects.all().delete()
    Thing.objects.bulk_create(Thing(amount=value, name=str(value)) for value in values)
    order = Order("amount", descending)
    whole = [row.pk for row in ordered(Thing.objects.all(), order)]
    assert all_pages(order, size) == whole
    assert len(set(whole)) == len(values)
    listed = [row.amount for row in ordered(Thing.objects.all(), order)]
    present = [value for value in listed if value is not None]
    assert present == sorted(present, reverse=descending)
    assert listed == present + [None] * (len(listed) - len(present))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("aAbB, ~'\"é中", max_size=4), max_size=15), st.booleans())
def test_texts_of_any_kind_are_cursors(things: type[Thing], names: list[str], descending: bool) -> None:
    Thing.objects.all().delete()
    Thing.objects.bulk_create(Thing(name=name) for name in names)
    for by in ("name", Upper("name")):
        order = Order(by, descending)
        assert all_pages(order, 2) == [row.pk for row in ordered(Thing.objects.all(), order)]


@pytest.mark.parametrize("descending", [True, False])
def test_one_index_answers_the_row_comparison_in_either_direction(things: type[Thing], descending: bool) -> None:
    Thing.objects.bulk_create(Thing(amount=number % 97, name="x") for number in range(3000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ui_thing")
    statements: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(context["cursor"].mogrify(sql, params).decode())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        take_slice(Thing.objects.all(), Order("amount", descending), after=Cursor(1500, "50"), size=20)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statements[0])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond" in plan and "ROW(" in plan and "Sort" not in plan, plan
    assert len(statements) == 1


def test_pages_take_one_query_until_rows_without_a_value(things: type[Thing], django_assert_num_queries: Any) -> None:
    Thing.objects.bulk_create(Thing(amount=number or None, name="x") for number in range(30))
    with django_assert_num_queries(1):
        first = take_slice(Thing.objects.all(), Order("amount", True), size=10)
    with django_assert_num_queries(2):  # the last valued rows, then those without
        take_slice(Thing.objects.all(), Order("amount", True), after=Cursor(first.rows[-1].pk, "5"), size=10)
    with django_assert_num_queries(1):  # a column that cannot be null has one phase
        take_slice(Thing.objects.all(), Order("name"), size=50)


@pytest.mark.parametrize("text", ["x", "", "1e999999", "\x00"])
def test_a_damaged_cursor_is_refused(things: type[Thing], text: str) -> None:
    with pytest.raises(BadCursor):
        take_slice(Thing.objects.all(), Order("amount"), after=Cursor(1, text))


def test_what_can_be_null_is_known() -> None:
    assert can_be_null(Thing, F("amount"))
    assert not can_be_null(Thing, F("name"))
    assert not can_be_null(Thing, Upper("name"))
    assert can_be_null(Thing, F("nothing"))
