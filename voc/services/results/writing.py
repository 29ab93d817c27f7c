"""Results as CSV, Excel and PDF: the figures of the page, and the answers behind them where they may be seen."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from team.clock import now
from ui.csv import BOM, neutral
from ui.formats import moment, percent
from voc.formulas.definitions import SCALED, WRITING, Question, text_in
from voc.formulas.measures import Measured
from voc.formulas.results.drawing import driver_name, option_words
from voc.formulas.results.query import Query
from voc.formulas.results.questions import QuestionResult
from voc.formulas.results.words import (
    change_words,
    dimension_names,
    scale_name,
    scale_words,
    stretch_name,
    test_name,
    word_of,
    write_change,
)
from voc.models import Answer, Response
from voc.selectors.results import Overview, Rates, Reading, read_overview, read_rates
from voc.selectors.results.bias import read_bias
from voc.selectors.results.details import read_drivers, read_questions, response_condition
from voc.services.results.printing import print_pages

# What a workbook is made of: slow to load, and few ask for one.
EXCEL = ("openpyxl.Workbook", "openpyxl.cell.WriteOnlyCell", "openpyxl.styles.Font")
TELL_EVERY_SECONDS = 1.0
CHUNK = 2_000
Row = Sequence[Any]


class Told:
    """Tells how many rows are written, at most once a second."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self.tell = tell
        self.told_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self.told_at >= TELL_EVERY_SECONDS:
            self.told_at = time.monotonic()
            self.tell(done, total)


def tell_nobody(done: int, total: int) -> None:
    """For files that are made at once."""


@dataclass(frozen=True)
class Block:
    """One table of figures under its heading."""

    title: str
    head: Row
    rows: Sequence[Row]
    note: str = ""


def write_file(reading: Reading, kind: str, *, tell: Callable[[int, int], None] = tell_nobody) -> bytes:
    """The file of a kind (csv, xlsx, pdf). Raises CannotBePrinted where PDFs cannot be drawn."""
    rates = read_rates(reading)
    overview = read_overview(reading, rates)
    blocks = blocks_of(reading, overview, rates)
    if kind == "pdf":
        return print_pages(reading, overview, rates, blocks)
    return _xlsx(reading, blocks, tell) if kind == "xlsx" else _csv(reading, blocks, tell)


def blocks_of(reading: Reading, overview: Overview, rates: Rates) -> list[Block]:
    """Every figure of the pages, in their order. Numbers stay numbers."""
    return [
        _headline(reading, overview, rates),
        *_trend(reading, overview),
        *_tables(reading, overview),
        *_questions(reading),
        *_drivers(reading),
        *_bias(reading),
    ]


def _cells(found: Measured) -> list[Any]:
    return [_round(found.value), _round(found.low), _round(found.high), found.n]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _head(first: str) -> list[str]:
    return [first, _("Value"), _("from"), _("to"), "n"]


def _headline(reading: Reading, overview: Overview, rates: Rates) -> Block:
    scale = reading.asked.scale
    rows: list[Row] = []
    if scale is not None and overview.headline is not None:
        rows.append([scale_name(scale), *_cells(overview.headline)])
        if overview.headline.top is not None:
            top = overview.headline.top
            name = _("Share of %(scores)s") % {"scores": f"{scale.high - 1}-{scale.high}"}
            rows.append([name, *(_round(end) for end in (top.value, top.low, top.high)), top.n])
    answered, complete = rates.answered, rates.complete
    rows += [
        [_("Response rate"), *(_round(end) for end in (answered.value, answered.low, answered.high)), answered.n],
        [_("Completed"), *(_round(end) for end in (complete.value, complete.low, complete.high)), complete.n],
        [_("Median seconds"), rates.seconds, None, None, None],
        [_("Confirmed answers"), rates.confirmed, None, None, None],
        [_("Left half-way"), rates.partial, None, None, None],
        [_("Provisional, not counted"), rates.provisional, None, None, None],
        [_("Machines, not counted"), rates.machine, None, None, None],
    ]
    note = scale_words(scale) if scale is not None else ""
    if reading.is_refused or reading.is_too_small:
        note = _("Too few people to show figures.")
    return Block(_("Headline"), _head(_("Figure")), rows, note)


def _trend(reading: Reading, overview: Overview) -> Iterator[Block]:
    scale, trend = reading.asked.scale, overview.trend
    if scale is None or trend is None or not trend.points:
        return
    rows = [[stretch_name(point.start, trend.step), *_cells(point.measured)] for point in trend.points]
    note = ""
    if len(trend.points) > 1:
        note = change_words(scale, trend.change, stretch_name(trend.points[-2].start, trend.step))
    yield Block(_("Trend"), _head(_("Period")), rows, note)


