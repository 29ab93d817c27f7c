"""The editor of conditions as a form field: rows of name, operator and value, whose control follows the type.

With htmx a row redraws itself as soon as its name or operator changes, and rows come and go at the press of a button.
Without script there are empty rows to fill, a row whose name is emptied goes, and each value is typed as text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.formulas.conditions import (
    BOOLEAN,
    CHOICE,
    DATE,
    DAY_OPERATORS,
    MOST_CONDITIONS,
    NUMBER,
    OPERATOR_WORDS,
    BadCondition,
    ConditionName,
    parse_condition,
)
from accounts.selectors.condition_names import condition_names

TEMPLATE = "accounts/parts/conditions.html"
Names = Callable[[], Iterable[ConditionName]]
Raw = dict[str, Any]
_PARTS = ("name", "operator", "value")
# Rows beyond those that are filled, for readers without script.
SPARE_ROWS = 3


@dataclass(frozen=True, slots=True)
class RowControl:
    """How one row is drawn. `kind` of the value: none, choice, choices, yes, number, days, date or text."""

    prefix: str
    id: str
    name: str
    operator: str
    value: Any
    entry: ConditionName | None
    kind: str
    operators: tuple[tuple[str, str], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The value as the texts that are chosen."""
        found = self.value if isinstance(self.value, list | tuple) else [self.value]
        return tuple(_text(item) for item in found if item not in (None, ""))

    @property
    def text(self) -> str:
        """The value as it is typed; several with commas between."""
        return ", ".join(self.values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _kind(entry: ConditionName | None, operator: str) -> str:
    if operator in ("is_set", "is_unset"):
        return "none"
    if operator in DAY_OPERATORS:
        return "days"
    if entry is None:
        return "text"
    if entry.type == CHOICE and entry.choices:
        return "choices" if operator == "in" else "choice"
    if operator == "in":
        return "text"
    return {NUMBER: "number", DATE: "date", BOOLEAN: "yes"}.get(entry.type, "text")


def control_of(raw: Mapping[str, Any], *, field: str, key: str, known: Mapping[str, ConditionName]) -> RowControl:
    """A row ready to be drawn; an operator that the name does not have becomes its first."""
    name = str(raw.get("name") or "")
    entry = known.get(name)
    allowed = entry.operators if entry else tuple(OPERATOR_WORDS)
    operator = str(raw.get("operator") or "")
    if entry and operator not in allowed:
        operator = allowed[0]
    return RowControl(
        prefix=f"{field}-{key}",
        id=f"id_{field}-{key}",
        name=name,
        operator=operator,
        value=raw.get("value"),
        entry=entry,
        kind=_kind(entry, operator),
        operators=tuple((each, str(OPERATOR_WORDS[each])) for each in allowed),
    )


def grouped(names: Iterable[ConditionName]) -> list[tuple[str, list[ConditionName]]]:
    """The menu: what the account itself has, the install's own fields, facts, and what a trigger carries."""
    groups: dict[str, list[ConditionName]] = {}
    heads = {"account": _("Account"), "custom": _("Own fields"), "fact": _("Facts")}
    for entry in names:
        groups.setdefault(heads.get(entry.name.split(".")[0], _("What happened")), []).append(entry)
    return list(groups.items())


def row_context(field: str, row: RowControl, names: Iterable[ConditionName], row_url: str) -> dict[str, Any]:
    """What the part `row` of the template needs."""
    mark = "&" if "?" in row_url else "?"
    url = f"{row_url}{mark}{urlencode({'field': field, 'key': row.prefix.removeprefix(f'{field}-')})}"
    return {"row": row, "groups": grouped(names), "url": url, "is_single": False}


def posted_rows(data: Any, field: str) -> list[Raw]:
    """The rows of a submitted form, in the order in which they stand; those without a name are left out."""
    found: dict[str, Raw] = {}
    pattern = re.compile(rf"{re.escape(field)}-([A-Za-z0-9]{{1,12}})-(name|operator|value)")
    for key in data:
        match = pattern.fullmatch(key)
        if match:
            values = data.getlist(key) if hasattr(data, "getlist") else [data[key]]
            found.setdefault(match[1], {})[match[2]] = values[0] if len(values) == 1 else list(values)
    return [
        {part: row.get(part, "") for part in _PARTS} for row in found.values() if str(row.get("name") or "").strip()
    ]


class ConditionsWidget(forms.Widget):
    """Draws the rows. `names` says what may be asked about, `row_url` where htmx gets a single row."""

    def __init__(self, *, names: Names, row_url: Any, is_single: bool = False) -> None:
        super().__init__()
        self.names, self.row_url, self.is_single = names, row_url, is_single

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Raw]:
        return posted_rows(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0-name" if id_ else id_

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        names = list(self.names())
        known = {entry.name: entry for entry in names}
        rows = [value] if isinstance(value, Mapping) and value else list(value or [])
        keys = [str(number) for number in range(len(rows))]
        controls = [
            control_of(raw, field=name, key=key, known=known)
            for key, raw in zip(keys, rows, strict=True)
            if isinstance(raw, Mapping)
        ]
        spare = 0 if self.is_single else SPARE_ROWS
        if not controls:
            controls = [control_of({}, field=name, key="0", known=known)]
        # mark_safe: the template engine has escaped everything already.
        return mark_safe(  # noqa: S308
            render_to_string(
                TEMPLATE,
                {
                    "rows": [row_context(name, row, names, str(self.row_url)) for row in controls],
                    "spare": [
                        row_context(name, control_of({}, field=name, key=f"s{number}", known=known), names, "")
                        for number in range(spare)
                    ],
                    "field": name,
                    "add_url": f"{self.row_url}{'&' if '?' in str(self.row_url) else '?'}{urlencode({'field': name})}",
                    "most": MOST_CONDITIONS,
                    "is_single": self.is_single,
                    "described_by": (attrs or {}).get("aria-describedby", ""),
                },
            )
        )


class ConditionsField(forms.Field):
    """A list of conditions, all of which must hold; cleaned to the stored form `[{name, operator, value}]`.

    `names` returns the ConditionNames that are allowed (those of accounts by default); `row_url` answers single rows
    (see accounts.views.conditions.render_row).
    """

    def __init__(
        self, *, names: Names = condition_names, row_url: Any = None, is_single: bool = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("required", False)
        kwargs["widget"] = ConditionsWidget(
            names=names,
            row_url=reverse_lazy("condition_row") if row_url is None else row_url,
            is_single=is_single,
        )
        super().__init__(**kwargs)
        self.names, self.is_single = names, is_single

    def use_names(self, names: Names, row_url: Any) -> None:
        """Ask about something else from now on, such as what the chosen trigger carries."""
        self.names = names
        self.widget.names, self.widget.row_url = names, row_url

    def clean(self, value: Any) -> Any:
        rows = list(value or [])
        known = {entry.name: entry for entry in self.names()}
        if len(rows) > (1 if self.is_single else MOST_CONDITIONS):
            raise ValidationError(_("At most %(most)d conditions.") % {"most": MOST_CONDITIONS})
        found, problems = [], []
        for row in rows:
            try:
                found.append(parse_condition(row, known).as_json())
            except BadCondition as error:
                problems.append(str(error))
        if problems:
            raise ValidationError(problems)
        if self.required and not found:
            raise ValidationError(self.error_messages["required"], code="required")
        if self.is_single:
            return found[0] if found else {}
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or []) != self.clean(data))
        except ValidationError:
            return True
