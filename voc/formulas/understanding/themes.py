"""What a text is about, by keywords, with the place in the text that says so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Tag:
    """One theme found: its id and the first evidence in the text, as offsets."""

    theme_id: int
    start: int
    end: int
    hits: int


@lru_cache(maxsize=512)
def pattern(words: tuple[str, ...], language: str) -> re.Pattern[str]:
    """One expression for all keywords of a theme: stems at word starts, anywhere in Chinese."""
    joined = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(joined if language == "zh" else rf"\b(?:{joined})\w*", re.IGNORECASE)


def tags_of(text: str, language: str, themes: Iterable[tuple[int, Mapping[str, Sequence[str]]]]) -> list[Tag]:
    """Themes of a text, the strongest first: most often named, then in most letters, then first in the text.

    `themes`: (id, {language: keywords}).
    """
    ranked = []
    for theme_id, keywords in themes:
        words = tuple(keywords.get(language, ()))
        found = list(pattern(words, language).finditer(text)) if words else []
        if found:
            letters = sum(match.end() - match.start() for match in found)
            ranked.append((letters, Tag(theme_id, found[0].start(), found[0].end(), len(found))))
    ranked.sort(key=lambda pair: (-pair[1].hits, -pair[0], pair[1].start, pair[1].theme_id))
    return [tag for _letters, tag in ranked]
