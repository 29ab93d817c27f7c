# ruff: noqa: E501 - tables of words
"""A text as numbers for the readers of sentiment: signs by name, its vector, its hashed n-grams."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.formulas.understanding.lexicons import Hit, analyzer, hits_of
from voc.formulas.understanding.ngrams import grams_of
from voc.formulas.understanding.phrases import has_phrases, phrases_of

LANGUAGES = ("en", "da", "zh")
WORD_SIGNS, PHRASE_SIGNS = 17, 14
SIGNS = WORD_SIGNS + PHRASE_SIGNS
SPREAD = 15.0
NO_SHAPE = np.zeros(PHRASE_SIGNS, dtype=np.float32)
CONTRAST: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:[,;.]\s*|\s[-–]\s*|\s)(?:but|however|although|though|yet|except|pity|shame|sadly|unfortunately"
        r"|otherwise|whereas|while|still)\b|\bthough\b|\bonly (?:slow|just)|,\s*just\b|,\s*(?:not so much|when|not)\b",
        re.IGNORECASE,
    ),
    "da": re.compile(
        r"\b(?:men|dog|desværre|ærgerligt|bortset|på nær|selv om|selvom|derimod|hvorimod|siden har|knap så)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("但|不过|可是|可惜|只是|就是|却|然而|虽|除了|，有待|是.{1,3}，"),
}
WISH: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:please|could (?:you|we|i|the)|can (?:you|we|i|the)|would (?:it|like|be (?:nice|great|useful|good|possible))"
        r"|do you|does (?:it|the)|is (?:there|it|the)|are (?:there|the)|how (?:do|can|long|many)|where (?:do|can|is)"
        r"|when (?:is|do|does|will)|which|who|what|suggestion|i'd like|it'd be)\b",
        re.IGNORECASE,
    ),
    "da": re.compile(
        r"\b(?:venligst|kan (?:i|vi|man|jeg|det)|kunne (?:vi|det|i|man)|vil (?:i|gerne)|hvordan|hvornår|hvem|hvor|hvad"
        r"|hvilke\w*|findes der|er der|er det|har i|giver i|send|ring|ønsker|forslag|gerne)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("请|吗|能否|可以|能不能|希望|怎么|什么时候|哪|谁|多少|有没有|建议|麻烦|如果|是否|几"),
}  # fmt: skip
LACK: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:too (?!many thanks)\w+|not enough|no (?:way|option|answer|reply|one|reaction|undo)|nobody|never|should have|could be (?:a lot )?better"
        r"|would have|used to|supposed to|instead|still (?:no|not|waiting)|again|lacks?|missing|without|can'?t|cannot"
        r"|doesn'?t|didn'?t|won'?t|isn'?t|wasn'?t|hardly|barely|needs?|expect(?:ed)?|wait(?:ed|ing)?|twice|by hand|why)\b",
        re.IGNORECASE,
    ),
    "da": re.compile(
        r"\b(?:alt for|for (?:lidt|sent|mange|dyrt|lang\w*|svær\w*|lille|stiv\w*)|ikke|aldrig|ingen|intet|mangl\w*|burde|skulle"
        r"|stadig|igen|vent\w*|plejede|lovede|lovet|kan (?:ikke|man ikke)|hvorfor|dobbelt|i hånden|uden|hverken|før man|i stedet)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("太|不|没|无|还是|又|才|只能|居然|老是|总|等|催|说好|答应|承诺|应该|为什么|反而|根本|缺"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """One text: `signs` and `vector` are dense, `grams` the distinct ids of its n-grams."""

    signs: NDArray[np.float32]
    vector: NDArray[np.float32]
    grams: NDArray[np.int64]
    hits: tuple[Hit, ...]


def features_of(text: str, language: str, vector: NDArray[np.float32]) -> Features:
    """Everything that a reader looks at. Pure."""
    hits = tuple(hits_of(text, language))
    contrast = CONTRAST[language].search(text)
    phrases = phrases_of(text, language)
    both = sorted(
        [*phrases, *(hit for hit in hits if not any(hit[0] < end and at < hit[1] for at, end, _w in phrases))]
    )
    # VADER's words are general ones and have their say in its compound: in English phrases speak alone here.
    shape = _shape(phrases if language == "en" else both, contrast.start() if contrast else None)
    signs = np.concatenate([_signs(text, language, hits, contrast), shape if has_phrases(language) else NO_SHAPE])
    return Features(signs, vector, np.unique(grams_of(text, language)[0]), tuple(both))


def _shape(hits: Sequence[Hit], contrast: int | None) -> NDArray[np.float32]:
    """How what speaks for and what speaks against stand to each other and around a contrast."""
    weights = [weight for _start, _end, weight in hits]
    above = sum(weight for weight in weights if weight > 0)
    below = -sum(weight for weight in weights if weight < 0)
    before = after = 0.0
    if contrast is not None:
        before = sum(weight for start, _end, weight in hits if start < contrast)
        after = sum(weight for start, _end, weight in hits if start >= contrast)
    return np.array(
        [
            math.log1p(above),
            math.log1p(below),
            math.tanh((above - below) / 3),
            (above - below) / (above + below + 2),
            min(above, below) / 3,
            1.0 if not hits else 0.0,
            math.copysign(1, weights[0]) if hits else 0.0,
            math.copysign(1, weights[-1]) if hits else 0.0,
            math.tanh(after / 3),
            math.tanh(before / 3),
            1.0 if before * after < 0 else 0.0,
            1.0 if above and not below else 0.0,
            1.0 if below and not above else 0.0,
            1.0 if above and below else 0.0,
        ],
        dtype=np.float32,
    )


def _signs(text: str, language: str, hits: tuple[Hit, ...], contrast: re.Match[str] | None) -> NDArray[np.float32]:
    above = sum(weight for _s, _e, weight in hits if weight > 0)
    below = -sum(weight for _s, _e, weight in hits if weight < 0)
    total = above - below
    compound = total / math.sqrt(total * total + SPREAD)
    positive, negative = above / (above + below + 4), below / (above + below + 4)
    if language == "en":
        found = analyzer().polarity_scores(text)
        compound, positive, negative = found["compound"], found["pos"], found["neg"]
    last = 0.0
    if contrast is not None:
        last = sum(weight for start, _end, weight in hits if start >= contrast.start())
    return np.array(
        [
            compound,
            positive,
            negative,
            max(compound, 0.0) ** 2,
            min(compound, 0.0) ** 2,
            abs(compound),
            1.0 if not hits else 0.0,
            math.log1p(above),
            math.log1p(below),
            1.0 if contrast is not None else 0.0,
            math.tanh(last / 3),
            1.0 if text.rstrip(" )\"'").endswith(("?", "？")) else 0.0,  # a question
            1.0 if "!" in text or "！" in text else 0.0,
            1.0 if WISH[language].search(text) else 0.0,
            min(len(LACK[language].findall(text)), 3) / 2,
            math.log1p(len(text)) / 5,
            min(above, below) / 3,
        ],
        dtype=np.float32,
    )
