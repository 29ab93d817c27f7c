"""CSV out: no cell becomes a formula."""

import csv
import io
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ui.csv import BOM, csv_lines, csv_response, neutral


@given(st.text())
def test_no_text_starts_like_a_formula(text: str) -> None:
    made = str(neutral(text))
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert made.removeprefix("'") == text.removeprefix("'") or made == text


def test_numbers_stay_numbers() -> None:
    assert neutral(Decimal("-5.20")) == Decimal("-5.20")
    assert neutral(-3) == -3
    assert neutral(None) == ""
    assert neutral(True) == "yes"


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\x00")), min_size=2, max_size=2), max_size=5))
def test_cells_come_back_whole(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO("".join(csv_lines(["a", "b"], rows)), newline="")))
    assert read[1:] == [[str(neutral(cell)) for cell in row] for row in rows]


def test_the_answer_is_a_download() -> None:
    response = csv_response('x";.csv', ["Name"], [["=1+1"]])
    assert response["Content-Disposition"] == 'attachment; filename="x--.csv"'
    body = response.getvalue().decode()
    assert body == f"{BOM}Name\r\n'=1+1\r\n"
