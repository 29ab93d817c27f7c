"""Small groups: no combination of shown numbers gives one away."""

from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voc.formulas.masking_groups import hidden_groups, is_safe_filter, is_safe_span, subsets

tables = st.dictionaries(st.integers(0, 7), st.integers(0, 14), min_size=1, max_size=5)


def ways(shown: dict[int, int], keys: list[int], total: int, least: int) -> list[dict[int, int]]:
    """Every way to make up the remainder that would have led to the very same page, for one who knows the rule."""
    found = []
    for sizes in product(range(1, total + 1), repeat=len(keys) - 1):
        rest = total - sum(sizes)
        if rest < 1:
            continue
        made = dict(zip(keys, (*sizes, rest), strict=True))
        if hidden_groups(shown | made, least=least) == set(keys):
            found.append(made)
    return found


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables, st.integers(3, 6))
def test_nothing_shown_gives_a_hidden_group_away(sizes: dict[int, int], least: int) -> None:
    present = {key: size for key, size in sizes.items() if size}
    hidden = hidden_groups(sizes, least=least)
    total = sum(sizes.values())
    if total < least or not hidden:
        assert hidden == {key for key, size in present.items() if size < least} or total < least
        return
    shown = {key: size for key, size in present.items() if key not in hidden}
    assert all(size >= least for size in shown.values())
    remainder = total - sum(shown.values())
    assert remainder == sum(present[key] for key in hidden) >= least
    assert len(hidden) > 1
    # Every group of a single person, and nothing else in the table: then nothing is shown at all, not even the names.
    if all(size == 1 for size in present.values()):
        assert not shown
        return
    possible = ways(shown, sorted(hidden), remainder, least)
    for key in hidden:
        assert {made[key] for made in possible} - {present[key]}, (sizes, hidden, key)


def test_one_small_group_takes_the_next_one_with_it() -> None:
    assert hidden_groups({"a": 2, "b": 9, "c": 30}, least=5) == {"a", "b"}
    assert hidden_groups({"a": 6, "b": 9}, least=5) == set()
    assert hidden_groups({"a": 2, "b": 9}, least=1) == set()


def test_equal_groups_join_together_so_that_their_order_tells_nothing() -> None:
    assert hidden_groups({"a": 4, "c": 5, "b": 5, "d": 9}, least=5) == {"a", "b", "c"}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=40), st.integers(2, 6))
def test_pages_with_allowed_filters_never_differ_by_a_small_group(
    people: list[tuple[bool, bool, bool]], least: int
) -> None:
    names = ["one", "two", "three"]
    sizes = {held: sum(all(person[names.index(name)] for name in held) for person in people) for held in subsets(names)}

    def allowed(held: frozenset[str]) -> bool:
        return is_safe_filter({some: size for some, size in sizes.items() if some <= held}, least=least)

    for wide, many in sizes.items():
        for narrow, fewer in sizes.items():
            if wide < narrow and allowed(wide) and allowed(narrow):
                assert many - fewer == 0 or many - fewer >= least


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(2, 5))
def test_allowed_stretches_of_months_never_differ_by_a_small_group(months: list[int], least: int) -> None:
    sizes = dict(enumerate(months))
    spans = [(start, end) for start in range(len(months)) for end in range(start, len(months))]
    safe = [span for span in spans if is_safe_span(sizes, *span, least=least)]
    for one in safe:
        for two in safe:
            if one[0] == two[0]:
                gap = abs(sum(months[one[0] : one[1] + 1]) - sum(months[two[0] : two[1] + 1]))
                assert gap == 0 or gap >= least


def test_filters_that_take_away_a_few_are_refused() -> None:
    sizes = {frozenset[str](): 30, frozenset({"segment"}): 27}
    assert not is_safe_filter(sizes, least=5)
    assert is_safe_filter(sizes, least=3)
    assert not is_safe_filter({frozenset[str](): 30, frozenset({"segment"}): 4}, least=5)
    assert is_safe_span({1: 2}, None, None, least=5)
