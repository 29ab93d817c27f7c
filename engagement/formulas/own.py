"""Formulas of own measures: a tree of figures, numbers and operators; pure, no database.

Stored as JSON. A node is one of
    {"figure": "tickets.opened", "days": 30, "where": {"priority": ["p1", "p2"]}}
    {"number": 5}
    {"operator": "divide", "parts": [node, node]}
    {"operator": "clamp", "parts": [node], "low": 0, "high": 1}
Names of figures come from a catalogue, operators from `OPERATORS`; anything else is refused with the place in words.
What is not known stays not known through every operator but `if_missing`; a division by 0 has no value.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.formulas.scales import Floats

MOST_NODES = 24
MOST_DEPTH = 6
MOST_FIGURES = 12
MOST_DAYS = 90
MOST_CHOICES = 20
LONGEST_CHOICE = 120
LARGEST = 1e9

# Operator: (words of the menu, fewest parts, most parts).
OPERATORS: dict[str, tuple[Any, int, int]] = {
    "plus": (gettext_lazy("plus (+)"), 2, 6),
    "minus": (gettext_lazy("minus (−)"), 2, 2),
    "times": (gettext_lazy("times (×)"), 2, 6),
    "divide": (gettext_lazy("divided by (÷)"), 2, 2),
    "least": (gettext_lazy("the smaller of"), 2, 6),
    "most": (gettext_lazy("the larger of"), 2, 6),
    "clamp": (gettext_lazy("kept between"), 1, 1),
    "if_missing": (gettext_lazy("with a stand-in where it is not known"), 2, 2),
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One way to count less. `choices` are (value, words), None: any text; a required one has exactly one value."""

    key: str
    label: str
    choices: tuple[tuple[str, str], ...] | None = None
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """A figure that formulas may use. `said` is its part of a sentence; `days` its usual window, None: it has none."""

    name: str
    group: str
    said: str
    days: int | None = None
    narrowings: tuple[Narrowing, ...] = ()
    is_money: bool = False

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(one.key for one in self.narrowings)