def _tables(reading: Reading, overview: Overview) -> Iterator[Block]:
    labels = dimension_names()
    for name, table in overview.tables.items():
        rows = [[word_of(name, group.key, reading.names), *_cells(group.measured)] for group in table.groups]
        note = _("%(n)s answers in small groups are not shown apart") % {"n": table.unseen} if table.unseen else ""
        yield Block(_("By %(what)s") % {"what": labels[name].lower()}, _head(labels[name]), rows, note)


def _questions(reading: Reading) -> Iterator[Block]:
    language = get_language() or "en"
    found = read_questions(reading)
    if found:
        rows = [[text_in(one.question.text, language), one.seen, one.answered, one.left] for one in found]
        yield Block(_("Where people leave"), [_("Question"), _("Saw it"), _("Answered"), _("Left here")], rows)
    for one in found:
        yield from _question(one, language)


def _question(found: QuestionResult, language: str) -> Iterator[Block]:
    title = text_in(found.question.text, language)
    if found.is_hidden:
        yield Block(title, [], [], _("Too few people to show figures."))
    elif found.measured is not None and found.measured.n:
        scale, counts = found.measured.scale, found.measured.counts or {}
        rows: list[Row] = [[score, counts.get(score, 0)] for score in range(scale.low, scale.high + 1)]
        note = f"{scale_name(scale)}: {_round(found.measured.value)} (n {found.measured.n})"
        yield Block(title, [_("Number"), _("Answers")], rows, note)
    elif found.choices:
        shares = [
            [option_words(found, one.id, language), one.count, _round(one.share.value), *_ends(one.share)]
            for one in found.choices
        ]
        yield Block(title, [_("Answer"), _("Answers"), _("Share"), _("from"), _("to")], shares)
    elif found.ranking:
        places = [
            [found.question.option_text(one.id, language), _round(one.place.value), *_ends(one.place), one.place.n]
            for one in found.ranking
        ]
        yield Block(title, _head(_("Answer")), places, _("mean place, 1 is first"))
    elif found.matrix is not None:
        columns = found.question.columns
        cells = [
            [text_in(row.text, language), *(found.matrix[row.id].get(column.id, 0) for column in columns)]
            for row in found.question.rows
        ]
        yield Block(title, ["", *(text_in(column.text, language) for column in columns)], cells)


def _ends(interval: Any) -> list[float | None]:
    return [_round(interval.low), _round(interval.high)]


def _drivers(reading: Reading) -> Iterator[Block]:
    language = get_language() or "en"
    scale = reading.asked.scale
    drivers = read_drivers(reading, language)
    if not drivers or scale is None:
        return
    rows = [
        [
            driver_name(one, reading.asked.questions, language),
            write_change(scale, one.difference.value),
            write_change(scale, one.difference.low),
            write_change(scale, one.difference.high),
            one.n,
            round(one.p, 4),
        ]
        for one in drivers
    ]
    note = _("Association, not cause. %(test)s, p corrected (Holm).") % {"test": test_name(drivers[0].difference.test)}
    yield Block(_("What goes together with the score"), [*_head(_("Who said")), "p"], rows, note)


def _bias(reading: Reading) -> Iterator[Block]:
    sides = read_bias(reading)
    if not sides:
        return
    labels, names = dimension_names(), reading.names
    rows = [
        [
            f"{labels[one.kind]}: {word_of(one.kind, one.key, names)}",
            *(_round(end) for end in (one.answered.value, one.answered.low, one.answered.high)),
            one.asked,
            round(one.p, 4),
        ]
        for one in sides
    ]
    yield Block(_("Who answered, who was asked"), [*_head(_("Group")), "p"], rows)


