"""Bytes to cells, cells to days and numbers."""

import contextlib
import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.services.imports import dates, numbers
from accounts.services.imports.cells import neutralise, restore
from accounts.services.imports.inspecting import Shape, look_through
from accounts.services.imports.mapping import FileMapping
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.reading import open_table
from accounts.services.imports.sniffing import examine

DAYS = st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2199, 12, 31))
CUTS = st.sampled_from("-/")


def shape_of(folder: Path, content: bytes, name: str = "file.csv") -> Shape:
    path = folder / name
    path.write_bytes(content)
    return look_through(path, FileMapping())


def cells_of(folder: Path, content: bytes, name: str = "file.csv") -> list[list[str]]:
    path = folder / name
    path.write_bytes(content)
    with open_table(path, examine(path)) as table:
        return [table.header, *(line.cells for line in table.lines)]


@given(DAYS, CUTS)
def test_a_day_is_read_back_in_the_order_it_was_written(day: dt.date, cut: str) -> None:
    assert dates.to_day(day.strftime(f"%d{cut}%m{cut}%Y"), dates.DAY_FIRST) == day
    assert dates.to_day(day.strftime(f"%m{cut}%d{cut}%Y"), dates.MONTH_FIRST) == day
    assert dates.to_day(day.strftime(f"%Y{cut}%m{cut}%d"), "") == day
    assert dates.to_day(day.strftime("%d %B %Y"), "") == day


@given(DAYS)
def test_a_day_that_can_be_read_twice_is_never_guessed(day: dt.date) -> None:
    text = day.strftime("%d/%m/%Y")
    if day.day <= 12 and day.day != day.month:
        assert dates.orders_that_fit(text) == dates.ORDERS
        with pytest.raises(dates.UnreadableDate):
            dates.to_day(text, "")
    else:
        assert dates.to_day(text, "") == day


@given(st.lists(DAYS, min_size=1, max_size=30))
def test_a_column_decides_as_soon_as_one_of_its_days_does(days: list[dt.date]) -> None:
    tally = dates.DateTally()
    for number, day in enumerate(days, 2):
        tally.add(number, day.strftime("%d-%m-%Y"))
    decisive = any(day.day > 12 for day in days)
    needed = any(day.day != day.month for day in days)
    assert tally.is_open() == (needed and not decisive)
    if not tally.is_open():
        assert tally.order() == (dates.DAY_FIRST if decisive else "")


@given(st.text(max_size=30))
def test_no_text_breaks_the_date_reader(text: str) -> None:
    with contextlib.suppress(dates.UnreadableDate):
        dates.parse_moment(text, dates.DAY_FIRST)


def test_contradicting_days_name_both_lines() -> None:
    tally = dates.DateTally()
    tally.add(2, "13/04/2024")
    tally.add(9, "05/16/2024")
    with pytest.raises(ImportProblem, match=r"line 2 .* line 9"):
        tally.order()


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [("1,234.50", "point", "1234.50"), ("1.234,50", "comma", "1234.50"), ("$ 9 996", "point", "9996"),
     ("(12)", "point", "-12"), ("12,5", "comma", "12.5"), ("1.5e3", "point", "1500")],
)  # fmt: skip
def test_numbers_are_read_in_their_style(text: str, style: str, value: str) -> None:
    assert numbers.parse_number(text, style) == Decimal(value)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
def test_a_number_is_read_back_in_both_styles(number: Decimal) -> None:
    written = f"{number:,.2f}"
    assert numbers.parse_number(written, numbers.POINT) == number
    swapped = written.replace(",", "_").replace(".", ",").replace("_", ".")
    assert numbers.parse_number(swapped, numbers.COMMA) == number


@given(st.text())
def test_an_export_keeps_each_cell_and_runs_none(cell: str) -> None:
    written = neutralise(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert restore(written) == cell


@pytest.mark.parametrize(
    ("content", "encoding"),
    [("\ufeffid,name\n1,Æ\n".encode(), "utf-8-sig"), ("id,name\n1,Æ\n".encode("utf-16"), "utf-16"),
     ("id,name\n1,Æbc\n2,d\n".encode("utf-16-le"), "utf-16-le"), ("id,name\n1,Æ €\n".encode("cp1252"), "cp1252")],
)  # fmt: skip
def test_the_encoding_is_found_and_said(tmp_path: Path, content: bytes, encoding: str) -> None:
    shape = shape_of(tmp_path, content)
    assert shape.encoding == encoding
    assert shape.header == ["id", "name"]
    assert shape.columns[1].samples[0].startswith("Æ")
    assert bool(shape.note) == (encoding != "utf-8-sig")


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = 'id,name,note\n1,A,"x, y; z"\n2,B,q\n'.replace(",", delimiter, 2).replace(
        "1,A,", f"1{delimiter}A{delimiter}"
    )
    rows = cells_of(tmp_path, text.replace("2,B,q", delimiter.join("2Bq")).encode())
    assert rows == [["id", "name", "note"], ["1", "A", "x, y; z"], ["2", "B", "q"]]


def test_line_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('id,name\n1,"two\nlines"\n\n2,B\n')
    with open_table(path, examine(path)) as table:
        assert [line.number for line in table.lines] == [2, 5]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"id,name\n", "no lines below"), (b"id,name\n1,A\x00\n", "Line 2 holds a NUL"),
     (bytes(range(256)) * 400, "binary"), (b'id,name\n1,"A\n2,B\n', "line 2 opens is never closed"),
     (b'id,name\n1,"A\n' + b"2,B\n" * 60_000, "never closed"), (b"id,name,Name\n1,A,B\n", "there twice"),
     (b",".join(b"c%d" % number for number in range(600)) + b"\n1\n", "600 columns"),
     (b"id,name\n1," + b"x" * 3_000_000, "longer than a million"), (b"%PDF-1.7", "PDF"),
     (b"\x1f\x8b\x08", "gzip"), (b"<!DOCTYPE html><p>log in", "web page"), (b'{"a": 1}', "JSON"),
     (b"id,name\n1,\x81\xff\n", "neither UTF-8 nor Windows-1252"), (b"PK\x03\x04zzzz", "damaged")],
)  # fmt: skip
def test_a_wrong_file_is_one_clear_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ImportProblem, match=words):
        shape_of(tmp_path, content)


def test_a_given_encoding_that_is_wrong_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes("id,name\n1,Æ\n".encode("cp1252"))
    with pytest.raises(ImportProblem, match="Line 2 is not utf-8"):
        look_through(path, FileMapping(encoding="utf-8"))


def test_a_workbook_gives_plain_days_numbers_and_saved_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "signed", "seats", "trial", "sum"])
    sheet.append([7, dt.date(2024, 3, 4), 5.0, True, "=1+1"])
    book.save(tmp_path / "file.xlsx")
    rows = cells_of(tmp_path, (tmp_path / "file.xlsx").read_bytes(), "file.xlsx")
    assert rows[1] == ["7", "2024-03-04", "5", "TRUE", "=1+1"]


def test_a_workbook_that_blows_up_is_refused_unopened(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/sharedStrings.xml", b"0" * 50_000_000)
    with pytest.raises(ImportProblem, match="too large to be opened safely"):
        shape_of(tmp_path, content.getvalue(), "file.xlsx")
