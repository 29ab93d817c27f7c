"""The sets that models are trained on and measured with, read from files."""

import html
from dataclasses import dataclass
from pathlib import Path

from voc.formulas.understanding.lexicons import DATA

COMMENTS = DATA / "comments"
SIGNS = ("negative", "neutral", "positive", "mixed")
VADER_SETS = ("vader_tweets", "vader_movies", "vader_editorials")
UCI_SETS = ("uci_amazon_cells", "uci_imdb", "uci_yelp")
# Three classes from human means of -4..4: at least half a point from the middle is a sign.
SIGNED_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Comment:
    """One of our own comments; `sign` is the number of its class, `themes` begins with the main one."""

    text: str
    sign: int
    department: str
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One public sentence: 0 negative, 1 neutral, 2 positive."""

    text: str
    sign: int
    source: str


def read_comments(part: str, language: str) -> list[Comment]:
    """Our own: `part` is train, tune or test."""
    lines = (COMMENTS / f"{part}_{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return [
        Comment(text, SIGNS.index(sign), department, tuple(themes.split(",")) if themes else ())
        for sign, department, themes, text in rows
    ]


def read_public(folder: Path) -> list[Sentence]:
    """VADER's ratings and UCI's sentences, in the order of the files; [] when the folder does not have them."""
    found: list[Sentence] = []
    for name in VADER_SETS:
        for line in _lines(folder / f"{name}.tsv"):
            _number, rating, text = line.split("\t", 2)
            found.append(Sentence(html.unescape(text), sign_of(float(rating)), name))
    for name in UCI_SETS:
        for line in _lines(folder / f"{name}.tsv"):
            text, sign = line.rsplit("\t", 1)
            found.append(Sentence(text.strip(), 2 if sign.strip() == "1" else 0, name))
    return found


def sign_of(rating: float) -> int:
    """The class of a human mean."""
    return 2 if rating >= SIGNED_FROM else 0 if rating <= -SIGNED_FROM else 1


def read_typed(folder: Path, code: str) -> list[tuple[str, str]]:
    """(tag, text) of the customer-feedback set in `en`, `es`, `fr` or `jp`; [] when it is not there."""
    rows = (line.split("\t", 1) for line in _lines(folder / f"type_{code}.tsv")[1:])
    return [(row[0], row[1].strip()) for row in rows if len(row) == 2]


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line] if path.exists() else []
