"""What the builder's form of a question says, read into a question. One language is written at a time; ids stay."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from voc.formulas.definitions import (
    CHOOSING,
    END,
    LONGEST_TEXT,
    MOST_OPTIONS,
    MOST_RULES,
    OPERATORS,
    SCALED,
    TYPES,
    WITHOUT_VALUE,
    Definition,
    Jump,
    Option,
    Question,
    Rule,
    Texts,
)
from voc.formulas.editing import free_id
from voc.formulas.rule_values import values_for

PARTS = ("options", "rows", "columns")


def read_question_form(question: Question, definition: Definition, language: str, data: QueryDict) -> Question:
    """The question as the form has it. Nothing posted is trusted: types, operators and targets are those that exist."""
    kind = data.get("type", question.type)
    kind = kind if kind in TYPES else question.type
    given: dict[str, Any] = {
        name: written(getattr(question, name), language, data.get(name)) for name in ("text", "help", "low", "high")
    }
    given |= {name: read_parts(getattr(question, name), name, language, data) for name in PARTS}
    changed = replace(
        question,
        type=kind,
        **given,
        scale=bounded(data.get("scale"), 3, 10) or question.scale,
        has_other="has_other" in data,
        max_choices=bounded(data.get("max_choices"), 1, MOST_OPTIONS),
        is_required="is_required" in data,
        with_previous="with_previous" in data,
        show_if=read_rules("show", definition, data),
        jumps=read_jumps(definition, data),
    )
    return fitting(act_on(changed, definition, data.get("act", "")))


def written(texts: Texts, language: str, text: str | None) -> dict[str, str]:
    """Texts with one language replaced; None leaves them alone."""
    if text is None:
        return dict(texts)
    plain = "".join(char for char in text.replace("\r\n", "\n") if char.isprintable() or char == "\n").strip()
    return {code: some for code, some in (dict(texts) | {language: plain[:LONGEST_TEXT]}).items() if some}


def read_parts(parts: Sequence[Option], name: str, language: str, data: QueryDict) -> tuple[Option, ...]:
    """Options, rows or columns with their words in this language."""
    return tuple(replace(one, text=written(one.text, language, data.get(f"{name}.{one.id}"))) for one in parts)


def read_rules(prefix: str, definition: Definition, data: QueryDict) -> tuple[Rule, ...]:
    """`<prefix>.<number>.question`, `.operator`, `.value`; a rule whose question changed gets an answer that fits."""
    found = []
    for number in range(MOST_RULES):
        asked = definition.question(data.get(f"{prefix}.{number}.question", ""))
        if asked is None:
            continue
        values = data.getlist(f"{prefix}.{number}.value")
        found.append(fitting_rule(asked, data.get(f"{prefix}.{number}.operator", ""), values))
    return tuple(found)


def read_jumps(definition: Definition, data: QueryDict) -> tuple[Jump, ...]:
    """`jump.<number>.to`, and its rules under `jump.<number>`."""
    found = []
    for number in range(MOST_RULES):
        to = data.get(f"jump.{number}.to", "")
        if to == END or definition.question(to) is not None:
            found.append(Jump(to=to, when=read_rules(f"jump.{number}", definition, data)))
    return tuple(found)


def fitting_rule(asked: Question, operator: str, values: Sequence[str]) -> Rule:
    """A rule that the question's answers can meet: the operator and values that were chosen where they fit."""
    known = OPERATORS[asked.type]
    operator = operator if operator in known else known[0]
    if operator in WITHOUT_VALUE:
        return Rule(asked.id, operator)
    possible = [str(value) for value, _words in values_for(asked, "en")]
    fit = [value for value in values if value in possible] if possible else [value[:200] for value in values if value]
    fit = fit or possible[:1] or ["…"]
    typed: list[Any] = [int(value) for value in fit] if asked.type in SCALED else list(fit)
    return Rule(asked.id, operator, typed if operator == "in" else typed[0])


def fitting(question: Question) -> Question:
    """Without what its type has no use for."""
    kind = question.type
    return replace(
        question,
        low=question.low if kind in SCALED else {},
        high=question.high if kind in SCALED else {},
        scale=question.scale if kind == "rating" else 5,
        options=(question.options or blank_parts("option", 2)) if kind in CHOOSING else (),
        rows=(question.rows or blank_parts("row", 2)) if kind == "matrix" else (),
        columns=(question.columns or blank_parts("column", 3)) if kind == "matrix" else (),
        has_other=question.has_other and kind in ("single", "multiple"),
        max_choices=question.max_choices if kind == "multiple" else None,
    )


