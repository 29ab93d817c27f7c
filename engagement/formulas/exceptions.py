"""Exceptions: ordered rules that stand above the formula's number (a cap, a floor, or a fixed number)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from engagement.formulas.scales import Flags, Floats, Integers

NO_NUMBER = -1


class Effect(StrEnum):
    """What a rule makes of the number so far."""

    CAP = "cap"
    FLOOR = "floor"
    SET = "set"


OPERATORS: dict[str, Callable[[Any, float], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


@dataclass(frozen=True)
class RawTest:
    """A raw value against a number. A value that is missing or stale fails every test."""

    measure: str
    operator: str
    number: float


@dataclass(frozen=True)
class ExceptionRule:
    """`key` names the rule in what is stored; all tests must hold; `tenths` is the cap, floor or number, 0 to 1000."""

    key: int
    tests: tuple[RawTest, ...]
    effect: Effect
    tenths: int


def apply_rules(
    rules: Sequence[ExceptionRule], *, codes: Sequence[str], raw: Floats, there: Flags, scores: Integers
) -> tuple[Integers, Integers]:
    """Try the rules in order on a batch; each that holds changes the number so far.

    `there` says which raw values count (present and fresh), `scores` are tenths with -1 for no number, which no rule
    changes. Returns the scores after all rules and, accounts x rules, the tenths after each rule that held (else -1).
    A rule without tests, or about a measure that the scorecard does not have, never holds.
    """
    after = scores.copy()
    trace = np.full((len(scores), len(rules)), NO_NUMBER, dtype=np.int64)
    places = {code: column for column, code in enumerate(codes)}
    for index, rule in enumerate(rules):
        if not rule.tests or any(test.measure not in places for test in rule.tests):
            continue
        holds = after != NO_NUMBER
        for test in rule.tests:
            column = places[test.measure]
            holds &= there[:, column] & OPERATORS[test.operator](np.nan_to_num(raw[:, column]), test.number)
        after = np.where(holds, _effects(rule, after), after)
        trace[:, index] = np.where(holds, after, NO_NUMBER)
    return after, trace


def _effects(rule: ExceptionRule, scores: Integers) -> Integers:
    if rule.effect == Effect.CAP:
        return np.minimum(scores, rule.tenths)
    if rule.effect == Effect.FLOOR:
        return np.maximum(scores, rule.tenths)
    return np.full_like(scores, rule.tenths)
