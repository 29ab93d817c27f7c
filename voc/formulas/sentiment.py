"""Sentiment in -1..1 with the words that it rests on; None where this installation has no lexicon for the language."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from voc.formulas.lexicons import LEXICONS, NEGATIONS

Span = tuple[int, int, float]
WORD = re.compile(r"[^\W\d_][\w'’-]*")
SPREAD = 15.0
REACH = 3
HAN_REACH = 2
MIXED_FROM = 0.2
# Words that VADER counts as praise and that name things in feedback about software.
THINGS = ("hand", "support", "supports", "supported", "promise", "promised", "promises", "share", "shared", "value")


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`value` None: not rated."""

    value: float | None
    spans: tuple[Span, ...] = ()


NOT_RATED = Sentiment(None)


def sentiment_of(text: str, language: str) -> Sentiment:
    """The mood of a text. English by VADER (Hutto and Gilbert 2014), Danish and Chinese by small lexicons."""
    if language == "en":
        return english(text)
    if language not in LEXICONS:
        return NOT_RATED
    spans = list(han_spans(text, language) if language == "zh" else word_spans(text, language))
    if not spans:
        return NOT_RATED
    total = sum(weight for _start, _end, weight in spans)
    return Sentiment(total / math.sqrt(total * total + SPREAD), tuple(spans))


@cache
def analyzer() -> Any:
    """VADER, read once, without the words that name things here."""
    made = SentimentIntensityAnalyzer()
    for word in THINGS:
        made.lexicon.pop(word, None)
    return made


def english(text: str) -> Sentiment:
    """VADER's compound value; the words are those of its lexicon."""
    lexicon = analyzer().lexicon
    spans = tuple(
        (found.start(), found.end(), float(lexicon[found.group().lower()]))
        for found in WORD.finditer(text)
        if found.group().lower() in lexicon
    )
    return Sentiment(float(analyzer().polarity_scores(text)["compound"]), spans) if spans else NOT_RATED


def word_spans(text: str, language: str) -> Iterable[Span]:
    """Words of the lexicon (by their stem); one of the words before that negates turns the sign."""
    lexicon, negations = LEXICONS[language], NEGATIONS[language]
    words = list(WORD.finditer(text))
    for index, found in enumerate(words):
        word = found.group().lower()
        stem = next((word[:size] for size in range(len(word), 2, -1) if word[:size] in lexicon), None)
        if stem is None or (len(word) - len(stem) > 4):
            continue
        before = {each.group().lower() for each in words[max(0, index - REACH) : index]}
        yield found.start(), found.end(), lexicon[stem] * (-0.75 if before & negations else 1.0)


def han_spans(text: str, language: str) -> Iterable[Span]:
    """Longest lexicon words first, without overlap; a negation right before turns the sign."""
    lexicon, negations = LEXICONS[language], NEGATIONS[language]
    taken: set[int] = set()
    for word in sorted(lexicon, key=len, reverse=True):
        for found in re.finditer(re.escape(word), text):
            if taken & set(range(*found.span())):
                continue
            taken |= set(range(*found.span()))
            before = text[max(0, found.start() - HAN_REACH) : found.start()]
            is_negated = any(negation in before for negation in negations)
            yield found.start(), found.end(), lexicon[word] * (-0.75 if is_negated else 1.0)


def is_mixed(*, sentiment: float | None, is_low_score: bool, is_high_score: bool = False) -> bool:
    """Words and score disagree: kind words with a low score are never plainly positive, sour ones with a high score
    never plainly negative."""
    if sentiment is None:
        return False
    return (is_low_score and sentiment > 0) or (is_high_score and sentiment < -MIXED_FROM)
