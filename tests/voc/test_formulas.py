"""The formulas of voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.formulas.bands import arr_band
from voc.formulas.answers import on_scale
from voc.formulas.definitions import text_in
from voc.formulas.humans import CONFIRMED, MACHINE, PROVISIONAL, Signs, doubts_about, state_for
from voc.formulas.nps import nps_interval, nps_of
from voc.formulas.priority import Weighed, title_of, weigh
from voc.formulas.understanding.embeddings import embed
from voc.formulas.understanding.language import language_of
from voc.formulas.understanding.sentiment import Mood, read_moods
from voc.formulas.understanding.themes import tags_of

counts = st.integers(0, 500)
scores = st.lists(st.integers(0, 10), max_size=60)


@given(scores)
def test_nps_lies_in_its_interval_and_its_bounds(answers: list[int]) -> None:
    nps = nps_of(answers)
    assert nps.n == len(answers)
    if not answers:
        assert nps.value is nps.low is nps.high is None
        return
    assert nps.value is not None
    assert nps.low is not None
    assert nps.high is not None
    assert -100 <= nps.low <= nps.value <= nps.high <= 100


@given(scores, st.randoms())
def test_the_order_of_answers_does_not_matter(answers: list[int], random: object) -> None:
    shuffled = sorted(answers, key=lambda _score: random.random())  # type: ignore[attr-defined]
    assert nps_of(answers) == nps_of(shuffled)


@given(counts, counts, counts)
def test_promoters_and_detractors_mirror_each_other(up: int, mid: int, down: int) -> None:
    here = nps_interval(promoters=up, passives=mid, detractors=down)
    there = nps_interval(promoters=down, passives=mid, detractors=up)
    if here.n:
        assert here.value == pytest.approx(-there.value)  # type: ignore[operator]
        assert here.low == pytest.approx(-there.high)  # type: ignore[operator]


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(2, 9))
def test_more_answers_of_the_same_kind_narrow_the_interval(up: int, mid: int, down: int, times: int) -> None:
    few = nps_interval(promoters=up, passives=mid, detractors=down)
    many = nps_interval(promoters=up * times, passives=mid * times, detractors=down * times)
    assert many.high - many.low < few.high - few.low  # type: ignore[operator]


@given(counts, counts, counts, st.integers(0, 1000))
def test_a_known_audience_never_widens_it_and_a_census_has_none(up: int, mid: int, down: int, more: int) -> None:
    n = up + mid + down
    if n < 2:
        return
    free = nps_interval(promoters=up, passives=mid, detractors=down)
    known = nps_interval(promoters=up, passives=mid, detractors=down, asked=n + more)
    census = nps_interval(promoters=up, passives=mid, detractors=down, asked=n)
    assert known.high - known.low <= free.high - free.low + 1e-9  # type: ignore[operator]
    assert census.high - census.low == pytest.approx(0, abs=1e-9)  # type: ignore[operator]


def test_published_values_of_the_adjusted_wald_interval() -> None:
    eight = nps_interval(promoters=8, passives=0, detractors=0)
    assert (eight.value, round(eight.low or 0), eight.high) == (100, 39, 100)
    many = nps_interval(promoters=250, passives=150, detractors=100)
    assert (round(many.low or 0, 1), round(many.high or 0, 1)) == (23.0, 36.6)


@pytest.mark.parametrize("score", [-1, 11])
def test_a_number_beside_the_scale_is_refused(score: int) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        nps_of([score])


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        (Signs(form_seconds=5), CONFIRMED),
        (Signs(form_seconds=5, mail_seconds=3600), CONFIRMED),
        (Signs(form_seconds=0.4), PROVISIONAL),
        (Signs(form_seconds=5, mail_seconds=20), PROVISIONAL),
        (Signs(form_seconds=5, mail_seconds=20, is_asked_again=True), CONFIRMED),
        (Signs(form_seconds=5, trap="http://x"), MACHINE),
        (Signs(form_seconds=5, agent="Mozilla/5.0 (compatible; Barracuda Sentinel)"), MACHINE),
    ],
)
def test_who_answered(signs: Signs, state: str) -> None:
    assert state_for(doubts_about(signs)) == state


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Dashboards time out on Monday mornings, exactly when we need them.", "da", "en"),
        ("Eksporten kræver seks klik hver måned, og jeg må rette kolonnerne.", "en", "da"),
        ("每个月导出都要点六次", "en", "zh"),
        ("OK", "zh-hans", "zh"),
        ("", "", ""),
    ],
)
def test_the_language_of_a_text(text: str, declared: str, language: str) -> None:
    assert language_of(text, declared=declared) == language


def mood_of(text: str, language: str) -> Mood:
    return read_moods([text], [language], embed([text]))[0]


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("Support is great and fast", "en", 1),
        ("This is a terrible waste of time", "en", -1),
        ("Jeres support er fremragende", "da", 1),
        ("Det virker ikke godt", "da", -1),
        ("客服非常出色", "zh", 1),
        ("不满意", "zh", -1),
        ("Das ist sehr gut", "de", 0),
    ],
)
def test_the_mood_of_a_text_or_none(text: str, language: str, sign: int) -> None:
    found = mood_of(text, language)
    if sign == 0:
        assert found.value is None
    else:
        assert found.value is not None
        assert found.value * sign > 0
        assert all(0 <= start < end <= len(text) for start, end, _weight in found.spans)


@given(st.text(max_size=300), st.sampled_from(["en", "da", "zh", "fr"]))
def test_any_text_has_a_mood_in_bounds_or_none(text: str, language: str) -> None:
    value = mood_of(text, language).value
    assert value is None or -1 <= value <= 1


def test_themes_name_their_evidence() -> None:
    text = "Prisen steg, og prisen er for høj; vi mangler eksport."
    themes = [(1, {"da": ["eksport"]}), (2, {"da": ["pris"]}), (3, {"en": ["price"]})]
    tags = tags_of(text, "da", themes)
    assert [(tag.theme_id, text[tag.start : tag.end], tag.hits) for tag in tags] == [
        (2, "Prisen", 2),
        (1, "eksport", 1),
    ]


@given(st.text(max_size=200))
def test_evidence_lies_in_the_text(text: str) -> None:
    for tag in tags_of(text, "zh", [(1, {"zh": ["a", "点"]})]):
        assert text[tag.start : tag.end].lower() in {"a", "点"}


@given(st.integers(1, 4), st.none() | st.integers(0, 10), st.none() | st.integers(-50, 400), st.integers(1, 9))
def test_priority_stays_in_bounds_and_reasons_only_raise_it(
    base: int, score: int | None, days: int | None, mentions: int
) -> None:
    found, reasons = weigh(Weighed(base=base, score=score, renews_in_days=days, recent=mentions))
    assert 1 <= found <= base
    assert found == max(1, base - sum(steps for _name, steps, _detail in reasons))


@given(st.text(max_size=400), st.integers(0, 400))
def test_a_title_is_one_short_line(text: str, start: int) -> None:
    title = title_of(text, start=min(start, len(text)))
    assert len(title) <= 90
    assert "\n" not in title


def test_a_title_is_the_sentence_with_the_evidence() -> None:
    text = "Hello there. The export drops filters! Bye."
    assert title_of(text, start=text.index("export")) == "The export drops filters"


@given(st.text(max_size=6))
def test_only_whole_numbers_on_the_scale_are_answers(raw: str) -> None:
    found = on_scale(raw, range(11))
    assert found is None or 0 <= found <= 10


def test_a_text_falls_back_to_english() -> None:
    assert text_in({"en": "a", "da": "b"}, "da-DK") == "b"
    assert text_in({"en": "a"}, "zh-hans") == "a"


@given(st.decimals(0, 10**8, allow_nan=False, allow_infinity=False, places=2))
def test_a_band_never_tells_the_sum(arr: object) -> None:
    assert arr_band(arr, "USD") in {  # type: ignore[arg-type]
        "under $10K", "$10K–$50K", "$50K–$100K", "$100K–$250K", "$250K–$1M", "over $1M", "$250K–$1.0M", "over $1.0M",
    }  # fmt: skip


def test_of_themes_named_as_often_the_one_with_more_evidence_comes_first() -> None:
    themes = [(1, {"en": ["cost"]}), (2, {"en": ["documentation"]})]
    assert [tag.theme_id for tag in tags_of("The cost of poor documentation", "en", themes)] == [2, 1]
