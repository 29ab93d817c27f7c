"""Responses read as columns."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Case, Q, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from voc.formulas.definitions import BadDefinition, Definition, Question, read_definition
from voc.formulas.measures import Scale, scale_of
from voc.formulas.results.sheet import (
    NONE,
    Array,
    Codes,
    Sheet,
    coded,
    empty_column,
    encode,
    merge_questions,
)
from voc.models import Answer, Response, Survey
from voc.selectors.results.scope import Scope

COLUMNS = (
    *("id", "state", "score", "day_at", "seconds", "is_complete", "seen"),
    *("segment", "persona", "stage", "language", "wave", "link_word"),
)
DIMENSIONS_AT = {name: COLUMNS.index(name) for name in ("segment", "persona", "stage", "language", "wave")} | {
    "link": COLUMNS.index("link_word")
}
State = Response.State


@dataclass(frozen=True)
class Questionnaire:
    """What a survey asks and asked: the questions of all versions, and the scale of its headline (None: no score)."""

    questions: tuple[Question, ...]
    scale: Scale | None
    headline: Question | None


def questionnaire_of(survey: Survey) -> Questionnaire:
    """The questions of all versions, the newest first; one query. A version that cannot be read is left out."""
    definitions: list[Definition] = []
    for raw in survey.versions.order_by("-number").values_list("definition", flat=True):
        try:
            definitions.append(read_definition(raw))
        except BadDefinition:
            continue
    questions = merge_questions(definitions)
    headline = definitions[0].headline if definitions else None
    scale = scale_of(headline.type, headline.scale) if headline else None
    return Questionnaire(questions, scale, headline)


def load_rows(scope: Scope, only: Q | None = None) -> list[tuple[Any, ...]]:
    """Responses that count or were left half-way; one query."""
    rows = Response.objects.filter(scope.condition(), version__survey=scope.survey).order_by()
    rows = rows.filter(state__in=[State.CONFIRMED, State.PARTIAL])
    if only is not None:
        rows = rows.filter(only)
    return list(
        rows.annotate(
            day_at=Coalesce("submitted_at", "started_at"),
            wave=Coalesce(Cast("invitation__wave_id", TextField()), Value(""), output_field=TextField()),
            link_word=Coalesce(Cast("link_id", TextField()), Value(""), output_field=TextField()),
        ).values_list(*COLUMNS)
    )


def load_answers(scope: Scope, only: Q | None = None) -> Iterable[tuple[Any, ...]]:
    """(response, question, number, has words, choices) of the same responses; one query."""
    rows = Answer.objects.filter(scope.condition("response__"), response__version__survey=scope.survey).order_by()
    rows = rows.filter(response__state__in=[State.CONFIRMED, State.PARTIAL])
    if only is not None:
        rows = rows.filter(only)
    has_words = Case(When(text="", then=Value(False)), default=Value(True))
    return rows.values_list("response_id", "question_id", "number", has_words, "choices").iterator(chunk_size=20_000)


def sheet_from(
    rows: Sequence[tuple[Any, ...]], answers: Iterable[tuple[Any, ...]], questions: Sequence[Question]
) -> Sheet:
    """The columns of some responses and their answers."""
    size = len(rows)
    place_of = {row[0]: place for place, row in enumerate(rows)}
    order = {question.id: place for place, question in enumerate(questions)}
    values: dict[str, tuple[list[int], list[Any]]] = defaultdict(lambda: ([], []))
    by_id = {question.id: question for question in questions}
    for response_id, question_id, number, has_words, choices in answers:
        place, question = place_of.get(response_id), by_id.get(question_id)
        if place is None or question is None:
            continue
        value = encode(question, number, has_words, choices)
        if value is not None:
            values[question_id][0].append(place)
            values[question_id][1].append(value)
    columns: dict[str, Array] = {}
    for question in questions:
        column = empty_column(question, size)
        if question.id in values:
            places, found = values[question.id]
            column[places] = np.array(found, dtype=column.dtype)
        columns[question.id] = column
    seen = {question.id: np.zeros(size, dtype=bool) for question in questions}
    last = np.full(size, NONE, dtype=np.int16)
    shown: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for question_id in row[6]:
            shown[question_id].append(place)
        if row[6]:
            last[place] = max((order.get(question_id, NONE) for question_id in row[6]), default=NONE)
    for question_id, places in shown.items():
        if question_id in seen:
            seen[question_id][places] = True
    return Sheet(
        is_confirmed=np.fromiter((row[1] == State.CONFIRMED for row in rows), dtype=bool, count=size),
        score=np.fromiter((NONE if row[2] is None else row[2] for row in rows), dtype=np.int16, count=size),
        day=np.fromiter((row[3].toordinal() for row in rows), dtype=np.int32, count=size),
        seconds=np.fromiter((NONE if row[4] is None else row[4] for row in rows), dtype=np.int32, count=size),
        is_complete=np.fromiter((row[5] for row in rows), dtype=bool, count=size),
        last=last,
        dimensions={name: coded([row[at] for row in rows]) for name, at in DIMENSIONS_AT.items()},
        answers=columns,
        seen=seen,
    )


def joined(first: Sheet, second: Sheet) -> Sheet:
    """Two sheets of the same questions, one below the other."""
    if not len(second):
        return first
    if not len(first):
        return second
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("is_confirmed", "score", "day", "seconds", "is_complete", "last")
    }
    return Sheet(
        **columns,
        dimensions={name: _joined(one, second.dimensions[name]) for name, one in first.dimensions.items()},
        answers={name: np.concatenate([one, second.answers[name]]) for name, one in first.answers.items()},
        seen={name: np.concatenate([one, second.seen[name]]) for name, one in first.seen.items()},
    )


def _joined(first: Codes, second: Codes) -> Codes:
    labels = tuple(sorted({*first.labels, *second.labels}))
    moved = [
        np.array([labels.index(label) for label in one.labels] or [0], dtype=np.int32)[one.codes]
        for one in (first, second)
    ]
    return Codes(np.concatenate(moved), labels)
