"""Which part of a note or mail are the customer's own words."""

import re

QUOTED = re.compile(r"^\s*>\s?(.*)$", re.MULTILINE)
_IDEOGRAPHS = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")
FEWEST_LETTERS = 12
FEWEST_IDEOGRAPHS = 5
LONGEST = 5000


def words_of(text: str, *, is_ours: bool = False) -> str:
    """What the customer said: the lines that begin with ">" where there are such, else all of it.

    `is_ours`: a colleague wrote the text, so that only marked lines count. Empty for a greeting or less.
    """
    marked = "\n".join(line.strip() for line in QUOTED.findall(text)).strip()
    words = marked or ("" if is_ours else text.strip())
    return words[:LONGEST] if is_enough(words) else ""


def is_enough(text: str) -> bool:
    """More than "ok" or "thanks"."""
    letters = sum(letter.isalpha() for letter in text)
    return letters >= FEWEST_LETTERS or len(_IDEOGRAPHS.findall(text)) >= FEWEST_IDEOGRAPHS
