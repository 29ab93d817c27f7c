"""Phrases and concepts: the tables of words that readers of sentiment and themes look at."""

from itertools import pairwise

import numpy as np
import pytest

from voc.formulas.understanding.concepts import ROOM, concepts_of, rows, rows_of_concepts
from voc.formulas.understanding.embeddings import embed
from voc.formulas.understanding.learning import KIND, Learned, chances, fit_theme, rows_of, rows_of_keywords
from voc.formulas.understanding.lexicons import DATA
from voc.formulas.understanding.phrases import has_phrases, phrases_of
from voc.services.starter_themes import THEMES


def said(text: str, language: str = "en") -> list[tuple[str, bool]]:
    """The phrases of a text, each with whether it speaks well."""
    return [(text[start:end], weight > 0) for start, end, weight in phrases_of(text, language)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Somebody rang within the hour.", [("within the hour", True)]),
        ("It happened for the third time", [("for the third time", False)]),
        ("It took 3 weeks", [("took 3 weeks", False)]),
        ("It took three weeks", [("took three weeks", False)]),
        ("We kept going without any real problems", [("without any real problems", True)]),
        ("👍", [("👍", True)]),
        ("The table has columns", []),
        ("", []),
    ],
)
def test_phrases_are_found_where_they_stand(text: str, phrases: list[tuple[str, bool]]) -> None:
    assert said(text) == phrases


def test_the_longest_phrase_at_a_place_counts_and_none_overlap() -> None:
    text = "Nobody answers, no problem so far, nothing to complain about, nobody has to wait"
    hits = phrases_of(text, "en")
    assert ("Nobody answers", False) in said(text)
    assert ("no problem", True) in said(text)
    assert ("nobody has to", True) in said(text)
    assert all(first[1] <= second[0] for first, second in pairwise(hits))


def test_a_curly_apostrophe_is_an_apostrophe() -> None:
    assert said("It doesn’t open") == [("doesn’t", False)]


def test_danish_has_phrases_and_a_language_without_a_table_has_none() -> None:
    assert said("De svarede med det samme", "da")[-1] == ("med det samme", True)
    assert has_phrases("da")
    assert not has_phrases("fr")
    assert phrases_of("Personne ne répond", "fr") == []


@pytest.mark.parametrize("language", ["en", "da"])
def test_every_row_of_the_phrases_is_a_phrase_with_a_weight(language: str) -> None:
    lines = (DATA / f"phrases_{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    table = [line.split("\t") for line in lines]
    assert len({phrase for phrase, _weight in table}) == len(table)
    assert all(0 < abs(float(weight)) <= 4 for _phrase, weight in table)
    stems = [phrase.split(" ")[0] for phrase, _weight in table if phrase.split(" ")[0].endswith("*")]
    assert all(len(stem) > 3 for stem in stems)


def test_a_concept_is_the_same_in_three_languages() -> None:
    number = next(at for at, row in enumerate(rows()) if row[0] == "invoice")
    for text, language in (("Two invoices", "en"), ("En slutfaktura", "da"), ("发票开错了", "zh")):
        assert number in concepts_of(text, language), text
    assert number not in concepts_of("The menu is fine", "en")
    assert concepts_of("La facture", "fr") == []


def test_short_words_do_not_name_longer_ones() -> None:
    fee = next(at for at, row in enumerate(rows()) if "fee" in row[1].split(","))
    assert fee in concepts_of("The fees are high", "en")
    assert fee not in concepts_of("I gave feedback", "en")


def test_concepts_have_room_and_words_in_every_language() -> None:
    assert len(rows()) <= ROOM
    assert len({row[0] for row in rows()}) == len(rows())
    for row in rows():
        assert len(row) == 4
        assert all(word == word.strip() and word for cell in row[1:] for word in cell.split(",")), row[0]


def test_rows_of_concepts_are_of_length_one_or_empty() -> None:
    found = rows_of_concepts(["The invoice is late and nobody answers", "xyzzy"], ["en", "en"])
    assert np.isclose(np.linalg.norm(found[0, :ROOM]), 1, atol=1e-5)
    assert np.isclose(np.linalg.norm(found[0, ROOM:]), 1, atol=1e-5)
    assert not found[1].any()


def test_keywords_alone_already_teach_a_theme() -> None:
    told = {slug: rows_of_keywords(one.keywords) for slug, one in THEMES.items()}
    others = np.vstack([part for slug, part in told.items() if slug != "billing"])
    learned = fit_theme(others[:0], [], told["billing"], others)
    texts = ["The credit note never came", "Et forkert beløb på regningen", "The screen is cluttered"]
    sure = chances(rows_of(texts, ["en", "da", "en"], embed(texts)), learned)
    assert min(sure[0], sure[1]) > sure[2]


def test_what_was_learned_in_one_language_holds_in_another() -> None:
    texts = ["Training was great", "The course was too long", "Support never answers", "The hotline is slow"]
    rows_here = rows_of(texts, ["en"] * 4, embed(texts))
    none = rows_here[:0]
    learned = fit_theme(rows_here, [True, True, False, False], none, none)
    asked = ["Kurset var for kort", "Hotlinen svarer ikke"]
    sure = chances(rows_of(asked, ["da"] * 2, embed(asked)), learned)
    assert sure[0] > 0.5 > sure[1]


def test_a_theme_learned_by_an_older_version_is_read_by_its_keywords_again() -> None:
    rows_here = rows_of(["late invoice", "kind people"], ["en", "en"], embed(["late invoice", "kind people"]))
    learned = fit_theme(rows_here, [True, False], rows_here[:0], rows_here[:0])
    raw = learned.to_json()
    assert raw["kind"] == KIND
    assert Learned.from_json(raw) is not None
    assert Learned.from_json(raw | {"kind": "logistic-1"}) is None
