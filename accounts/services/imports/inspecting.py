"""A look through a whole file: its columns, samples, how many lines, and what its dates and numbers allow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from accounts.services.imports import dates, numbers
from accounts.services.imports.mapping import FileMapping
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.reading import Table, open_table
from accounts.services.imports.sniffing import DELIMITERS, FileFacts, examine

_TRIAL = 1000
_SAMPLES = 3
_PREVIEW = 10
_PROGRESS = 20_000


@dataclass
class Column:
    """What one column holds. `date_order` and `decimal` are decided, "" for no need, or "open" with a question."""

    name: str
    samples: list[str] = field(default_factory=list)
    date_order: str = ""
    decimal: str = ""
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)


@dataclass
class Shape:
    """A file as it was found; kept with the run as JSON, so that a new mapping needs no new look."""

    size: int
    digest: str
    encoding: str
    delimiter: str
    note: str
    total: int
    columns: list[Column]
    preview: list[list[str]]
    # How it was asked to be read: encoding, delimiter, sheet.
    given: list[str]

    @property
    def header(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def facts(self) -> FileFacts:
        return FileFacts(self.size, self.digest, self.encoding, self.note)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Shape":
        return cls(**{**data, "columns": [Column(**column) for column in data["columns"]]})


@contextmanager
def opened(path: Path, shape: Shape, mapping: FileMapping) -> Iterator[Table]:
    """The file's lines once more, read as they were when its shape was found."""
    with open_table(path, shape.facts, delimiter=shape.delimiter, sheet=mapping.sheet) as table:
        yield table


def look_through(
    path: Path,
    mapping: FileMapping,
    *,
    accept: Callable[[list[str]], object] = lambda header: None,
    tick: Callable[[int], None] = lambda lines: None,
) -> Shape:
    """Read the file once; memory does not grow with it. `tick` is told how many lines were seen, now and then.

    `accept` sees the header first and may refuse it, so that a wrong file costs no time. Raises ImportProblem for
    whatever makes the file unreadable as a whole, before anything is written.
    """
    facts = examine(path, encoding=mapping.encoding)
    with open_table(path, facts, delimiter=mapping.delimiter, sheet=mapping.sheet) as table:
        accept(table.header)
        scans = [_ColumnScan(Column(name)) for name in table.header]
        active, total, preview = list(enumerate(scans)), 0, []
        for line in table.lines:
            total += 1
            if total <= _PREVIEW:
                preview.append([cell[:200] for cell in line.cells])
            for index, scan in active:
                if index < len(line.cells) and (cell := line.cells[index].strip()):
                    scan.add(line.number, cell)
            if total == _TRIAL:
                active = [(index, scan) for index, scan in active if scan.is_worth_reading()]
            if total % _PROGRESS == 0:
                tick(total)
        if not total:
            raise ImportProblem(_("The file has a header and no lines below it."))
        return Shape(
            size=facts.size,
            digest=facts.digest,
            encoding=facts.encoding,
            delimiter=table.delimiter,
            note=_found(facts, table.delimiter),
            total=total,
            columns=[scan.result() for scan in scans],
            preview=preview,
            given=[mapping.encoding, mapping.delimiter, mapping.sheet],
        )


def _found(facts: FileFacts, delimiter: str) -> str:
    parts = [facts.note] if facts.note else []
    if delimiter not in ("", ","):
        parts.append(_("Columns are cut at each %(name)s.") % {"name": DELIMITERS.get(delimiter, repr(delimiter))})
    return " ".join(parts)


class _ColumnScan:
    def __init__(self, column: Column) -> None:
        self.column = column
        self.dates, self.numbers = dates.DateTally(), numbers.NumberTally()
        self.seen = self.dated = self.numbered = 0

    def add(self, number: int, cell: str) -> None:
        samples = self.column.samples
        if len(samples) < _SAMPLES and cell[:80] not in samples:
            samples.append(cell[:80])
        self.seen += 1
        if len(cell) > 40:
            return
        if dates.orders_that_fit(cell) is not None:
            self.dated += 1
            self.dates.add(number, cell)
        elif numbers.styles_that_fit(cell) is not None:
            self.numbered += 1
            self.numbers.add(number, cell)

    def is_worth_reading(self) -> bool:
        return not self.seen or bool(self.dated or self.numbered) or len(self.column.samples) < _SAMPLES

    def result(self) -> Column:
        column = self.column
        column.date_order = self._decide("date_order", self.dates, self.dates.order)
        column.decimal = self._decide("decimal", self.numbers, self.numbers.style)
        return column

    def _decide(self, about: str, tally: dates.DateTally | numbers.NumberTally, decide: Callable[[], str]) -> str:
        if not tally.examples:
            return ""
        if tally.is_open():
            self.column.questions[about] = tally.question(self.column.name).as_dict()
            return "open"
        try:
            return decide()
        except ImportProblem as problem:
            self.column.conflicts[about] = str(problem)
            return "open"
