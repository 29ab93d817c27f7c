"""What words of different languages mean alike: seventy concepts of a software vendor's day (invoice, waiting, crash)
with their words in English, Danish and Chinese, `voc/data/concepts.tsv`, written for this product.

They let ten corrections say more than their words: "rykker" and "dunning" are one thing, in whatever language. The
place of a concept in the file is its number in what was learned: new ones go to the end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from voc.formulas.understanding.embeddings import WIDTH, embed
from voc.formulas.understanding.lexicons import DATA

ROOM = 128  # columns that are kept for concepts
LANGUAGES = ("en", "da", "zh")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
SHORTEST = 3
LONGEST_HAN = 10
# How many letters may follow a stem of three and of four letters; longer ones take any ending. Danish writes words
# together, so there four are enough.
ENDINGS = {3: 1, 4: 2}
OPEN_FROM = {"da": 4}
LAST_PART = 6  # letters of the last part of a Danish compound
COMPOUND = 8


@dataclass(frozen=True, slots=True)
class Table:
    """The words of one language with the numbers of their concepts; `phrases` are those of several words."""

    words: dict[str, tuple[int, ...]]
    phrases: re.Pattern[str]


@cache
def rows() -> tuple[tuple[str, ...], ...]:
    """Name and the words of each language, with commas."""
    lines = (DATA / "concepts.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return tuple(tuple(line.split("\t")) for line in lines)


@cache
def table_of(language: str) -> Table:
    """Read once per process."""
    column = 1 + LANGUAGES.index(language)
    words: dict[str, tuple[int, ...]] = {}
    for number, row in enumerate(rows()):
        for word in row[column].split(","):
            words[word] = (*words.get(word, ()), number)
    several = sorted((word for word in words if " " in word or "-" in word), key=len, reverse=True)
    return Table(words, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, several))})" if several else r"(?!)"))


def concepts_of(text: str, language: str) -> list[int]:
    """The numbers of the concepts that are named, each once; [] in a language without words."""
    if language not in LANGUAGES:
        return []
    table, line = table_of(language), text.lower()
    if language == "zh":
        return sorted(set(_of_han(line, table.words)))
    found = {number for match in table.phrases.finditer(line) for number in table.words[match.group()]}
    for word in WORD.findall(line):
        found.update(_of_word(word, language, table.words))
    return sorted(found)


def rows_of_concepts(texts: Sequence[str], languages: Sequence[str]) -> NDArray[np.float32]:
    """ROOM columns of named concepts and WIDTH of where they stand in the space of vectors; each part of length 1."""
    named = np.zeros((len(texts), ROOM), dtype=np.float32)
    for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
        numbers = concepts_of(text, language)
        if numbers:
            named[row, numbers] = 1 / np.sqrt(len(numbers))
    places = named[:, : len(rows())] @ _places()
    places /= np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)
    return np.hstack([named, places.astype(np.float32)])


@cache
def _places() -> NDArray[np.float32]:
    found = embed([row[1].replace(",", " ") for row in rows()])
    assert found.shape == (len(rows()), WIDTH)
    return found


def _of_word(word: str, language: str, words: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    whole = _of_start(word, words, language)
    if language != "da" or len(word) < COMPOUND:
        return whole
    for at in range(SHORTEST, len(word) - LAST_PART + 1):
        last = word[at:]
        part = next((last[:size] for size in range(len(last), LAST_PART - 1, -1) if last[:size] in words), None)
        if part is not None:
            return whole + words[part]
    return whole


def _of_start(word: str, words: dict[str, tuple[int, ...]], language: str) -> tuple[int, ...]:
    """The concepts of the longest stem that begins the word."""
    for size in range(len(word), 0, -1):
        stem = word[:size]
        if stem in words and (size >= OPEN_FROM.get(language, 5) or len(word) - size <= ENDINGS.get(size, 0)):
            return words[stem]
    return ()


def _of_han(line: str, words: dict[str, tuple[int, ...]]) -> list[int]:
    found: list[int] = []
    at = 0
    while at < len(line):
        size = next((size for size in range(LONGEST_HAN, 0, -1) if line[at : at + size] in words), 0)
        if size:
            found += words[line[at : at + size]]
        at += max(size, 1)
    return found
