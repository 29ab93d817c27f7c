"""A book judged at once gives what judging each account gives."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.formulas import judge
from engagement.formulas.judging import NOTHING
from engagement.formulas.whatif import Book, judge_book, point_book
from tests.engagement.test_formulas import batches
from tests.engagement.test_overrides import ruled_models


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_book_is_judged_as_each_account_is(data: st.DataObject) -> None:
    model, other = data.draw(ruled_models()), data.draw(ruled_models(version=2))
    raw, age = data.draw(batches(model))
    width = len(model.components) + 1
    manual = np.array(
        [
            data.draw(st.lists(st.sampled_from([NOTHING, NOTHING, 4_321]), min_size=width, max_size=width))
            for _row in raw
        ]
    )
    places = [*(rule.code for rule in model.components), ""]
    book = Book(
        codes=model.codes,
        account_ids=np.arange(len(raw)),
        raw=np.ascontiguousarray(raw.T),
        age=np.ascontiguousarray(age.T).astype(np.float32),
        manual={
            row: {place: (1, int(value)) for place, value in zip(places, line, strict=True) if value != NOTHING}
            for row, line in enumerate(manual)
            if (line != NOTHING).any()
        },
    )
    expected = judge(model, raw, age, manual=manual)
    # Points that another scorecard left are taken over only where they are the same.
    known = point_book(other, book)
    for found in (
        judge_book(model, book, point_book(model, book)),
        judge_book(model, book, point_book(model, book, known)),
    ):
        for name in ("scores", "coverage", "states", "bands"):
            assert np.array_equal(getattr(found, name), getattr(expected, name)), name
