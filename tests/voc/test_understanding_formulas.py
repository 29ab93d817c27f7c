"""Understanding: the promises that rest on our own comments, and those on public sets where they are there."""

import io
import json
import random
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from voc.formulas.understanding.datasets import read_comments, read_public, read_typed
from voc.formulas.understanding.embeddings import embed, pack, unpack
from voc.formulas.understanding.held_back import is_held_back
from voc.formulas.understanding.language import ENOUGH_LETTERS, language_of
from voc.formulas.understanding.lexicons import DATA
from voc.formulas.understanding.measuring import macro_f1, measure_signs, measure_themes, wilson
from voc.formulas.understanding.sentiment import read_moods, with_rating
from voc.formulas.understanding.topics import find_topics, telling_words
from voc.management.commands.understanding_report import DATA as PUBLIC
from voc.services.starter_themes import THEMES

needs_public = pytest.mark.skipif(not PUBLIC.exists(), reason="the public sets are not here")
PLANTED = [
    f"{first} {second}"
    for first in ("The barcode scanner", "Our barcode scanners", "Scanning barcodes", "The handheld barcode reader")
    for second in (
        "skips every second label",
        "misses small labels in the warehouse",
        "needs three tries for one box",
        "beeps but enters nothing",
        "reads the wrong article number",
        "fails in the cold store",
        "does not recognise pallets",
        "is not supported on our devices",
    )
][:30]


@pytest.mark.parametrize(("language", "floor"), [("en", 0.85), ("da", 0.82), ("zh", 0.85)])
def test_the_sign_of_our_test_comments_is_right(language: str, floor: float) -> None:
    assert measure_signs(language).three.value >= floor


@pytest.mark.parametrize("language", ["en", "da", "zh"])
def test_ten_corrections_each_teach_themes(language: str) -> None:
    figure = measure_themes(language, {slug: one.keywords for slug, one in THEMES.items()})
    assert figure.value >= 0.78


@pytest.mark.parametrize("language", ["en", "da", "zh"])
def test_the_language_of_our_comments_is_known(language: str) -> None:
    rows = [row.text for part in ("tune", "test") for row in read_comments(part, language)]
    long = [text for text in rows if sum(map(str.isalpha, text)) >= ENOUGH_LETTERS]
    assert sum(language_of(text) == language for text in long) >= 0.95 * len(long)


def test_no_test_comment_is_trained_on() -> None:
    for language in ("en", "da", "zh"):
        test = {row.text.casefold() for row in read_comments("test", language)}
        trained = {row.text.casefold() for part in ("train", "tune") for row in read_comments(part, language)}
        assert not test & trained


def test_evidence_names_the_words_that_speak() -> None:
    text = "The export is broken and support is useless."
    mood = read_moods([text], ["en"], embed([text]))[0]
    shown = {text[start:end] for start, end, _weight in mood.spans}
    assert mood.label == "negative"
    assert {"broken", "useless"} & shown
    assert all(weight < 0 for _start, _end, weight in mood.spans)


def test_a_language_without_a_model_is_not_rated() -> None:
    text = "La exportación no funciona y nadie contesta."
    mood = read_moods([text], ["es"], embed([text]))[0]
    assert (mood.label, mood.value, mood.confidence) == ("unrated", None, None)


@pytest.mark.parametrize("rating", range(11))
def test_kind_words_with_a_low_score_are_mixed(rating: int) -> None:
    text = "Great, I love it, thank you!"
    mood = read_moods([text], ["en"], embed([text]), [rating])[0]
    assert mood.label == ("mixed" if rating <= 6 else "positive")
    assert with_rating("negative", rating) == ("mixed" if rating >= 9 else "negative")


def test_planted_topics_are_proposed_and_noise_proposes_none() -> None:
    rng = random.Random(7)
    words = sorted({word for row in read_comments("train", "en") for word in row.text.lower().split()})
    noise = [" ".join(rng.sample(words, rng.randint(5, 14))) for _ in range(2970)]
    assert find_topics(noise, embed(noise)) == []
    texts = noise + PLANTED
    topics = find_topics(texts, embed(texts))
    assert len(topics) == 1
    assert {"barcode", "scanner"} & set(topics[0].words)
    planted = [at for at in topics[0].members if at >= 2970]
    assert len(planted) >= 24
    assert len(planted) >= 0.8 * len(topics[0].members)


def test_telling_words_are_those_of_the_group_alone() -> None:
    inside = ["the invoice has the wrong vat"] * 5
    assert "invoice" in telling_words(inside, inside + ["the report is nice"] * 50)
    assert telling_words(["the report is nice"] * 5, ["the report is nice"] * 55) == ()


def test_vectors_come_back_as_they_were_kept() -> None:
    vectors = embed(["The invoice is wrong", "发票又开错了"])
    kept = unpack([pack(row) for row in vectors])
    assert np.allclose(vectors, kept, atol=1e-3)
    assert len(pack(vectors[0])) == 512


def test_shares_have_wilsons_interval() -> None:
    figure = wilson(8, 10)
    assert (round(figure.low, 3), round(figure.high, 3)) == (0.49, 0.943)
    assert wilson(0, 0).n == 0


def test_what_is_shipped_is_numbers_and_small() -> None:
    size = sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file())
    assert size <= 3 * 1024 * 1024
    with np.load(DATA / "sentiment.npz", allow_pickle=False) as found:
        assert all(found[name].dtype == np.float16 for name in found.files)


@pytest.mark.django_db
def test_understand_prints_one_line_for_each(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("The invoice was wrong again\n\nSupporten er hurtig og venlig, tak!\n", encoding="utf-8")
    out = io.StringIO()
    call_command("understand", str(file), stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [set(row) for row in rows] == [
        {"language", "sentiment", "label", "confidence", "themes", "evidence"} for _row in range(3)
    ]
    assert [row["label"] for row in rows] == ["negative", "unrated", "positive"]
    assert [row["language"] for row in rows] == ["en", "", "da"]
    assert "billing" in rows[0]["themes"]


@needs_public
def test_complaints_are_hardly_ever_called_positive() -> None:
    texts = [text for tag, text in read_typed(PUBLIC, "en") if tag == "complaint"]
    moods = read_moods(texts, ["en"] * len(texts), embed(texts))
    assert sum(mood.label == "positive" for mood in moods) <= 0.08 * len(texts)


@needs_public
def test_three_classes_are_clearly_better_than_vader_alone() -> None:
    rows = [row for row in read_public(PUBLIC) if is_held_back(row.text)]
    texts = [row.text for row in rows]
    truth = [row.sign for row in rows]
    number = {"negative": 0, "positive": 2}
    ours = [number.get(mood.label, 1) for mood in read_moods(texts, ["en"] * len(texts), embed(texts))]
    vader = SentimentIntensityAnalyzer()
    values = [vader.polarity_scores(text)["compound"] for text in texts]
    theirs = [2 if value >= 0.05 else 0 if value <= -0.05 else 1 for value in values]
    assert macro_f1(truth, ours) >= macro_f1(truth, theirs) + 0.05


@needs_public
@pytest.mark.parametrize(("code", "language"), [("en", "en"), ("es", "es"), ("fr", "fr"), ("jp", "ja")])
def test_languages_of_the_public_set_are_known(code: str, language: str) -> None:
    texts = [text for _tag, text in read_typed(PUBLIC, code) if sum(map(str.isalpha, text)) >= ENOUGH_LETTERS]
    assert sum(language_of(text) == language for text in texts) >= 0.95 * len(texts)
