"""Changing a definition: free ids, where a question is used, taking one out, what differs between two."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from voc.formulas.definitions import END, Definition, Jump, Question, Rule
from voc.formulas.reach import piped_in

STARTS = {"short_text": "words", "text": "reason", "single": "choice", "multiple": "choices"}


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """An id that is not taken: the wanted one, else with a number behind it."""
    known = {*taken, END}
    if wanted not in known:
        return wanted
    return next(one for number in range(2, 1000) if (one := f"{wanted[:36]}_{number}") not in known)


def first_id(question_type: str) -> str:
    """What the id of a new question is made of."""
    return STARTS.get(question_type, question_type)


@dataclass(frozen=True, slots=True)
class Use:
    """A place that needs a question: `how` is rule, jump, target or text."""

    question: Question
    how: str


def uses_of(definition: Definition, question_id: str) -> tuple[Use, ...]:
    """Where other questions ask about a question, jump to it, or take up its answer."""
    found: list[Use] = []
    for question in definition.questions:
        if question.id == question_id:
            continue
        if any(rule.question == question_id for rule in question.show_if):
            found.append(Use(question, "rule"))
        if any(rule.question == question_id for jump in question.jumps for rule in jump.when):
            found.append(Use(question, "jump"))
        if any(jump.to == question_id for jump in question.jumps):
            found.append(Use(question, "target"))
        if question_id in piped_in(question):
            found.append(Use(question, "text"))
    return tuple(found)


def without_question(definition: Definition, question_id: str) -> Definition:
    """The definition without a question and without the rules and jumps that name it; texts stay as they are.

    A jump that loses a rule goes with it: without the rule it would always happen.
    """

    def rest(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(rule for rule in rules if rule.question != question_id)

    def stays(jump: Jump) -> bool:
        return jump.to != question_id and rest(jump.when) == jump.when

    return replace(
        definition,
        questions=tuple(
            replace(one, show_if=rest(one.show_if), jumps=tuple(jump for jump in one.jumps if stays(jump)))
            for one in definition.questions
            if one.id != question_id
        ),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one question between two versions: added, removed, moved or changed, and in which parts."""

    question: Question
    kind: str
    parts: tuple[str, ...] = ()
    before: Question | None = None


PARTS = (
    *("type", "text", "help", "low", "high", "scale", "options", "has_other", "max_choices", "rows", "columns"),
    *("is_required", "with_previous", "show_if", "jumps"),
)


def differences(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Question by question, in the new order; the removed ones last. As few as possible count as moved."""
    found: list[Difference] = []
    common_old = [one.id for one in old.questions if new.question(one.id)]
    common_new = [one.id for one in new.questions if old.question(one.id)]
    moved = set(common_new) - longest_common(common_old, common_new)
    for question in new.questions:
        before = old.question(question.id)
        if before is None:
            found.append(Difference(question, "added"))
            continue
        parts = tuple(name for name in PARTS if getattr(before, name) != getattr(question, name))
        if parts:
            found.append(Difference(question, "changed", parts, before))
        if question.id in moved:
            found.append(Difference(question, "moved", (), before))
    found += [Difference(one, "removed") for one in old.questions if new.question(one.id) is None]
    return tuple(found)


def longest_common(one: list[str], other: list[str]) -> set[str]:
    """The most ids that stand in the same order in both."""
    table = [[0] * (len(other) + 1) for _row in range(len(one) + 1)]
    for row in range(len(one) - 1, -1, -1):
        for column in range(len(other) - 1, -1, -1):
            is_same = one[row] == other[column]
            table[row][column] = (
                table[row + 1][column + 1] + 1 if is_same else max(table[row + 1][column], table[row][column + 1])
            )
    found, row, column = set(), 0, 0
    while row < len(one) and column < len(other):
        if one[row] == other[column]:
            found.add(one[row])
            row, column = row + 1, column + 1
        elif table[row + 1][column] >= table[row][column + 1]:
            row += 1
        else:
            column += 1
    return found
