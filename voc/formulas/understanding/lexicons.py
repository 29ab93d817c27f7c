"""Words with a weight: VADER's for English (Hutto and Gilbert 2014) with words of software, own tables for Danish and
Chinese."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

DATA = Path(__file__).resolve().parents[2] / "data"
Hit = tuple[int, int, float]
WORD = re.compile(r"[^\W\d_][\w'’-]*")
TURNED = -0.75
REACH = 3
HAN_REACH = 3
LONGEST_ENDING = 4
# Words that VADER counts as praise and that name things in feedback about software.
THINGS = (
    "hand", "support", "supports", "supported", "promise", "promised", "promises", "share", "shared", "value", "save",
    "saving", "like", "please", "help", "number", "numbers", "free", "clear", "certain", "matter", "credit", "interest",
)  # fmt: skip
NEGATIONS: dict[str, frozenset[str]] = {
    "da": frozenset({"ikke", "aldrig", "ingen", "intet", "hverken", "uden", "næppe", "færre", "mindre"}),
    "zh": frozenset({"不", "没", "未", "别", "无", "少"}),
}


@cache
def analyzer() -> Any:
    """VADER, read once, with the words of this field and without those that name things here."""
    made = SentimentIntensityAnalyzer()
    made.lexicon.update(words_of("en"))
    for word in THINGS:
        made.lexicon.pop(word, None)
    return made


@cache
def words_of(language: str) -> dict[str, float]:
    """The table of one language: stems in Danish, words in Chinese."""
    lines = (DATA / f"lexicon_{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {word: float(weight) for word, weight in (line.split("\t") for line in lines)}


def hits_of(text: str, language: str) -> list[Hit]:
    """What carries weight, in the order of the text: start, end, weight in -4..4, turned after a negation."""
    if language == "en":
        lexicon = analyzer().lexicon
        return [
            (found.start(), found.end(), float(lexicon[found.group().lower()]))
            for found in WORD.finditer(text)
            if found.group().lower() in lexicon
        ]
    if language == "zh":
        return sorted(_han_hits(text))
    return sorted(_word_hits(text, language)) if language in NEGATIONS else []


@cache
def _phrases(language: str) -> re.Pattern[str]:
    phrases = sorted((word for word in words_of(language) if " " in word), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, phrases)) + r")\w*", re.IGNORECASE)


def _word_hits(text: str, language: str) -> Iterator[Hit]:
    lexicon, negations = words_of(language), NEGATIONS[language]
    taken: set[int] = set()
    for found in _phrases(language).finditer(text):
        phrase = next(found.group().lower()[:size] for size in range(len(found.group()), 0, -1)
                      if found.group().lower()[:size] in lexicon)  # fmt: skip
        taken |= set(range(*found.span()))
        yield found.start(), found.end(), lexicon[phrase]
    words = list(WORD.finditer(text))
    for index, found in enumerate(words):
        word = found.group().lower()
        if found.start() in taken:
            continue
        shortest = max(3, len(word) - LONGEST_ENDING)
        stem = next((word[:size] for size in range(len(word), shortest - 1, -1) if word[:size] in lexicon), None)
        if stem is None:
            continue
        before = {each.group().lower() for each in words[max(0, index - REACH) : index]}
        yield found.start(), found.end(), lexicon[stem] * (TURNED if before & negations else 1.0)


@cache
def _han() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words_of("zh"), key=len, reverse=True))))


def _han_hits(text: str) -> Iterator[Hit]:
    lexicon, negations = words_of("zh"), NEGATIONS["zh"]
    for found in _han().finditer(text):
        before = text[max(0, found.start() - HAN_REACH) : found.start()]
        is_turned = any(negation in before for negation in negations) and found.group()[0] not in negations
        yield found.start(), found.end(), lexicon[found.group()] * (TURNED if is_turned else 1.0)
