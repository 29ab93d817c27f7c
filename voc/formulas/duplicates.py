"""Was it said before? Equal texts are found by a fingerprint, alike ones by the shares of letters in a row.

Over-merging is the risk: what is equal counts as a mention by itself when it is long enough to be no accident; what is
only alike is proposed to a person.
"""

import hashlib
import unicodedata
from functools import lru_cache

WITHIN_DAYS = 30
ALIKE_FROM = 0.6
LONG_ENOUGH = 20
LONG_ENOUGH_IDEOGRAPHS = 8
_RUN = 4
_RUN_IDEOGRAPHS = 2


def plain(text: str) -> str:
    """Letters and digits alone, in one case and one width."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def fingerprint(text: str) -> int:
    """64 bits (signed) that are equal for texts that differ in case, spaces, width and punctuation alone."""
    # SECURITY: not a secret; a fast hash that nobody collides by accident.
    return int.from_bytes(hashlib.blake2b(plain(text).encode(), digest_size=8).digest(), "big", signed=True)


def is_telling(text: str) -> bool:
    """Long enough that two people do not write it by accident: "ok" and "thanks, all good" are said by many."""
    letters = plain(text)
    if sum(_is_ideograph(letter) for letter in letters) * 2 > len(letters):
        return len(letters) >= LONG_ENOUGH_IDEOGRAPHS
    return len(letters) >= LONG_ENOUGH


def likeness(one: str, other: str) -> float:
    """0 to 1: which share of their runs of four letters (two in Chinese) both texts have (Jaccard).

    Symmetric; 1 for texts with equal fingerprints; 0 where one has no letters.
    """
    mine, theirs = _runs(one), _runs(other)
    if not mine or not theirs:
        return 0.0
    both = len(mine & theirs)
    return both / (len(mine) + len(theirs) - both)


def is_alike(one: str, other: str) -> bool:
    """Likely the same thing said twice: worth asking a person."""
    return is_telling(one) and is_telling(other) and likeness(one, other) >= ALIKE_FROM


@lru_cache(maxsize=512)
def _runs(text: str) -> frozenset[str]:
    letters = plain(text)
    size = _RUN_IDEOGRAPHS if sum(_is_ideograph(letter) for letter in letters) * 2 > len(letters) else _RUN
    if len(letters) <= size:
        return frozenset({letters} if letters else ())
    return frozenset(letters[at : at + size] for at in range(len(letters) - size + 1))


def _is_ideograph(letter: str) -> bool:
    return "\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af"
