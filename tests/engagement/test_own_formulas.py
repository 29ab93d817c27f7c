"""Formulas of own measures: what they accept, what they say, and that they calculate as anybody would."""

import datetime as dt
import functools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.formulas.own import (
    MOST_DEPTH,
    MOST_NODES,
    OPERATORS,
    BadFormula,
    Column,
    Constant,
    Figure,
    FigureSpec,
    Narrowing,
    Node,
    Operation,
    figures_of,
    parse_formula,
)
from engagement.formulas.own_values import MOST, describe, evaluate, explain, value_of

TICKETS = {"figure": "tickets.opened", "days": 30}
USERS = {"figure": "usage.users", "days": 28}
CATALOGUE = {
    spec.name: spec
    for spec in (
        FigureSpec(
            "tickets.opened",
            "Tickets",
            "tickets opened",
            days=30,
            narrowings=(Narrowing("priority", "Priority", (("p1", "P1"), ("p2", "P2"))),),
        ),
        FigureSpec("usage.users", "Usage", "active users", days=28),
        FigureSpec("contracts.seats", "Contracts", "seats"),
        FigureSpec(
            "fields.number", "Own fields", "field “%(field)s”", None, (Narrowing("field", "Field", None, True),)
        ),
    )
}


def divided(*parts: Any) -> dict[str, Any]:
    return {"operator": "divide", "parts": list(parts)}


def test_a_formula_reads_as_a_sentence() -> None:
    raw = divided(TICKETS | {"where": {"priority": ["p2", "p1"]}}, USERS)
    node = parse_formula(raw, CATALOGUE)
    assert describe(node, CATALOGUE) == (
        "Tickets opened (P1, P2) in the last 30 days ÷ active users in the last 28 days"
    )
    assert parse_formula(json.loads(json.dumps(node.as_json())), CATALOGUE) == node
    nested = parse_formula(
        {
            "operator": "clamp",
            "low": 0,
            "high": 1,
            "parts": [divided({"operator": "plus", "parts": [TICKETS, {"number": 1}]}, {"figure": "contracts.seats"})],
        },
        CATALOGUE,
    )
    said = "(Tickets opened in the last 30 days + 1) ÷ seats, at least 0 and at most 1"
    assert describe(nested, CATALOGUE).casefold() == said.casefold()


def test_the_numbers_are_put_in() -> None:
    node = parse_formula(divided(TICKETS, USERS), CATALOGUE)
    opened, users = figures_of(node)
    assert explain(node, {opened: 12.0, users: 4.0}) == "12 ÷ 4 = 3"
    assert explain(node, {opened: 12.0, users: 0.0}) == "12 ÷ 0 has no value."
    assert explain(node, {opened: 12.0, users: None}) == "12 ÷ not known has no value."


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        (divided(TICKETS, {"figure": ""}), "0.1", "What it is divided by: Choose a figure."),
        (divided(TICKETS, USERS | {"days": 91}), "0.1", "the window is 1 to 90 days"),
        (divided(TICKETS, USERS | {"days": True}), "0.1", "the window is 1 to 90 days"),
        (divided(TICKETS), "0", "needs 2 to 2 parts"),
        (divided({"number": 1}, {"number": 2}), "0", "at least one figure"),
        ({"operator": "plus", "parts": [TICKETS, {"number": math.inf}]}, "0.1", "Part 2 of “plus (+)”: Write a number"),
        ({"operator": "clamp", "parts": [TICKETS], "low": 2, "high": 1}, "0", "below the most"),
        (TICKETS | {"where": {"priority": ["p9"]}}, "0", "there is no “p9”"),
        ({"figure": "contracts.seats", "days": 3}, "0", "it has no window"),
        ({"figure": "fields.number"}, "0", "Field: choose one."),
        ("12", "0", "Choose a figure"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: Any, path: str, words: str) -> None:
    with pytest.raises(BadFormula) as caught:
        parse_formula(raw, CATALOGUE)
    assert caught.value.path == path
    assert words in str(caught.value)


def test_size_and_depth_are_bounded() -> None:
    deep: Any = TICKETS
    for _ in range(MOST_DEPTH - 1):
        deep = {"operator": "clamp", "parts": [deep], "low": 0, "high": None}
    parse_formula(deep, CATALOGUE)
    with pytest.raises(BadFormula, match="deep"):
        parse_formula({"operator": "clamp", "parts": [deep], "low": 0, "high": None}, CATALOGUE)
    row = {"operator": "plus", "parts": [TICKETS] * 6}
    with pytest.raises(BadFormula, match=f"{MOST_NODES} parts"):
        parse_formula({"operator": "plus", "parts": [row] * 5}, CATALOGUE)


