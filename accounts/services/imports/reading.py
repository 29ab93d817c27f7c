"""Lines of a CSV file or workbook, one at a time: memory does not grow with the file, whatever is in it."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.services.imports.cells import restore
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.sniffing import FileFacts, sniff_delimiter

# Slow to load: it comes with the first workbook.
OPEN_WORKBOOK, NO_WORKBOOK = "openpyxl.load_workbook", "openpyxl.utils.exceptions.InvalidFileException"
MAX_COLUMNS = 500
MAX_LINE = 1_000_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_WORDS = 40 * 1024 * 1024
_RATIO = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One record; `number` is where it starts in the file, the header being line 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    header: list[str]
    delimiter: str
    lines: Iterator[Line]


class _TextLines:
    """Lines of a text file, none longer than MAX_LINE; knows how many it gave and whether the end was met."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self.file, self.count, self.is_over = file, 0, False

    def __iter__(self) -> "_TextLines":
        return self

    def __next__(self) -> str:
        line = self.file.readline(MAX_LINE)
        if not line:
            self.is_over = True
            raise StopIteration
        self.count += 1
        if len(line) >= MAX_LINE:
            raise ImportProblem(
                _("Line %(line)d is longer than a million characters: this is not a table with one record per line.")
                % {"line": self.count}
            )
        return line


@contextmanager
def open_table(path: Path, facts: FileFacts, *, delimiter: str = "", sheet: str = "") -> Iterator[Table]:
    """The header and the lines of a file that `examine` accepted; blank lines are left out.

    Raises ImportProblem, also while the lines are read: no header, a column twice, too many columns, a quote that never
    ends, a line or cell without end, a broken or blown-up workbook.
    """
    with ExitStack() as stack:
        if facts.is_workbook:
            records = _sheet_records(stack, path, sheet)
            found = ""
        else:
            file = stack.enter_context(path.open("r", encoding=facts.encoding, newline=""))
            found = delimiter or _delimiter_of(file)
            records = _csv_records(_TextLines(file), found)
        header = _header(records)
        yield Table(header, found, _data_lines(records, len(header)))


def _delimiter_of(file: io.TextIOWrapper) -> str:
    lines = [line for _number in range(20) if (line := file.readline(MAX_LINE)).strip()]
    file.seek(0)
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        return lines[0][4]
    try:
        return sniff_delimiter(lines)
    except csv.Error:
        return ","


def _csv_records(lines: _TextLines, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        start = lines.count + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportProblem(
                _('Line %(line)d has a cell without end, most likely a quote (") that is opened and never closed.')
                % {"line": start}
            ) from error
        if lines.is_over:
            raise ImportProblem(
                _('The quote (") that line %(line)d opens is never closed, so the rest of the file is inside of it.')
                % {"line": start}
            )
        if start == 1 and delimiter.join(cells).lower().startswith("sep="):
            continue
        yield Line(start, cells)


def _header(records: Iterator[Line]) -> list[str]:
    for line in records:
        if not any(cell.strip() for cell in line.cells):
            continue
        while line.cells and not line.cells[-1].strip():
            line.cells.pop()
        if len(line.cells) > MAX_COLUMNS:
            raise ImportProblem(
                _("The file has %(count)d columns, and %(limit)d is the most.")
                % {"count": len(line.cells), "limit": MAX_COLUMNS}
            )
        header = [
            " ".join(cell.split())[:120] or _("column %(number)d") % {"number": number}
            for number, cell in enumerate(line.cells, 1)
        ]
        seen: dict[str, int] = {}
        for number, name in enumerate(header, 1):
            if (first := seen.setdefault(name.casefold(), number)) != number:
                raise ImportProblem(
                    _("The column %(name)r is there twice (columns %(first)d and %(second)d): rename or delete one.")
                    % {"name": name, "first": first, "second": number}
                )
        return header
    raise ImportProblem(_("The file holds no lines."))


def _data_lines(records: Iterator[Line], width: int) -> Iterator[Line]:
    for line in records:
        cells = line.cells
        if not any(cells) or not any(cell.strip() for cell in cells):
            continue
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        yield Line(line.number, [restore(cell) for cell in cells])


def _sheet_records(stack: ExitStack, path: Path, sheet: str) -> Iterator[Line]:
    has_formulas = _check_workbook(path)
    try:
        values = stack.enter_context(_opened(path, with_values=True))
        names = values.sheetnames
        if sheet and sheet not in names:
            raise ImportProblem(
                _("The workbook has no sheet %(name)r; it has %(names)s.")
                % {"name": sheet, "names": ", ".join(map(repr, names))}
            )
        name = sheet or names[0]
        formulas = stack.enter_context(_opened(path, with_values=False))[name] if has_formulas else None
        return _rows_of(values[name], formulas)
    except (import_string(NO_WORKBOOK), zipfile.BadZipFile, LookupError, ValueError, OSError, SyntaxError) as error:
        raise ImportProblem(_("The workbook cannot be read: save it once more as XLSX, or as CSV.")) from error


@contextmanager
def _opened(path: Path, *, with_values: bool) -> Iterator[Any]:
    book = import_string(OPEN_WORKBOOK)(path, read_only=True, data_only=with_values, keep_links=False)
    try:
        yield book
    finally:
        book.close()


def _check_workbook(path: Path) -> bool:
    """Refuse what unpacks beyond measure before it is unpacked. Returns whether some cell is a formula."""
    # SECURITY: sizes come from the archive's own list and are enforced by zipfile, which stops at the stated size.
    has_formulas = False
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if "xl/workbook.xml" not in {entry.filename for entry in entries}:
                raise ImportProblem(_("The file is a zip archive, not a workbook: unpack it first."))
            unpacked = sum(entry.file_size for entry in entries)
            packed = max(1, sum(entry.compress_size for entry in entries))
            words = sum(entry.file_size for entry in entries if entry.filename.endswith("sharedStrings.xml"))
            if (
                len(entries) > 5000
                or unpacked > MAX_UNPACKED
                or words > MAX_WORDS
                or unpacked > _RATIO * packed + _RATIO
            ):
                raise ImportProblem(_("The workbook is too large to be opened safely: save the sheet as CSV."))
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and not has_formulas:
                    has_formulas = _mentions_formula(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ImportProblem(_("The workbook is damaged or locked: save it once more as XLSX, or as CSV.")) from error
    return has_formulas


def _mentions_formula(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as file:
        tail = b""
        while chunk := file.read(1 << 20):
            if b"<f>" in tail + chunk or b"<f " in tail + chunk:
                return True
            tail = chunk[-3:]
    return False


def _rows_of(values: Any, formulas: Any) -> Iterator[Line]:
    """Rows as text. A formula counts with the value that was saved with it; without one it stays text."""
    values.reset_dimensions()
    rows = values.iter_rows(values_only=True)
    if formulas is None:
        for number, row in enumerate(rows, 1):
            yield Line(number, [_as_text(value) for value in row])
        return
    formulas.reset_dimensions()
    written = formulas.iter_rows(values_only=True)
    for number, (row, texts) in enumerate(zip(rows, written, strict=False), 1):
        yield Line(
            number,
            [_as_text(text if value is None else value) for value, text in zip(row, texts, strict=False)],
        )


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).replace("\0", "")