def blank_parts(name: str, number: int) -> tuple[Option, ...]:
    """So many options without words."""
    return tuple(Option(f"{name}_{place}") for place in range(1, number + 1))


def bounded(raw: str | None, least: int, most: int) -> int | None:
    """A whole number within bounds; None for anything else."""
    return int(raw) if raw and re.fullmatch(r"[0-9]{1,2}", raw) and least <= int(raw) <= most else None


def act_on(question: Question, definition: Definition, act: str) -> Question:
    """One press in the form: `add.options`, `up.rows.row_1`, `remove.columns.column_2`, `add.show`, `add.jump.0`."""
    verb, _dot, rest = act.partition(".")
    name, _dot, which = rest.partition(".")
    if name in PARTS:
        change = PART_ACTS.get(verb)
        parts: dict[str, Any] = {name: change(getattr(question, name), name, which)} if change else {}
        return replace(question, **parts)
    acts: Mapping[tuple[str, str], Callable[[], Question]] = {
        ("add", "show"): lambda: replace(question, show_if=(*question.show_if, *first_rule(definition, question))),
        ("remove", "show"): lambda: replace(question, show_if=without(question.show_if, which)),
        ("add", "jump"): lambda: add_jump(definition, question, which),
        ("remove", "jump"): lambda: remove_jump(question, which),
    }
    return acts.get((verb, name), lambda: question)()


def add_part(parts: tuple[Option, ...], name: str, _which: str) -> tuple[Option, ...]:
    """One more at the end."""
    one = name.removesuffix("s")
    taken = [part.id for part in parts]
    wanted = f"{one}_{len(parts) + 1}"
    return (*parts, Option(free_id(wanted, taken)))[:MOST_OPTIONS]


def remove_part(parts: tuple[Option, ...], _name: str, which: str) -> tuple[Option, ...]:
    """Without one."""
    return tuple(part for part in parts if part.id != which)


def move_part(parts: tuple[Option, ...], which: str, step: int) -> tuple[Option, ...]:
    """One place up or down."""
    here = next((number for number, part in enumerate(parts) if part.id == which), None)
    if here is None or not 0 <= here + step < len(parts):
        return parts
    some = list(parts)
    some[here], some[here + step] = some[here + step], some[here]
    return tuple(some)


PART_ACTS: dict[str, Callable[[tuple[Option, ...], str, str], tuple[Option, ...]]] = {
    "add": add_part,
    "remove": remove_part,
    "up": lambda parts, _name, which: move_part(parts, which, -1),
    "down": lambda parts, _name, which: move_part(parts, which, 1),
}


def first_rule(definition: Definition, question: Question) -> tuple[Rule, ...]:
    """A rule to begin with: about the nearest earlier question."""
    position = definition.position(question.id)
    if not position:
        return ()
    return (fitting_rule(definition.questions[position - 1], "", ()),)


def add_jump(definition: Definition, question: Question, which: str) -> Question:
    """One more jump, or with a number one more rule of that jump."""
    rule = fitting_rule(question, "", ())
    if which.isdigit() and int(which) < len(question.jumps):
        jumps = list(question.jumps)
        jumps[int(which)] = replace(jumps[int(which)], when=(*jumps[int(which)].when, rule)[:MOST_RULES])
        return replace(question, jumps=tuple(jumps))
    return replace(question, jumps=(*question.jumps, Jump(to=END, when=(rule,)))[:MOST_RULES])


def remove_jump(question: Question, which: str) -> Question:
    """Without a jump (`1`), or without one of its rules (`1.0`)."""
    number, _dot, rule = which.partition(".")
    if not number.isdigit() or int(number) >= len(question.jumps):
        return question
    jumps = list(question.jumps)
    if rule:
        jumps[int(number)] = replace(jumps[int(number)], when=without(jumps[int(number)].when, rule))
    else:
        del jumps[int(number)]
    return replace(question, jumps=tuple(jumps))


def without(rules: tuple[Rule, ...], which: str) -> tuple[Rule, ...]:
    """Rules without the one of that number."""
    return tuple(rule for number, rule in enumerate(rules) if str(number) != which)