Catalogue: TypeAlias = Mapping[str, FigureSpec]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its window in days and what it is narrowed to; equal ones are read once."""

    name: str
    days: int | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"figure": self.name}
        if self.days is not None:
            found["days"] = self.days
        if self.where:
            found["where"] = {key: list(values) for key, values in self.where}
        return found


@dataclass(frozen=True, slots=True)
class Constant:
    number: float

    def as_json(self) -> dict[str, Any]:
        return {"number": int(self.number) if self.number.is_integer() else self.number}


@dataclass(frozen=True, slots=True)
class Operation:
    """`low` and `high` belong to `clamp` alone; one of them may be open."""

    operator: str
    parts: tuple["Node", ...]
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"operator": self.operator, "parts": [part.as_json() for part in self.parts]}
        if self.operator == "clamp":
            found |= {"low": self.low, "high": self.high}
        return found


Node: TypeAlias = Figure | Constant | Operation


class BadFormula(ValueError):
    """What is wrong with a formula, for people, and where; `path` is "0", "0.1", ... from the root."""

    def __init__(self, message: str, path: str, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.path, self.place = message, path, place


def parse_formula(raw: object, catalogue: Catalogue) -> Node:
    """The formula of a stored or posted tree.

    Raises:
        BadFormula: with the place, for what is not of the grammar; for trees too deep, too large, or without a figure.
    """
    reader = _Reader(catalogue)
    node = reader.read(raw, path="0", place="", depth=1)
    found = figures_of(node)
    if not found:
        raise BadFormula(_("Choose at least one figure; a number alone says nothing about an account."), "0")
    if len(found) > MOST_FIGURES:
        raise BadFormula(_("At most %(most)d different figures.") % {"most": MOST_FIGURES}, "0")
    return node


class _Reader:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue, self.count = catalogue, 0

    def read(self, raw: object, *, path: str, place: str, depth: int) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            raise BadFormula(_("The formula is too long: at most %(most)d parts.") % {"most": MOST_NODES}, path, place)
        if depth > MOST_DEPTH:
            raise BadFormula(_("Brackets stand at most %(most)d deep.") % {"most": MOST_DEPTH}, path, place)
        if not isinstance(raw, Mapping):
            raise BadFormula(_("Choose a figure or write a number."), path, place)
        # SECURITY: only these shapes exist; a key that is none of theirs refuses the whole formula.
        keys = set(raw)
        if "figure" in keys and keys <= {"figure", "days", "where"}:
            return self._figure(raw, path, place)
        if keys == {"number"}:
            return Constant(_number(raw["number"], path, place))
        if "operator" in keys and keys <= {"operator", "parts", "low", "high"}:
            return self._operation(raw, path, place, depth)
        raise BadFormula(_("Choose a figure or write a number."), path, place)

    def _figure(self, raw: Mapping[str, Any], path: str, place: str) -> Figure:
        name = raw["figure"]
        spec = self.catalogue.get(name) if isinstance(name, str) else None
        if spec is None:
            shown = str(name)[:60] if name else ""
            words = _("“%(name)s” is no figure; choose one from the list.") % {"name": shown} if shown else ""
            raise BadFormula(words or _("Choose a figure."), path, place)
        days = raw.get("days")
        if spec.days is None:
            if days is not None:
                raise BadFormula(_("%(said)s: it has no window of days.") % {"said": spec.said}, path, place)
        elif not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
            words = _("%(said)s: the window is 1 to %(most)d days.") % {"said": spec.said, "most": MOST_DAYS}
            raise BadFormula(words, path, place)
        return Figure(spec.name, days, self._where(spec, raw.get("where"), path, place))

    def _where(self, spec: FigureSpec, raw: object, path: str, place: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        given: Mapping[Any, Any] = {} if raw is None else raw if isinstance(raw, Mapping) else {"": raw}
        if not set(given) <= spec.keys:
            raise BadFormula(_("%(said)s cannot be narrowed in this way.") % {"said": spec.said}, path, place)
        found = []
        for one in spec.narrowings:
            values = given.get(one.key, [])
            if not isinstance(values, list | tuple) or len(values) > MOST_CHOICES:
                raise BadFormula(_("%(label)s: choose from the list.") % {"label": one.label}, path, place)
            if one.is_required and len(values) != 1:
                raise BadFormula(_("%(label)s: choose one.") % {"label": one.label}, path, place)
            known = None if one.choices is None else {value for value, _words in one.choices}
            for value in values:
                if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CHOICE or "\x00" in value:
                    raise BadFormula(_("%(label)s: choose from the list.") % {"label": one.label}, path, place)
                if known is not None and value not in known:
                    words = _("%(label)s: there is no “%(value)s” (any more).")
                    raise BadFormula(words % {"label": one.label, "value": value[:60]}, path, place)
            if values:
                found.append((one.key, tuple(sorted(set(values)))))
        return tuple(found)

    def _operation(self, raw: Mapping[str, Any], path: str, place: str, depth: int) -> Operation:
        operator, parts = raw["operator"], raw.get("parts")
        if not isinstance(operator, str) or operator not in OPERATORS:
            raise BadFormula(_("Choose how the parts are put together."), path, place)
        words, fewest, most = OPERATORS[operator]
        if not isinstance(parts, list | tuple) or not fewest <= len(parts) <= most:
            said = _("“%(words)s” needs %(fewest)d to %(most)d parts.")
            raise BadFormula(said % {"words": words, "fewest": fewest, "most": most}, path, place)
        low = high = None
        if operator == "clamp":
            low, high = (_limit(raw.get(name), path, place) for name in ("low", "high"))
            if low is None and high is None:
                raise BadFormula(_("Write the least or the most that it may be."), path, place)
            if low is not None and high is not None and low >= high:
                raise BadFormula(_("The least must be below the most."), path, place)
        elif raw.get("low") is not None or raw.get("high") is not None:
            raise BadFormula(_("Limits belong to “kept between” alone."), path, place)
        read = [
            self.read(part, path=f"{path}.{number}", place=_place(operator, number), depth=depth + 1)
            for number, part in enumerate(parts)
        ]
        return Operation(operator, tuple(read), low, high)


def _place(operator: str, number: int) -> str:
    """Which part it is, in words."""
    if operator == "divide":
        return _("What is divided") if number == 0 else _("What it is divided by")
    if operator == "if_missing":
        return _("The value") if number == 0 else _("What is taken where it is not known")
    if operator == "clamp":
        return _("What is kept between")
    words = str(OPERATORS[operator][0])
    return _("Part %(number)d of “%(words)s”") % {"number": number + 1, "words": words}


def _limit(value: object, path: str, place: str) -> float | None:
    return None if value is None or value == "" else _number(value, path, place)


def _number(value: object, path: str, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadFormula(_("Write a number, such as 25 or 0.5."), path, place)
    if abs(value) > LARGEST:
        raise BadFormula(_("This number is too large."), path, place)
    return float(value)


def figures_of(node: Node) -> tuple[Figure, ...]:
    """The different figures of a formula, in the order in which they stand."""
    return tuple(dict.fromkeys(_walk_figures(node)))


def _walk_figures(node: Node) -> Iterator[Figure]:
    if isinstance(node, Figure):
        yield node
    elif isinstance(node, Operation):
        for part in node.parts:
            yield from _walk_figures(part)


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """Values (NaN: not known) and the days (ordinals, NaN: of no day) on which they were observed, one per account."""

    values: Floats
    days: Floats
