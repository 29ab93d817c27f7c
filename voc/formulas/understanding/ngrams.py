"""Words and letters as numbers: hashed n-grams, with the place in the text that each comes from."""

import re
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIZE = 1 << 16
WORD = re.compile(r"[^\W\d_][\w'’-]*|\d+|[!?]+|[^\w\s]", re.UNICODE)
HAN = "zh"
LONGEST = 2000  # characters that are read


def _hash(gram: str) -> int:
    return zlib.crc32(gram.encode()) & (SIZE - 1)


@lru_cache(maxsize=60_000)
def _of_word(word: str) -> tuple[int, ...]:
    """The word itself and its parts of three to five letters."""
    padded = f"<{word}>"
    grams = {f"w:{word}"}
    if word[0].isalpha():
        grams |= {padded[at : at + size] for size in (3, 4, 5) for at in range(len(padded) - size + 1)}
    return tuple({_hash(gram) for gram in grams})


@lru_cache(maxsize=60_000)
def _of_pair(first: str, second: str) -> int:
    return _hash(f"p:{first} {second}")


def grams_of(text: str, language: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Ids of the n-grams with start and end of where they stand: words, their parts and pairs; in Chinese one to four
    characters."""
    text = text[:LONGEST]
    return _of_han(text) if language == HAN else _of_words(text)


def _of_words(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    ids: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    last, last_start = "<s>", 0
    for found in WORD.finditer(text):
        word, start, end = found.group().lower(), found.start(), found.end()
        grams = _of_word(word)
        ids += grams
        ids.append(_of_pair(last, word))
        starts += [start] * len(grams)
        starts.append(last_start)
        ends += [end] * (len(grams) + 1)
        last, last_start = word, start
    if ids:
        ids.append(_of_pair(last, "</s>"))
        starts.append(last_start)
        ends.append(ends[-1])
    return np.array(ids, np.int64), np.array(starts, np.int64), np.array(ends, np.int64)


def _of_han(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    kept = [(at, char.lower()) for at, char in enumerate(text) if not char.isspace()]
    line = "".join(char for _at, char in kept)
    ids: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for size in (1, 2, 3, 4):
        for at in range(len(line) - size + 1):
            ids.append(_of_pair("han", line[at : at + size]))
            starts.append(kept[at][0])
            ends.append(kept[at + size - 1][0] + 1)
    return np.array(ids, np.int64), np.array(starts, np.int64), np.array(ends, np.int64)
