"""The form of filters above results."""

from collections.abc import Mapping
from dataclasses import dataclass

from voc.formulas.results.query import BLANK
from voc.formulas.results.sheet import DIMENSIONS
from voc.formulas.results.words import dimension_names, word_of
from voc.selectors.results import Reading


@dataclass(frozen=True)
class Choice:
    """One filter of the form: its options, of which one is set."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str


def choices_of(reading: Reading, names: Mapping[str, str]) -> list[Choice]:
    """What can be filtered by: every word that somebody's response has; dimensions of one word are left out."""
    labels = dimension_names()
    found = []
    for name in DIMENSIONS:
        keys = reading.everything.dimensions[name].labels
        value = reading.filters.words.get(name)
        if len(keys) < 2 and value is None:
            continue
        options = tuple((key or BLANK, word_of(name, key, names)) for key in keys)
        shown = "" if value is None else value or BLANK
        found.append(Choice(name, labels[name], options, shown))
    return found
