"""Reading answers of every type from what a form sent."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.formulas.answers import AnswerValue, moved, plain_text, ranked, read_answer, read_screen
from voc.formulas.definitions import Definition, Question, read_definition


def question(kind: str, **fields: Any) -> Question:
    raw = {"id": "a", "type": kind, "text": {"en": "?"}, **fields}
    return read_definition({"questions": [raw]}).questions[0]


def options(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "text": {"en": one}} for one in ids]


THREE = options("x", "y", "z")
MATRIX: dict[str, Any] = {"rows": options("r1", "r2"), "columns": options("c1", "c2")}


@pytest.mark.parametrize(
    ("kind", "fields", "posted", "value"),
    [
        ("nps", {}, {"q.a": ["0"]}, AnswerValue(number=Decimal(0))),
        ("nps", {}, {"q.a": ["10"]}, AnswerValue(number=Decimal(10))),
        ("nps", {}, {"q.a": ["11"]}, None),
        ("nps", {}, {"q.a": ["٣"]}, None),
        ("nps", {}, {"q.a": ["NaN"]}, None),
        ("csat", {}, {"q.a": ["0"]}, None),
        ("ces", {}, {"q.a": ["7"]}, AnswerValue(number=Decimal(7))),
        ("rating", {"scale": 10}, {"q.a": ["10"]}, AnswerValue(number=Decimal(10))),
        ("rating", {"scale": 4}, {"q.a": ["5"]}, None),
        ("single", {"options": THREE}, {"q.a": ["y", "x"]}, AnswerValue(choices=["y"])),
        ("single", {"options": THREE}, {"q.a": ["nothing"]}, None),
        ("single", {"options": THREE}, {"q.a": ["other."], "q.a.other": ["me"]}, None),
        (
            "single",
            {"options": THREE, "has_other": True},
            {"q.a": ["other."], "q.a.other": [" by  hand "]},
            AnswerValue(text="by hand"),
        ),
        (
            "single",
            {"options": THREE, "has_other": True},
            {"q.a": ["x"], "q.a.other": ["no"]},
            AnswerValue(choices=["x"]),
        ),
        ("multiple", {"options": THREE}, {"q.a": ["z", "x", "w"]}, AnswerValue(choices=["x", "z"])),
        ("multiple", {"options": THREE}, {}, None),
        ("ranking", {"options": THREE}, {"q.a": ["z", "x", "y"]}, None),
        ("ranking", {"options": THREE}, {"q.a": ["z", "x"], "q.a.set": ["1"]}, AnswerValue(choices=["z", "x", "y"])),
        ("matrix", MATRIX, {"q.a.r2": ["c1"], "q.a.r3": ["c1"]}, AnswerValue(choices={"r2": "c1"})),
        ("matrix", MATRIX, {"q.a.r2": ["c9"]}, None),
        ("short_text", {}, {"q.a": [" one\r\ntwo\x00 "]}, AnswerValue(text="one two")),
        ("text", {}, {"q.a": [" one\r\ntwo\x1b "]}, AnswerValue(text="one\ntwo")),
        ("text", {}, {"q.a": [" \n "]}, None),
        ("consent", {}, {"q.a": ["yes"]}, AnswerValue(choices=["yes"])),
        ("consent", {}, {}, AnswerValue(choices=["no"])),
    ],
)
def test_an_answer_fits_its_question_or_is_none(
    kind: str, fields: dict[str, Any], posted: dict[str, list[str]], value: AnswerValue | None
) -> None:
    assert read_answer(question(kind, **fields), posted) == value


@pytest.mark.parametrize(
    ("kind", "fields", "posted", "problem"),
    [
        ("nps", {}, {}, "missing"),
        ("text", {}, {}, ""),
        ("text", {"is_required": True}, {}, "missing"),
        ("consent", {"is_required": True}, {}, "missing"),
        ("consent", {"is_required": True}, {"q.a": ["yes"]}, ""),
        ("matrix", {**MATRIX, "is_required": True}, {"q.a.r1": ["c1"]}, "missing"),
        ("matrix", {**MATRIX, "is_required": True}, {"q.a.r1": ["c1"], "q.a.r2": ["c2"]}, ""),
        ("multiple", {"options": THREE, "max_choices": 1}, {"q.a": ["x", "y"]}, "too_many"),
        ("single", {"options": THREE, "has_other": True}, {"q.a": ["other."]}, "no_words"),
        ("ranking", {"options": THREE, "is_required": True}, {"q.a": ["x", "y", "z"]}, "missing"),
    ],
)
def test_a_screen_says_what_keeps_it_from_going_on(
    kind: str, fields: dict[str, Any], posted: dict[str, list[str]], problem: str
) -> None:
    asked = question(kind, **fields)
    read = read_screen(Definition(questions=(asked,)), (asked,), posted)
    assert read.problems == ({"a": problem} if problem else {})


@given(st.lists(st.sampled_from(["x", "y", "z", "nothing"])), st.sampled_from(["x", "y", "z", "w"]), st.booleans())
def test_a_ranking_holds_every_option_once(order: list[str], option: str, up: bool) -> None:
    asked = question("ranking", options=THREE)
    assert sorted(ranked(asked, order)) == ["x", "y", "z"]
    after = moved(asked, order, option, up=up)
    assert sorted(after) == ["x", "y", "z"]
    if option in after:
        there = after.index(option)
        assert abs(there - ranked(asked, order).index(option)) <= 1


@given(st.text())
def test_words_keep_no_control_characters(raw: str) -> None:
    assert all(char.isprintable() or char in "\n\t" for char in plain_text(raw))
