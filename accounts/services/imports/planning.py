"""A mapping fitted to a file: which cell is read how, what was assumed, and what must be asked."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.services.imports import dates, numbers
from accounts.services.imports.converting import CellReader, Reading, Unfit, convert_text
from accounts.services.imports.inspecting import Column, Shape
from accounts.services.imports.mapping import FileMapping, Rule, fields_of, match_columns
from accounts.services.imports.problems import ImportProblem, NeedsAnswer, Question
from accounts.services.imports.registry import Field, ImportKind

_SHOWN = 30


@dataclass(frozen=True)
class Plan:
    """A mapping that fits a file: readers for its cells, and sentences on what was found and assumed."""

    readers: tuple[CellReader, ...]
    notes: tuple[str, ...]


def make_plan(shape: Shape, mapping: FileMapping, *, kind: ImportKind, data: Mapping[str, Any]) -> Plan:
    """Fit a mapping to a file; without rules the columns are matched by their names.

    Raises ImportProblem for a missing column, NeedsAnswer for dates or decimals that can be read in two ways.
    """
    fields, rules = choose_rules(shape.header, mapping, kind=kind, data=data)
    planner = _Planner(shape, mapping)
    readers = tuple(planner.reader(rule, fields[rule.field]) for rule in rules.values())
    if planner.questions:
        raise NeedsAnswer(list(planner.questions.values()))
    used = {name.casefold() for rule in rules.values() for name in (rule.column, rule.minutes_after)}
    notes = [shape.note, *planner.notes] if shape.note else planner.notes
    if unused := [name for name in shape.header if name.casefold() not in used]:
        notes = [*notes, _("Not imported: %(columns)s.") % {"columns": _some(unused)}]
    return Plan(readers, tuple(dict.fromkeys(notes)))


def choose_rules(
    header: list[str], mapping: FileMapping, *, kind: ImportKind, data: Mapping[str, Any]
) -> tuple[dict[str, Field], dict[str, Rule]]:
    """The kind's fields and the rules for this header. Raises ImportProblem when what every row needs is not there."""
    fields = fields_of(kind, data)
    rules = mapping.rules or match_columns(header, fields.values())
    if not any(rule.column for rule in rules.values()):
        raise ImportProblem(
            _("No column of the file is known for %(kind)s. It has %(columns)s; name them in a mapping.")
            % {"kind": kind.name, "columns": _some(header)}
        )
    _require_fields(fields, rules, kind, header)
    return fields, rules


def _require_fields(fields: dict[str, Field], rules: dict[str, Rule], kind: ImportKind, header: list[str]) -> None:
    for one in fields.values():
        if one.is_required and one.name not in rules:
            raise ImportProblem(
                _("No column for %(field)s (%(label)s), which every row needs. The file has %(columns)s.")
                % {"field": one.name, "label": one.label, "columns": _some(header)}
            )
    for group in kind.one_of:
        if not any(name in rules for name in group):
            raise ImportProblem(
                _("No column for %(fields)s, which every row needs. The file has %(columns)s.")
                % {"fields": _(" or ").join(group), "columns": _some(header)}
            )


def _some(names: Iterable[str]) -> str:
    shown = [name[:40] for name in names]
    if len(shown) <= _SHOWN:
        return ", ".join(shown)
    return _("%(names)s and %(more)d more") % {"names": ", ".join(shown[:_SHOWN]), "more": len(shown) - _SHOWN}


