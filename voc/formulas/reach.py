"""Every way through a survey at once: what can be asked at all, what is known by then, how long the longest way is.

Answers are not tried one by one: two answers that all rules judge alike are one. Ways that agree in everything that is
still asked about are one too.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import END, NO, SCALED, WRITING, YES, Definition, Question, Rule, Texts
from voc.formulas.flow import all_hold, piped_answers, rule_holds

MOST_WAYS: Final = 3_000
MOST_SUBSETS: Final = 8  # 2^8 answers to one question
READ_WORDS, READ_SIGNS = 3.5, 6.0  # per second; words of alphabets, signs of Chinese
SECONDS: Final = {
    **{"nps": 5.0, "csat": 4.0, "ces": 5.0, "rating": 4.0, "single": 4.0, "multiple": 6.0, "matrix": 3.0},
    **{"ranking": 6.0, "short_text": 10.0, "text": 30.0, "consent": 4.0},
}
PER_OPTION: Final = {"single": 0.7, "multiple": 1.2, "ranking": 3.0}
PER_ROW: Final = 4.0

# What a way knows: (question, number of its kind of answer) for each question that something later depends on.
Known = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the ways through a definition have in common. `is_cut`: there were too many ways to look at them all."""

    asked: frozenset[str] = frozenset()
    jumps: frozenset[tuple[str, int]] = frozenset()
    piped_known: frozenset[tuple[str, str]] = frozenset()
    piped_missing: frozenset[tuple[str, str]] = frozenset()
    most_questions: int = 0
    most_seconds: float = 0
    is_cut: bool = False


