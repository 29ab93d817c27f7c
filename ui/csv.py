"""CSV out: one writer for all exports, so that no cell can become a formula in somebody's spreadsheet."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils import timezone

BOM = "\ufeff"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: object) -> object:
    """A cell that no spreadsheet runs: text that starts like a formula gets an apostrophe; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds") if timezone.is_aware(value) else value
    if isinstance(value, str) or hasattr(value, "__proxy__"):
        text = str(value)
        # SECURITY: a customer's name or comment must not run on a colleague's computer.
        return f"'{text}" if text.startswith(_DANGEROUS) else text
    return value


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value


def csv_lines(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of the file, made one by one."""
    writer = csv.writer(_Echo())
    yield writer.writerow([neutral(cell) for cell in header])
    for row in rows:
        yield writer.writerow([neutral(cell) for cell in row])


def csv_response(
    filename: str, header: Sequence[object], rows: Iterable[Sequence[object]], *, bom: bool = True
) -> StreamingHttpResponse:
    """Stream a download; memory stays flat. `bom` lets spreadsheets see that it is UTF-8."""

    def lines() -> Iterator[str]:
        if bom:
            yield BOM
        yield from csv_lines(header, rows)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in filename)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response
