"""What a published version asks, read once a process: the database refuses to change it."""

from voc.formulas.checks import seconds_to_answer
from voc.formulas.definitions import Definition, read_definition
from voc.models import SurveyVersion

MOST_KEPT = 500
_known: dict[tuple[int, str], tuple[Definition, int]] = {}


def definition_of(version: SurveyVersion) -> Definition:
    """The definition of a version."""
    return _read(version)[0]


def seconds_of(version: SurveyVersion) -> int:
    """How long answering it takes."""
    return _read(version)[1]


def _read(version: SurveyVersion) -> tuple[Definition, int]:
    key = (version.pk, version.published_at.isoformat())
    found = _known.get(key)
    if found is None:
        if len(_known) >= MOST_KEPT:
            _known.clear()
        definition = read_definition(version.definition)
        found = _known[key] = (definition, seconds_to_answer(definition))
    return found