@dataclass(slots=True)
class Walk:
    """The ways that stand before each question, with the longest of each kind: (questions, seconds)."""

    before: dict[int, dict[Known, tuple[int, float]]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    jumps: set[tuple[str, int]] = field(default_factory=set)
    piped_known: set[tuple[str, str]] = field(default_factory=set)
    piped_missing: set[tuple[str, str]] = field(default_factory=set)
    longest: tuple[int, float] = (0, 0.0)

    def arrive(self, position: int, known: Known, length: tuple[int, float]) -> None:
        """A way comes to a position."""
        here = self.before.setdefault(position, {})
        most, seconds = here.get(known, (0, 0.0))
        here[known] = (max(most, length[0]), max(seconds, length[1]))


def reach_of(definition: Definition) -> Reach:
    """Walk all ways. The work is bounded; beyond it everything counts as reached."""
    kinds = answer_kinds(definition)
    needed = needed_after(definition)
    positions = {question.id: number for number, question in enumerate(definition.questions)}
    walk = Walk()
    walk.arrive(0, (), (0, 0.0))
    end = len(definition.questions)
    for position, question in enumerate(definition.questions):
        ways = walk.before.pop(position, {})
        if sum(len(some) for some in walk.before.values()) + len(ways) > MOST_WAYS:
            return cut(definition)
        for known, length in ways.items():
            taken = {name: kinds[name][number] for name, number in known}
            if not all_hold(question.show_if, taken):
                walk.arrive(position + 1, keep(known, needed[position + 1]), length)
                continue
            walk.asked.add(question.id)
            for piped in piped_in(question):
                was = taken.get(piped)
                (walk.piped_missing if was is None or was == AnswerValue() else walk.piped_known).add(
                    (question.id, piped)
                )
            longer = (length[0] + 1, length[1] + seconds_of(question, definition.languages))
            for number, answer in enumerate(kinds.get(question.id, [AnswerValue()])):
                told = (*known, (question.id, number)) if question.id in kinds else known
                then = taken | ({question.id: answer} if question.id in kinds else {})
                to, which = next_position(question, position, then, positions, end)
                if which is not None:
                    walk.jumps.add((question.id, which))
                walk.arrive(to, keep(told, needed[to]), longer)
    lengths = walk.before.get(end, {}).values()
    return Reach(
        asked=frozenset(walk.asked),
        jumps=frozenset(walk.jumps),
        piped_known=frozenset(walk.piped_known),
        piped_missing=frozenset(walk.piped_missing),
        most_questions=max((most for most, _seconds in lengths), default=0),
        most_seconds=max((seconds for _most, seconds in lengths), default=0),
    )


def next_position(
    question: Question, position: int, taken: dict[str, AnswerValue], positions: dict[str, int], end: int
) -> tuple[int, int | None]:
    """Where this answer leads, and by which jump."""
    for number, jump in enumerate(question.jumps):
        if all_hold(jump.when, taken):
            to = end if jump.to == END else positions.get(jump.to, position + 1)
            return max(to, position + 1), number
    return position + 1, None


def cut(definition: Definition) -> Reach:
    """Too many ways: everything counts as reached, and the longest way is all questions."""
    seconds = sum(seconds_of(question, definition.languages) for question in definition.questions)
    return Reach(
        asked=frozenset(question.id for question in definition.questions),
        jumps=frozenset((one.id, number) for one in definition.questions for number in range(len(one.jumps))),
        piped_known=frozenset((one.id, piped) for one in definition.questions for piped in piped_in(one)),
        most_questions=len(definition.questions),
        most_seconds=seconds,
        is_cut=True,
    )


def keep(known: Known, needed: frozenset[str]) -> Known:
    """Forget what nothing asks about any more."""
    return tuple(one for one in known if one[0] in needed)


def needed_after(definition: Definition) -> list[frozenset[str]]:
    """For each position, the questions that something there or later depends on."""
    needed: list[frozenset[str]] = [frozenset()]
    for question in reversed(definition.questions):
        here = {rule.question for rule in rules_of(question)} | set(piped_in(question))
        needed.append(needed[-1] | here)
    return needed[::-1]


def rules_of(question: Question) -> tuple[Rule, ...]:
    """All rules of a question: when it is shown, when it jumps."""
    return (*question.show_if, *(rule for jump in question.jumps for rule in jump.when))


def piped_in(question: Question) -> tuple[str, ...]:
    """Questions whose answers its texts take up, each once."""
    names = (name for _path, texts in question.texts for text in texts.values() for name in piped_answers(text))
    return tuple(dict.fromkeys(names))


def answer_kinds(definition: Definition) -> dict[str, list[AnswerValue]]:
    """For each question that something depends on: one answer of each kind that the rules tell apart."""
    rules: dict[str, list[Rule]] = {}
    for question in definition.questions:
        for rule in rules_of(question):
            rules.setdefault(rule.question, []).append(rule)
    piped = {name for question in definition.questions for name in piped_in(question)}
    kinds: dict[str, list[AnswerValue]] = {}
    for question in definition.questions:
        if question.id not in rules and question.id not in piped:
            continue
        about = rules.get(question.id, [])
        told_apart: dict[tuple[bool, ...], AnswerValue] = {}
        for answer in possible_answers(question, about, is_required=definition.is_required(question)):
            verdicts = (answer == AnswerValue(), *(rule_holds(rule, {question.id: answer}) for rule in about))
            told_apart.setdefault(verdicts, answer)
        kinds[question.id] = list(told_apart.values())
    return kinds


def possible_answers(question: Question, rules: Sequence[Rule], *, is_required: bool) -> Iterator[AnswerValue]:
    """Answers enough to meet every combination of the rules that can be met."""
    if not is_required:
        yield AnswerValue()
    named = list(dict.fromkeys(str(value) for rule in rules for value in values_of(rule)))
    if question.type in SCALED:
        yield from (AnswerValue(number=Decimal(number)) for number in question.numbers)
    elif question.type in WRITING:
        yield from (AnswerValue(text=" ".join(some) or "…") for some in subsets(named[:MOST_SUBSETS]))
    else:
        yield from possible_choices(question, named)


def possible_choices(question: Question, named: Sequence[str]) -> Iterator[AnswerValue]:
    """Choices enough to meet every combination of the options that rules name."""
    ids = [one.id for one in question.options]
    if question.type == "consent":
        yield from (AnswerValue(choices=[YES]), AnswerValue(choices=[NO]))
    elif question.type == "single":
        yield from (AnswerValue(choices=[one]) for one in ids)
    elif question.type == "ranking":
        yield AnswerValue(choices=ids)
    elif question.type == "matrix":
        yield AnswerValue(choices={row.id: column.id for row in question.rows for column in question.columns[:1]})
        for some in subsets([name for name in named if ":" in name][:MOST_SUBSETS]):
            yield AnswerValue(choices=dict(name.split(":", 1) for name in some))
    else:
        others = [one for one in ids if one not in named][:1]
        most = question.max_choices or len(ids)
        for some in subsets([one for one in ids if one in named][:MOST_SUBSETS]):
            yield from (AnswerValue(choices=list(each)) for each in (some, (*some, *others)) if 0 < len(each) <= most)
    if question.has_other:
        yield AnswerValue(text="…")


def values_of(rule: Rule) -> list[object]:
    """What a rule compares with."""
    if isinstance(rule.value, list):
        return list(rule.value)
    return [] if rule.value is None else [rule.value]


def subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """All of them, the empty one first."""
    return itertools.chain.from_iterable(itertools.combinations(names, size) for size in range(len(names) + 1))


def seconds_of(question: Question, languages: Sequence[str]) -> float:
    """Reading in the slowest language, and answering."""
    reading = max(
        (sum(reading_seconds(texts, code) for _path, texts in question.texts) for code in languages), default=0
    )
    options = len(question.options) * PER_OPTION.get(question.type, 0)
    return reading + SECONDS[question.type] + options + len(question.rows) * PER_ROW * (question.type == "matrix")


def reading_seconds(texts: Texts, language: str) -> float:
    """How long a text takes to read."""
    text = texts.get(language, "")
    signs = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return signs / READ_SIGNS if signs else len(text.split()) / READ_WORDS
