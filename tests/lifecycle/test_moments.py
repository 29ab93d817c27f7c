"""As few moments as can be."""

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.formulas.moments import fewest_moments

SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)).map(lambda one: (one[0], one[0] + one[1])))


def test_spans_that_overlap_share_a_moment() -> None:
    assert fewest_moments([(0, 10), (5, 20), (9, 11), (10, 12)]) == [0, 10, 10, 10]


def test_the_end_of_a_span_is_not_in_it() -> None:
    assert fewest_moments([(0, 5), (5, 9)]) == [0, 5]


@given(spans=SPANS)
def test_each_moment_lies_in_its_span_and_none_could_be_saved(spans: list[tuple[int, int]]) -> None:
    moments = fewest_moments(spans)
    assert all(start <= moment < end for moment, (start, end) in zip(moments, spans, strict=True))
    # As many spans that do not touch each other as moments: each of them needs one of its own.
    apart = 0
    free_from = -1
    for start, end in sorted(spans, key=lambda one: one[1]):
        if start >= free_from:
            apart += 1
            free_from = end
    assert len(set(moments)) == apart