def answer_rows(reading: Reading, tell: Callable[[int, int], None]) -> Iterator[Row]:
    """One row per response that counts, oldest first; the head comes first.

    SECURITY: none for an anonymous survey or a department member: a row is a group of one.
    """
    if reading.scope.is_protected:
        return
    questions = reading.asked.questions
    language = get_language() or "en"
    people = [_("Account"), _("Person")] if reading.scope.names_people else []
    labels = dimension_names()
    plain = [labels[name] for name in ("segment", "persona", "stage", "language")]
    head = [_("Answered"), *people, *plain, _("Score"), _("Seconds"), _("Complete")]
    yield [*head, *(text_in(question.text, language) or question.id for question in questions)]
    rows = Response.objects.counted().filter(reading.scope.condition(), response_condition(reading.filters))
    rows = rows.filter(version__survey=reading.scope.survey).order_by("submitted_at", "pk")
    total = int(reading.sheet.is_confirmed.sum())
    columns = ("pk", "submitted_at", "account__name", "contact__name", "segment", "persona", "stage", "language")
    done = 0
    chunk: list[tuple[Any, ...]] = []
    for row in rows.values_list(*columns, "score", "seconds", "is_complete").iterator(chunk_size=CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from _answered(chunk, questions, bool(people), language)
            done, chunk = done + len(chunk), []
            tell(done, total)
    yield from _answered(chunk, questions, bool(people), language)


def _answered(
    chunk: Sequence[tuple[Any, ...]], questions: Sequence[Question], with_people: bool, language: str
) -> Iterator[Row]:
    found: dict[int, dict[str, str | float]] = {}
    by_id = {question.id: question for question in questions}
    for answer in Answer.objects.filter(response__in=[row[0] for row in chunk]):
        question = by_id.get(answer.question_id)
        if question is not None:
            found.setdefault(answer.response_id, {})[answer.question_id] = _said(question, answer, language)
    for pk, at, account, contact, *rest in chunk:
        people = [account or "", contact or ""] if with_people else []
        yield [at, *people, *rest, *(found.get(pk, {}).get(question.id, "") for question in questions)]


def _said(question: Question, answer: Answer, language: str) -> str | float:
    if question.type in SCALED:
        return "" if answer.number is None else int(answer.number)
    if question.type in WRITING:
        return answer.text
    if isinstance(answer.choices, dict):
        pairs = answer.choices.items()
        return "; ".join(f"{question.option_text(a, language)}: {question.option_text(b, language)}" for a, b in pairs)
    return "; ".join([*(question.option_text(one, language) for one in answer.choices), *filter(None, [answer.text])])


def _csv(reading: Reading, blocks: Sequence[Block], tell: Callable[[int, int], None]) -> bytes:
    found = io.StringIO()
    found.write(BOM)
    writer = csv.writer(found)

    def put(row: Row) -> None:
        writer.writerow([neutral(cell) for cell in row])

    for row in _about(reading):
        put(row)
    for block in blocks:
        put([])
        put([block.title])
        if block.note:
            put([block.note])
        for row in ([block.head] if block.head else []) + list(block.rows):
            put(row)
    put([])
    put([_("Answers")])
    for row in answer_rows(reading, tell):
        put(row)
    return found.getvalue().encode()


def _about(reading: Reading) -> list[Row]:
    query = Query(reading.scope.survey.pk, reading.filters)
    return [
        [_("Survey"), reading.scope.survey.name],
        [_("As of"), moment(now())],
        [_("Filters"), query.string() or _("none")],
        [_("Only confirmed answers count"), percent(1) if not reading.scope.is_protected else _("small groups unseen")],
    ]


def _xlsx(reading: Reading, blocks: Sequence[Block], tell: Callable[[int, int], None]) -> bytes:
    workbook, write_only_cell, font = map(import_string, EXCEL)
    book, bold = workbook(write_only=True), font(bold=True)
    figures = book.create_sheet(_("Figures"))
    figures.column_dimensions["A"].width = 46

    def put(sheet: Any, row: Row, *, is_strong: bool = False) -> None:
        cells = []
        for value in row:
            cell = write_only_cell(sheet, value=_cell(value))
            if is_strong:
                cell.font = bold
            cells.append(cell)
        sheet.append(cells)

    for row in _about(reading):
        put(figures, row)
    for block in blocks:
        put(figures, [])
        put(figures, [block.title], is_strong=True)
        if block.note:
            put(figures, [block.note])
        if block.head:
            put(figures, block.head, is_strong=True)
        for row in block.rows:
            put(figures, row)
    rows = answer_rows(reading, tell)
    head = next(rows, None)
    if head is not None:
        answers = book.create_sheet(_("Answers"))
        answers.freeze_panes = "A2"
        put(answers, head, is_strong=True)
        for row in rows:
            put(answers, row)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def _cell(value: Any) -> Any:
    """SECURITY: text that starts like a formula gets an apostrophe; control characters would break the file."""
    if hasattr(value, "tzinfo") and value.tzinfo is not None:
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        return neutral("".join(char for char in value[:32_000] if char.isprintable() or char in "\n\t"))
    return value
