"""Which responses a page is about: months and dimensions, and whether asking for them would give a small group away."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from voc.formulas.masking_groups import is_safe_filter, is_safe_span, subsets
from voc.formulas.results.sheet import DIMENSIONS, Array, Sheet

MOST_PROTECTED = 4


@dataclass(frozen=True)
class Filters:
    """`start` and `end` are months (year * 12 + month - 1), both included; `words` is {dimension: word}."""

    start: int | None = None
    end: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it keeps everything."""
        return self.start is None and self.end is None and not self.words


def mask_of(sheet: Sheet, filters: Filters) -> Array:
    """The rows that a filter keeps."""
    mask = np.ones(len(sheet), dtype=bool)
    for name, word in filters.words.items():
        mask &= sheet.dimensions[name].is_word(word)
    if filters.start is not None:
        mask &= sheet.months >= filters.start
    if filters.end is not None:
        mask &= sheet.months <= filters.end
    return mask


def is_refused(sheet: Sheet, filters: Filters, *, least: int) -> bool:
    """Whether the filters would show a group below `least`, by themselves or as a difference to another page."""
    if least <= 1 or filters.is_empty:
        return False
    names = [name for name in DIMENSIONS if name in filters.words]
    if len(names) > MOST_PROTECTED:
        return True
    counted = sheet.scored | sheet.is_confirmed
    span = mask_of(sheet, Filters(filters.start, filters.end))
    masks = {name: sheet.dimensions[name].is_word(filters.words[name]) for name in names}
    for within in (counted, counted & span):
        sizes = {}
        for held in subsets(names):
            mask = within.copy()
            for name in held:
                mask &= masks[name]
            sizes[held] = int(mask.sum())
        if not is_safe_filter(sizes, least=least):
            return True
    picked = counted.copy()
    for name in names:
        picked &= masks[name]
    months, numbers = np.unique(sheet.months[picked], return_counts=True)
    sizes_by_month = {int(month): int(number) for month, number in zip(months, numbers, strict=True)}
    if not is_safe_span(sizes_by_month, filters.start, filters.end, least=least):
        return True
    return 0 < int((picked & span).sum()) < least
