"""Which language a text is in: py3langid (BSD-3) for long texts, the writing system for Chinese and Japanese, what the
person set for short ones, else the likelier of the languages that can be read."""

from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = ("en", "da", "zh", "de", "fr", "es", "it", "nl", "pt", "sv", "no", "fi", "pl", "ja", "ko")
ENOUGH_LETTERS = 25
SHORT_SURE = 0.5
READ_HERE = ("en", "da")
NEIGHBOURS = ("no", "sv")  # of Danish, in a few words
SURE, POSSIBLE = 0.8, 0.1  # below SURE a declared language, or Danish for Norwegian, that is POSSIBLE goes first
HAN_SHARE = 0.3


def short(code: str) -> str:
    """`zh-hans` and `en-GB` as the two letters that texts and lexicons are kept under."""
    return code.replace("_", "-").split("-")[0].lower() or "en"


@cache
def identifier() -> Any:
    """The model, read at the first question (100 MB: a worker's business, not a page's)."""
    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    made.set_languages(list(LANGUAGES))
    return made


def language_of(text: str, *, declared: str = "") -> str:
    """Two letters. Short or doubtful texts keep the declared language; "" for a text without letters."""
    letters = [char for char in text if char.isalpha()]
    han = sum("\u4e00" <= char <= "\u9fff" for char in letters)
    kana = sum("\u3040" <= char <= "\u30ff" for char in letters)
    if letters and not kana and han / len(letters) >= HAN_SHARE:
        return "zh"
    if not letters or (len(letters) < ENOUGH_LETTERS and declared):
        return short(declared) if declared else ""
    if kana:
        return "ja"
    ranked = dict(identifier().rank(text))
    best = str(max(ranked, key=lambda code: ranked[code]))
    if len(letters) < ENOUGH_LETTERS:
        return _of_few(best, ranked)
    for likely in (short(declared) if declared else "", "da" if best == "no" else ""):
        if ranked[best] < SURE and ranked.get(likely, 0) >= POSSIBLE:
            return likely
    return best


def _of_few(best: str, ranked: dict[str, float]) -> str:
    """A few words: another language only when the model is sure of it."""
    if best in READ_HERE or (ranked[best] >= SHORT_SURE and best not in NEIGHBOURS):
        return best
    return max(READ_HERE, key=lambda code: ranked[code])
