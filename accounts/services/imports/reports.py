"""What was refused and what was flagged, as CSV and in numbers."""

import csv
from collections.abc import Iterable, Iterator
from typing import Protocol

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import ImportRow, ImportRun
from accounts.services.imports.cells import neutralise


class Written(Protocol):
    def write(self, text: str, /) -> object: ...


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def error_lines(run: ImportRun, rows: Iterable[ImportRow] | None = None) -> Iterator[str]:
    """Refused rows as lines of a CSV that can be corrected and imported again: their cells, then line and reason.

    Cells that a spreadsheet would run are made harmless; an import reads them back as they were.
    """
    writer = csv.writer(_Echo())
    header = [str(column["name"]) for column in run.shape.get("columns", [])]
    yield str(writer.writerow([*map(neutralise, header), _("import line"), _("import reason")]))
    found = run.rows.rejected().order_by("number").iterator(chunk_size=2000) if rows is None else rows
    for row in found:
        cells = [neutralise(str(cell)) for cell in row.raw or []]
        cells = (cells + [""] * len(header))[: max(len(header), len(cells))]
        yield str(writer.writerow([*cells, row.number, neutralise(row.reason)]))


def write_errors(run: ImportRun, file: Written) -> int:
    """Write the refused rows to a text file; returns how many."""
    count = -1
    for line in error_lines(run):
        file.write(line)
        count += 1
    return count


def top_reasons(run: ImportRun, *, rejected: bool, limit: int = 10) -> list[tuple[str, int]]:
    """The most frequent reasons of refused or of flagged rows with their counts."""
    rows = run.rows.rejected() if rejected else run.rows.flagged()
    counted = rows.values_list("reason").annotate(count=Count("id")).order_by("-count", "reason")[:limit]
    return [(reason, count) for reason, count in counted]
