"""Every route as every role. How to write rows stands in `table.py`."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from accounts.models.accounts import AccountQuerySet
from tests.access.routes import walk_routes
from tests.access.table import (
    METHODS,
    World,
    all_rows,
    answer_of,
    ask,
    make_world,
    parse_table,
    url_of,
    wrong_cells,
)

ROWS = all_rows()
ROUTES = {route.name for route in walk_routes()}


@pytest.fixture(scope="module")
def first_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once for all rows, and taken back behind the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(first_world: World, db: None, settings: Any) -> World:
    """As it was made, in demo mode, where there is most to see."""
    settings.DEMO_MODE = True
    return deepcopy(first_world)


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS} & ROUTES))
def test_the_rows_of_the_route_hold_and_other_methods_are_refused(name: str, world: World) -> None:
    rows = [row for row in ROWS if row.name == name]
    assert [cell for row in rows for cell in wrong_cells(row, world)] == []
    url = url_of(rows[0], world)
    undeclared = set(METHODS) - {row.method for row in rows}
    answers = {method: answer_of(ask(world, "admin", method, url, {})) for method in undeclared}
    assert answers == dict.fromkeys(undeclared, "405")


def test_every_route_has_a_row() -> None:
    assert sorted(ROUTES - {row.name for row in ROWS}) == []


def test_every_row_has_a_route() -> None:
    assert [str(row) for row in ROWS if row.name not in ROUTES and not row.is_optional] == []


def test_no_two_routes_share_a_name() -> None:
    counted = Counter(route.name for route in walk_routes())
    assert [name for name, number in counted.items() if number > 1] == []


def test_without_the_account_filter_the_table_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: were the only door to accounts open, the table would say so."""
    row = next(row for row in ROWS if row.name == "audit_of" and dict(row.arguments)["pk"] == "$account")
    assert wrong_cells(row, world) == []
    monkeypatch.setattr(AccountQuerySet, "visible_to", lambda self, user: self)
    assert [cell.split(" as ")[1].split(":")[0] for cell in wrong_cells(row, world)] == ["stranger", "member"]


def test_a_malformed_row_is_refused() -> None:
    with pytest.raises(ValueError, match="not a row"):
        list(parse_table("GET somewhere 200 200", "rows_here"))