class _Planner:
    """Turns rules into readers and gathers what was assumed and what must be asked."""

    def __init__(self, shape: Shape, mapping: FileMapping) -> None:
        self.mapping = mapping
        self.columns = {column.name.casefold(): (index, column) for index, column in enumerate(shape.columns)}
        self.notes: list[str] = []
        self.questions: dict[tuple[str, str], Question] = {}

    def reader(self, rule: Rule, one: Field) -> CellReader:
        if rule.constant is not None:
            return self._constant(rule, one)
        index, column = self._find(rule.column, rule.field)
        how = self._how(rule, one, column)
        if not rule.minutes_after:
            return CellReader(rule, how, index)
        base_index, base_column = self._find(rule.minutes_after, rule.field)
        base = self._how(Rule(rule.field, rule.minutes_after), one, base_column)
        return CellReader(rule, how, index, base_index=base_index, base=base)

    def _constant(self, rule: Rule, one: Field) -> CellReader:
        how = Reading(one, self.mapping.date_order, self.mapping.decimal or numbers.POINT, self._zone(rule))
        try:
            return CellReader(rule, how, -1, constant=convert_text(rule.constant or "", how))
        except Unfit as error:
            raise ImportProblem(_("constants: %(field)s: %(why)s.") % {"field": rule.field, "why": error}) from error

    def _zone(self, rule: Rule) -> ZoneInfo:
        return ZoneInfo(rule.time_zone or self.mapping.time_zone)

    def _find(self, name: str, wanted_for: str) -> tuple[int, Column]:
        plain = " ".join(name.split()).casefold()
        if plain in self.columns:
            return self.columns[plain]
        near = difflib.get_close_matches(plain, self.columns, n=1)
        if near:
            hint = _("Do you mean %(name)r?") % {"name": self.columns[near[0]][1].name}
        else:
            hint = _("It has %(names)s.") % {"names": _some(column.name for _index, column in self.columns.values())}
        raise ImportProblem(
            _("The file has no column %(name)r, which the mapping names for %(field)s. %(hint)s")
            % {"name": name, "field": wanted_for, "hint": hint}
        )

    def _how(self, rule: Rule, one: Field, column: Column) -> Reading:
        order, style = "", ""
        if one.type in ("date", "moment") and not rule.minutes_after:
            order = rule.date_order or self.mapping.date_order or self._date_order(column)
        elif one.type in ("decimal", "moment"):
            style = rule.decimal or self.mapping.decimal or self._decimal(column)
        elif one.type == "integer":
            style = rule.decimal or self.mapping.decimal or _thousands(column)
        return Reading(one, order, style or numbers.POINT, self._zone(rule), rule.multiply)

    def _date_order(self, column: Column) -> str:
        order = self._decided(column, "date_order", column.date_order)
        if order == dates.DAY_FIRST:
            self.notes.append(
                _("%(column)s: the day comes first, nothing else fits all of its dates.") % {"column": column.name}
            )
        elif order == dates.MONTH_FIRST:
            self.notes.append(
                _("%(column)s: the month comes first, nothing else fits all of its dates.") % {"column": column.name}
            )
        return order

    def _decimal(self, column: Column) -> str:
        style = self._decided(column, "decimal", column.decimal)
        if style == numbers.COMMA:
            self.notes.append(_("%(column)s: decimals follow a comma.") % {"column": column.name})
        return style

    def _decided(self, column: Column, about: str, value: str) -> str:
        if value != "open":
            return value
        if about in column.questions:
            self.questions[column.name, about] = Question(**column.questions[about])
            return ""
        choices = dates.ORDERS if about == "date_order" else numbers.STYLES
        text = _(
            "%(column)s: %(conflict)s. Say which is right with %(about)s: %(choices)s; other rows are refused."
        ) % {
            "column": column.name,
            "conflict": column.conflicts[about],
            "about": about,
            "choices": _(" or ").join(choices),
        }
        self.questions[column.name, about] = Question(column.name, about, text, "", 0)
        return ""


def _thousands(column: Column) -> str:
    """The style of a column of whole numbers: it has no decimals, so 1.234 is 1234, and so is 1,234."""
    if column.decimal != "open" or "decimal" not in column.questions:
        return column.decimal if column.decimal != "open" else ""
    return numbers.COMMA if "." in column.questions["decimal"]["example"] else numbers.POINT
