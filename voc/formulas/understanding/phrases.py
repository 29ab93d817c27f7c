"""Turns of phrase that speak well or ill of software and its makers: "within the hour", "for the third time", "nobody
answers". A table of patterns per language, `voc/data/phrases_<language>.tsv`, written for this product.

A pattern is words with one space between: `work*` is any ending, `_` none to two words, `<n>` a number in digits or
letters, `<s>` seconds or minutes, `<t>` any span of time. Of the patterns that fit at one place the longest counts.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from voc.formulas.understanding.lexicons import DATA, Hit

NUMBER = (
    r"an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred"
    r"|few|several|some|couple of|\d+"
)
KINDS = {
    "<n>": f"(?:{NUMBER})",
    "<s>": "(?:seconds?|minutes?)",
    "<t>": "(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)",
}
LETTER = r"[\w'-]"
WORD = re.compile(r"[\w'/-]+|:\)|:\(|👍|👎")
IS_NUMBER = re.compile(NUMBER)
KEY = 3  # letters by which patterns that begin with a stem are looked up


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row of the table."""

    expression: re.Pattern[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Table:
    """The patterns of a language by what their first word is: a word, the start of one, a number."""

    words: dict[str, list[Pattern]]
    stems: dict[str, list[Pattern]]
    numbers: list[Pattern]

    def of(self, word: str) -> list[Pattern]:
        """Those that may begin at this word."""
        found = self.words.get(word, []) + self.stems.get(word[:KEY], [])
        return found + self.numbers if IS_NUMBER.fullmatch(word) else found


@cache
def has_phrases(language: str) -> bool:
    """Is there a table?"""
    return (DATA / f"phrases_{language}.tsv").exists()


@cache
def table_of(language: str) -> Table:
    """Read once per process; empty for a language without a table."""
    words: dict[str, list[Pattern]] = defaultdict(list)
    stems: dict[str, list[Pattern]] = defaultdict(list)
    numbers: list[Pattern] = []
    path = DATA / f"phrases_{language}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    for line in lines:
        phrase, weight = line.split("\t")
        pattern = Pattern(expression_of(phrase), float(weight))
        first = phrase.split(" ", 1)[0]
        if first in KINDS:
            numbers.append(pattern)
        elif first.endswith("*"):
            stems[first[:KEY]].append(pattern)
        else:
            words[first].append(pattern)
    return Table(dict(words), dict(stems), numbers)


def expression_of(phrase: str) -> re.Pattern[str]:
    """A row of the table as an expression over small letters."""
    parts: list[str] = []
    for at, token in enumerate(phrase.split(" ")):
        if token == "_":  # noqa: S105 - a place for words
            parts.append(rf"(?:\s+{LETTER}+){{0,2}}")
            continue
        parts.append(r"\s+" if at else "")
        if token in KINDS:
            parts.append(KINDS[token])
        else:
            parts.append(re.escape(token[:-1]) + rf"{LETTER}*" if token.endswith("*") else re.escape(token))
    return re.compile("".join(parts) + rf"(?!{LETTER})")


def phrases_of(text: str, language: str) -> list[Hit]:
    """What was found, in the order of the text: start, end, weight; none overlaps another."""
    table = table_of(language)
    line = text.lower().replace("’", "'")
    if len(line) != len(text):  # a few letters grow when made small, and places would slip
        line = text.replace("’", "'")
    found: list[Hit] = []
    end = 0
    for word in WORD.finditer(line):
        if word.start() < end:
            continue
        fits = [(one.expression.match(line, word.start()), one.weight) for one in table.of(word.group())]
        longest = max(((match.end(), weight) for match, weight in fits if match), default=None)
        if longest is not None:
            end = longest[0]
            found.append((word.start(), end, longest[1]))
    return found