# What attackers send to filter builders: ORM chains, internal keywords, SQL.
PAYLOADS = (
    "owner__password__startswith",
    "account__csm__password__regex",
    "_connector",
    "_negated",
    "pk__in",
    "usage.users; DROP TABLE accounts_account",
    "usage.users' OR '1'='1",
    "%(accounts)s",
    "{account}",
    "__class__",
    "tickets.opened--",
    "\x00",
    "1) OR 1=1",
    "ＵＳＡＧＥ.users",
)
PAYLOAD = st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=20), st.integers(), st.none(), st.booleans())
KEYS = st.sampled_from(("figure", "days", "where", "number", "operator", "parts", "low", "high", *PAYLOADS))
ANYTHING = st.recursive(
    st.one_of(PAYLOAD, st.floats(), st.sampled_from(list(OPERATORS)), st.sampled_from(list(CATALOGUE))),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(raw=ANYTHING)
def test_whatever_is_sent_only_what_is_listed_is_taken(raw: Any) -> None:
    try:
        node = parse_formula(raw, CATALOGUE)
    except BadFormula:
        return
    for figure in figures_of(node):
        assert figure.name in CATALOGUE
        for key, values in figure.where:
            assert key in CATALOGUE[figure.name].keys
            assert all(isinstance(value, str) for value in values)
    assert evaluate(node, {one: Column(np.ones(2), np.ones(2)) for one in figures_of(node)}, 2).values.shape == (2,)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_refused_wherever_they_stand(payload: str) -> None:
    for raw in (
        {"figure": payload},
        {"figure": payload, "days": 30},
        {"operator": payload, "parts": [TICKETS, USERS]},
        TICKETS | {payload: "1"},
        TICKETS | {"where": {payload: ["1"]}},
        TICKETS | {"where": {"priority": [payload]}},
        TICKETS | {"days": payload},
        {"operator": "plus", "parts": [TICKETS, {"number": payload}]},
        divided(TICKETS, USERS) | {"low": payload},
    ):
        with pytest.raises(BadFormula):
            parse_formula(raw, CATALOGUE)


A, B, C = Figure("a"), Figure("b", 7), Figure("c", 30, (("x", ("y",)),))
LEAVES = st.one_of(
    st.sampled_from((A, B, C)),
    st.integers(min_value=-1000, max_value=1000).map(lambda number: Constant(number / 10)),
)


def _operation(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:

    many = st.builds(
        Operation,
        st.sampled_from(("plus", "times", "least", "most")),
        st.lists(parts, min_size=2, max_size=3).map(tuple),
    )
    two = st.builds(Operation, st.sampled_from(("minus", "divide", "if_missing")), st.tuples(parts, parts))
    limits = st.one_of(st.none(), st.floats(min_value=-5, max_value=5))
    one = st.builds(Operation, st.just("clamp"), st.tuples(parts), limits, limits)
    return st.one_of(many, two, one)


def naive(node: Any, values: dict[Figure, float | None]) -> float | None:
    """By hand, one account at a time."""
    if isinstance(node, Figure):
        return values[node]
    if isinstance(node, Constant):
        return node.number
    found = [naive(part, values) for part in node.parts]
    if node.operator == "if_missing":
        return found[1] if found[0] is None else found[0]
    numbers = [value for value in found if value is not None]
    if len(numbers) < len(found) or (node.operator == "divide" and 0 in numbers[1:]):
        return None
    if node.operator == "clamp":
        low = numbers[0] if node.low is None else max(numbers[0], node.low)
        return low if node.high is None else min(low, node.high)
    by: dict[str, Any] = {
        "plus": lambda left, right: left + right,
        "minus": lambda left, right: left - right,
        "times": lambda left, right: left * right,
        "divide": lambda left, right: left / right,
        "least": min,
        "most": max,
    }
    return float(functools.reduce(by[node.operator], numbers))


@settings(max_examples=200, deadline=None)
@given(
    node=st.recursive(LEAVES, _operation, max_leaves=8),
    rows=st.lists(
        st.tuples(*[st.one_of(st.none(), st.just(0.0), st.integers(min_value=-100, max_value=100).map(float))] * 3),
        min_size=1,
        max_size=4,
    ),
)
def test_arrays_give_what_each_account_gives_by_hand(node: Any, rows: list[tuple[float | None, ...]]) -> None:
    columns = {
        figure: Column(
            np.array([np.nan if row[place] is None else row[place] for row in rows]), np.full(len(rows), 5.0)
        )
        for place, figure in enumerate((A, B, C))
    }
    together = evaluate(node, columns, len(rows)).values
    for place, row in enumerate(rows):
        values = dict(zip((A, B, C), row, strict=True))
        by_hand = naive(node, values)
        if by_hand is not None and (not math.isfinite(by_hand) or abs(by_hand) >= MOST):
            by_hand = None
        if by_hand is None:
            assert np.isnan(together[place])
        else:
            assert together[place] == pytest.approx(by_hand, rel=1e-9, abs=1e-9)
        alone = value_of(node, values)
        assert (alone is None) == bool(np.isnan(together[place]))


def test_the_day_is_that_of_the_oldest_part_that_counts() -> None:
    today = float(dt.date(2026, 1, 10).toordinal())
    old = Column(np.array([1.0, np.nan]), np.array([today - 9, np.nan]))
    new = Column(np.array([2.0, 2.0]), np.array([today, today]))

    summed = evaluate(Operation("plus", (A, B)), {A: old, B: new}, 2)
    assert summed.days[0] == today - 9
    assert np.isnan(summed.values[1])
    instead = evaluate(Operation("if_missing", (A, B)), {A: old, B: new}, 2)
    assert list(instead.days) == [today - 9, today]
