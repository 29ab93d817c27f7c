"""Calls that are read column by column, told against the same calls read one by one."""

import datetime as dt
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engagement.formulas import segment
from engagement.formulas.segment import Reader
from engagement.formulas.segment_uses import Uses

NOW = dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC)
USUAL = {
    "type": "track",
    "event": "Open",
    "userId": "ann",
    "messageId": "m-1",
    "timestamp": "2026-05-01T10:00:00.5+00:00",
    "context": {"groupId": "g-1"},
    "properties": {"rows": 3},
}
odd = st.sampled_from([None, "", 7, True, 1.5, "two words", " x ", "a\tb", "é中", "u" * 300, ["x"], {"x": 1}, {}])
stamps = st.sampled_from(
    [
        *("2026-05-01T10:00:00Z", "2026-05-01T23:30:00-05:00", "2026-05-01T10:00:00", "2026-05-01", "yesterday", "", 5),
        *("2026-05-02T12:30:00Z", "2026-05-09T00:00:00Z", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", None),
        *("0001-12-31T23:59:59.999999+00:00", "0002-01-01T00:00:00Z", "2026-W18-5T10:00:00Z"),
    ]
)
properties: st.SearchStrategy[Any] = st.sampled_from(
    [{}, None, [], {"x": "\x00"}, {"x": "y" * 33_000}, {"x": 1e300}, {"é": ["中", '","']}]
)
contexts: st.SearchStrategy[Any] = st.sampled_from(
    [{}, None, "x", {"groupId": 7}, {"traits": {"email": "Ann@acme.example"}}, {"traits": {"company": {"id": "g-2"}}}]
)
changes = st.one_of(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("type", "event", "userId", "messageId", "groupId"), odd)),
    st.fixed_dictionaries({"timestamp": stamps}),
    st.fixed_dictionaries({"properties": properties}),
    st.fixed_dictionaries({"context": contexts}),
    st.sampled_from([{"type": kind} for kind in ("page", "screen", "identify", "group", "alias")]),
)
calls = st.lists(
    st.one_of(
        st.integers(0, 5).map(lambda n: {**USUAL, "messageId": f"m-{n}", "userId": f"u-{n}", "event": f"E {n % 2}"}),
        changes.map(lambda change: {**USUAL, **change}),
        st.sampled_from(sorted(USUAL)).map(lambda name: {key: USUAL[key] for key in USUAL if key != name}),
        st.sampled_from([None, 7, "x", [], {}]),
    ),
    max_size=12,
)


def reader(window: dt.timedelta | None = None, scopes: tuple[str, ...] = ("track", "identify")) -> Reader:
    return Reader(
        uses=Uses(),
        request=3,
        source="app",
        key_id=9,
        received_at=NOW,
        sent_at=NOW,
        window=window,
        scopes=frozenset(scopes),
        fallback="receipt",
    )


@given(given_calls=calls, has_window=st.booleans(), part=st.sampled_from([1, 2, 3, 100]))
@example(given_calls=[USUAL, {**USUAL, "messageId": "m-2"}], has_window=True, part=100)
@settings(max_examples=150, deadline=None)
def test_column_by_column_is_the_same_as_one_by_one(given_calls: list[Any], has_window: bool, part: int) -> None:
    window = dt.timedelta(days=35) if has_window else None
    one_by_one, by_columns = reader(window), reader(window)
    others = [each for at, call in enumerate(given_calls) if (each := one_by_one.read(at, call)) is not None]
    before, segment.PART = segment.PART, part
    try:
        assert by_columns.read_all(given_calls) == (len(given_calls), others)
    finally:
        segment.PART = before
    assert told(by_columns.uses) == told(one_by_one.uses)


def told(uses: Uses) -> list[tuple[Any, ...]]:
    """Every use in full, with its words in place of their numbers."""
    names, people = list(uses.names), list(uses.people)
    columns = (uses.request, uses.place, uses.kind, uses.happened, uses.stated, uses.digest, uses.message_id)
    words = [(names[name], people[person]) for name, person in zip(uses.name, uses.person, strict=True)]
    return [*zip(words, uses.properties, *columns, strict=True), tuple(uses.timeless)]


def test_usual_calls_are_read_by_columns() -> None:
    by_columns = reader()
    by_columns._read_usual(0, [USUAL, {**USUAL, "messageId": "m-2"}])
    assert len(by_columns.uses) == 2
