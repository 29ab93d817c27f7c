"""Which column feeds which field, and how: from a mapping file, from the wizard, or from the names of the columns."""

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import yaml
from django.utils.translation import gettext as _

from accounts.models import CustomField
from accounts.services.imports import dates, numbers
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.registry import Field, ImportKind

MAX_FILE = 256 * 1024
_TOP = {
    "kind", "source", "encoding", "delimiter", "sheet", "date_order", "decimal", "time_zone", "columns", "constants",
    "custom_fields", "ignore",
}  # fmt: skip
_RULE = {
    "column", "values", "default", "multiply", "minutes_after", "next_anniversary", "date_order", "decimal",
    "time_zone",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """How one field gets its value: from a column or a constant, through a table of values, times a factor.

    `minutes_after` names a column with a time that the number of minutes is added to; `next_anniversary` turns a day
    into its first anniversary from today on.
    """

    field: str
    column: str = ""
    constant: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    default: str = ""
    multiply: Decimal | None = None
    minutes_after: str = ""
    next_anniversary: bool = False
    date_order: str = ""
    decimal: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class FileMapping:
    """A checked mapping; `rules` by field name. Empty `rules` mean: match the columns by their names."""

    source: str = "csv"
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    date_order: str = ""
    decimal: str = ""
    time_zone: str = "UTC"
    rules: dict[str, Rule] = field(default_factory=dict)
    custom_fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def load_mapping(text: str) -> dict[str, Any]:
    """The content of a mapping file (YAML). Raises ImportProblem with the line when it is no mapping."""
    if len(text) > MAX_FILE:
        raise ImportProblem(_("The mapping file is larger than 256 KB."))
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = _(" (line %(line)d)") % {"line": mark.line + 1} if mark else ""
        raise ImportProblem(
            _("The mapping file is not valid YAML%(where)s: %(what)s.")
            % {"where": where, "what": getattr(error, "problem", None) or _("it cannot be read")}
        ) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ImportProblem(_("The mapping file must hold names and values, such as columns: and source:."))
    return data


def custom_fields_of(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The custom fields that a mapping declares: {key: {"type", "label", "choices"}}. Raises ImportProblem."""
    declared: dict[str, dict[str, Any]] = {}
    for key, given in _section(data, "custom_fields").items():
        spec = {"type": given} if isinstance(given, str) else dict(given or {})
        kind = str(spec.get("type", "text"))
        if kind not in CustomField.Type.values:
            raise ImportProblem(
                _("custom_fields: the type of %(key)s must be one of %(types)s.")
                % {"key": key, "types": ", ".join(CustomField.Type.values)}
            )
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", str(key)):
            raise ImportProblem(_("custom_fields: %(key)r must be small letters, digits and _.") % {"key": key})
        label = str(spec.get("label") or str(key).replace("_", " ").capitalize())[:60]
        declared[str(key)] = {"type": kind, "label": label, "choices": [str(one) for one in spec.get("choices") or []]}
    return declared


def fields_of(kind: ImportKind, data: Mapping[str, Any]) -> dict[str, Field]:
    """The kind's fields by name, with the custom fields that the mapping declares beside the ones that exist."""
    found = {one.name: one for one in kind.fields()}
    if kind.name == "accounts":
        for key, spec in custom_fields_of(data).items():
            found.setdefault(f"custom.{key}", custom_field(key, spec["label"], spec["type"], spec["choices"]))
    return found


def custom_field(key: str, label: str, kind: str, choices: Iterable[str]) -> Field:
    """A declared custom field of accounts as something that a column can mean."""
    types = {"number": "decimal", "boolean": "boolean", "date": "date", "choice": "choice"}
    return Field(
        name=f"custom.{key}",
        label=label,
        type=types.get(kind, "text"),
        aliases=(key,),
        choices=tuple((one, one) for one in choices),
        max_length=500,
    )


def read_mapping(data: Mapping[str, Any], *, kind: ImportKind) -> FileMapping:
    """Check a mapping against the kind. Raises ImportProblem that names the wrong word and the nearest right one."""
    _refuse_unknown(data, _TOP, _("The mapping file"))
    if data.get("kind") and data["kind"] != kind.name:
        raise ImportProblem(
            _("The mapping file is for %(theirs)s, the import for %(ours)s.")
            % {"theirs": data["kind"], "ours": kind.name}
        )
    known = fields_of(kind, data)
    rules: dict[str, Rule] = {}
    for name, given in _section(data, "columns").items():
        if given in (None, ""):
            continue
        rules[name] = _rule(_known_field(name, known, kind), given)
    for name, value in _section(data, "constants").items():
        _known_field(name, known, kind)
        if name in rules:
            raise ImportProblem(_("%(field)s is under columns and under constants: keep one.") % {"field": name})
        rules[name] = Rule(field=name, constant=_text(value))
    return FileMapping(
        source=_text(data.get("source") or "csv")[:40],
        encoding=_text(data.get("encoding")),
        delimiter={"tab": "\t", "comma": ",", "semicolon": ";"}.get(
            _text(data.get("delimiter")), _text(data.get("delimiter"))
        ),
        sheet=_text(data.get("sheet")),
        date_order=_one_of(data, "date_order", dates.ORDERS),
        decimal=_one_of(data, "decimal", numbers.STYLES),
        time_zone=_zone(data.get("time_zone")) or "UTC",
        rules=rules,
        custom_fields=custom_fields_of(data) if kind.name == "accounts" else {},
    )


def match_columns(header: Iterable[str], fields: Iterable[Field]) -> dict[str, Rule]:
    """Rules by the names of the columns: a field's name, label or alias, whatever the case and the separators.

    A column feeds one field at most, and the first field that wants it gets it.
    """
    by_name: dict[str, str] = {}
    for column in header:
        by_name.setdefault(_plain(column), column)
    rules: dict[str, Rule] = {}
    for one in fields:
        for alias in (one.name, *one.aliases, str(one.label)):
            if column := by_name.pop(_plain(alias), ""):
                rules[one.name] = Rule(field=one.name, column=column)
                break
    return rules


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-zæøåäöüßéèñç\u4e00-\u9fff]+", "_", name.casefold()).strip("_")


def _rule(spec: Field, given: Any) -> Rule:
    if not isinstance(given, Mapping):
        return Rule(field=spec.name, column=_text(given))
    where = _("The mapping of %(field)s") % {"field": spec.name}
    _refuse_unknown(given, _RULE, where)
    if not given.get("column"):
        raise ImportProblem(_("%(where)s names no column.") % {"where": where})
    values = given.get("values") or {}
    if not isinstance(values, Mapping):
        raise ImportProblem(_("%(where)s: values must be pairs such as urgent: p1.") % {"where": where})
    if given.get("minutes_after") and spec.type != "moment":
        raise ImportProblem(_("%(where)s: minutes_after is for fields that hold a time.") % {"where": where})
    if given.get("next_anniversary") and spec.type != "date":
        raise ImportProblem(_("%(where)s: next_anniversary is for fields that hold a day.") % {"where": where})
    return Rule(
        field=spec.name,
        column=_text(given["column"]),
        values=tuple((_text(key).casefold(), _text(value)) for key, value in values.items()),
        default=_text(given.get("default")),
        multiply=_factor(given["multiply"], where) if given.get("multiply") is not None else None,
        minutes_after=_text(given.get("minutes_after")),
        next_anniversary=bool(given.get("next_anniversary")),
        date_order=_one_of(given, "date_order", dates.ORDERS),
        decimal=_one_of(given, "decimal", numbers.STYLES),
        time_zone=_zone(given.get("time_zone")),
    )


def _factor(value: Any, where: str) -> Decimal:
    try:
        return numbers.parse_number(str(value))
    except numbers.UnreadableNumber as error:
        raise ImportProblem(_("%(where)s: multiply must be a number.") % {"where": where}) from error


def _section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = data.get(name) or {}
    if not isinstance(section, Mapping):
        raise ImportProblem(_("%(name)s: must hold pairs of a field and a column or value.") % {"name": name})
    return {str(key): value for key, value in section.items()}


def _known_field(name: str, known: dict[str, Field], kind: ImportKind) -> Field:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        _("do you mean %(name)s?") % {"name": near[0]} if near else _("it has %(names)s.") % {"names": ", ".join(known)}
    )
    raise ImportProblem(_("%(kind)s has no field %(name)r: %(hint)s") % {"kind": kind.name, "name": name, "hint": hint})


def _refuse_unknown(data: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in data:
        if str(name) not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = near[0] if near else ", ".join(sorted(known))
            raise ImportProblem(
                _("%(where)s knows no %(name)r; it knows %(hint)s.") % {"where": where, "name": name, "hint": hint}
            )


def _one_of(data: Mapping[str, Any], name: str, allowed: Iterable[str]) -> str:
    value = _text(data.get(name))
    if value and value not in allowed:
        raise ImportProblem(
            _("%(name)s must be %(allowed)s; it is %(value)r.")
            % {"name": name, "allowed": _(" or ").join(allowed), "value": value}
        )
    return value


def _zone(value: Any) -> str:
    name = _text(value)
    if name and name not in available_timezones():
        raise ImportProblem(_("%(name)r is not a time zone; Europe/Copenhagen is one.") % {"name": name})
    return name


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
