"""The formula builder: a posted form as a tree, what its buttons do to the tree, and the tree as blocks to draw.

Each block has a path ("0" is the whole, "0.1" its second part). Its fields are `f.<path>.figure`, `.days`, `.number`,
`.operator`, `.low`, `.high`, `.where.<key>` and `.then`. Everything works with plain submits; htmx redraws the blocks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from engagement.formulas.own import MOST_DAYS, MOST_DEPTH, OPERATORS, Catalogue, FigureSpec

Raw = dict[str, Any]
NUMBER = "number"
MOST_PARTS = 6
_PATH = re.compile(r"0(\.[0-5]){0,6}")
_DIGITS = re.compile(r"[0-9]{1,4}")


def empty_leaf() -> Raw:
    """A place where nothing was chosen yet."""
    return {"figure": ""}


def read_formula(data: QueryDict, path: str = "0") -> Raw:
    """The tree that the posted blocks describe, unchecked; deeper than any formula may be it is cut off."""
    if path.count(".") > MOST_DEPTH:
        return empty_leaf()
    operator = data.get(f"f.{path}.operator")
    if operator is not None:
        parts: list[Raw] = []
        while len(parts) < MOST_PARTS and _is_posted(data, f"{path}.{len(parts)}"):
            parts.append(read_formula(data, f"{path}.{len(parts)}"))
        found: Raw = {"operator": operator, "parts": parts}
        if operator == "clamp":
            found |= {name: _number(data.get(f"f.{path}.{name}", "")) for name in ("low", "high")}
            found["parts"] = parts[:1]
        return found
    name = data.get(f"f.{path}.figure", "")
    if name == NUMBER:
        return {"number": _number(data.get(f"f.{path}.number", ""))}
    return _read_figure(data, path, name)


def _read_figure(data: QueryDict, path: str, name: str) -> Raw:
    found: Raw = {"figure": name}
    days = data.get(f"f.{path}.days")
    if days is not None:
        found["days"] = int(days) if _DIGITS.fullmatch(days.strip()) else days
    start = f"f.{path}.where."
    where = {
        key.removeprefix(start): [value for value in data.getlist(key) if value]
        for key in data
        if key.startswith(start)
    }
    if any(where.values()):
        found["where"] = {key: values for key, values in where.items() if values}
    return found


def _is_posted(data: QueryDict, path: str) -> bool:
    return f"f.{path}.operator" in data or f"f.{path}.figure" in data


def _number(text: str) -> float | str | None:
    """What was typed as a number; a comma is a point too. What is none stays as it was typed, and is refused later."""
    text = text.strip()
    if not text:
        return None
    try:
        value = float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return text[:40]
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def tidy(raw: Raw, catalogue: Catalogue) -> Raw:
    """What a change of a figure leaves behind is dropped: windows and narrowings that the new figure does not have."""
    if "operator" in raw:
        return raw | {"parts": [tidy(part, catalogue) for part in raw["parts"]]}
    spec = catalogue.get(raw.get("figure", ""))
    if spec is None:
        return raw
    found: Raw = {"figure": spec.name}
    if spec.days is not None:
        found["days"] = raw.get("days", spec.days)
    where = {key: values for key, values in raw.get("where", {}).items() if key in spec.keys}
    for one in spec.narrowings:
        known = {value for value, _words in one.choices or ()}
        if one.is_required and one.choices and not set(where.get(one.key, [])) & known:
            where[one.key] = [one.choices[0][0]]
    if where:
        found["where"] = where
    return found


def act(raw: Raw, deed: str) -> Raw:
    """The tree after a button: `wrap:<path>:<operator>`, `add:<path>`, `drop:<path>`, `swap:<path>`.

    A deed that makes no sense changes nothing.
    """
    verb, _colon, rest = deed.partition(":")
    path, _colon, operator = rest.partition(":")
    if not _PATH.fullmatch(path):
        return raw
    places = [int(number) for number in path.split(".")[1:]]
    found = _at(raw, places)
    if found is None:
        return raw
    parts = found.get("parts", [])
    if verb == "drop":
        return _drop(raw, places)
    if verb == "wrap" and operator in OPERATORS:
        found = _wrapped(found, operator)
    elif verb == "add" and 0 < len(parts) < MOST_PARTS:
        found = found | {"parts": [*parts, empty_leaf()]}
    elif verb == "swap" and len(parts) == 2:
        found = found | {"parts": parts[::-1]}
    return _put(raw, places, found)


def posted_deed(data: QueryDict) -> str:
    """What was pressed: a button, or the menu “then” of a block. A button of an earlier drawing (`@turn`) is none."""
    if data.get("do"):
        deed, _at_sign, turn = str(data["do"]).partition("@")
        return deed if not turn or turn == data.get("turn") else ""
    for key in data:
        if key.startswith("f.") and key.endswith(".then") and data[key] in OPERATORS:
            return f"wrap:{key[2:-5]}:{data[key]}"
    return ""


def _wrapped(node: Raw, operator: str) -> Raw:
    if operator == "clamp":
        return {"operator": operator, "parts": [node], "low": 0, "high": None}
    return {"operator": operator, "parts": [node, {"number": 0} if operator == "if_missing" else empty_leaf()]}


def _at(raw: Raw, places: list[int]) -> Raw | None:
    for place in places:
        parts = raw.get("parts", [])
        if place >= len(parts):
            return None
        raw = parts[place]
    return raw


def _put(raw: Raw, places: list[int], node: Raw) -> Raw:
    if not places:
        return node
    parts = [_put(part, places[1:], node) if number == places[0] else part for number, part in enumerate(raw["parts"])]
    return raw | {"parts": parts}


def _drop(raw: Raw, places: list[int]) -> Raw:
    """Without the part; an operation that is left with one part becomes that part."""
    if not places:
        return empty_leaf()
    above = _at(raw, places[:-1])
    if above is None or places[-1] >= len(above.get("parts", [])):
        return raw
    left = [part for number, part in enumerate(above["parts"]) if number != places[-1]]
    if not left:
        return _put(raw, places[:-1], empty_leaf())
    return _put(raw, places[:-1], left[0] if len(left) == 1 else above | {"parts": left})


@dataclass(frozen=True)
class NarrowingControl:
    """One narrowing of a figure as a control: `options` are (value, words, whether it is chosen)."""

    name: str
    id: str
    label: str
    options: tuple[tuple[str, str, bool], ...]
    is_required: bool
    chosen: int


@dataclass(frozen=True)
class Block:
    """One part of the formula, ready to be drawn."""

    path: str
    id: str
    lead: str
    figure: str
    is_number: bool
    number: str
    spec: FigureSpec | None
    days: str
    narrowings: tuple[NarrowingControl, ...]
    operator: str
    operators: tuple[tuple[str, str], ...]
    parts: tuple["Block", ...]
    low: str
    high: str
    error: str
    can_drop: bool
    can_add: bool
    can_swap: bool
    can_wrap: bool

    @property
    def most_days(self) -> int:
        return MOST_DAYS


def block_of(
    raw: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    errors: Mapping[str, str] | None = None,
    path: str = "0",
    lead: str = "",
) -> Block:
    """The tree as blocks; `errors` by path."""
    operator = str(raw.get("operator") or "") if "operator" in raw else ""
    is_operation = "operator" in raw
    parts = raw.get("parts", []) if is_operation else []
    name = str(raw.get("figure") or "")
    spec = catalogue.get(name)
    leads = _leads(operator, len(parts))
    return Block(
        path=path,
        id=f"f-{path.replace('.', '-')}",
        lead=lead,
        figure=name,
        is_number="number" in raw,
        number=_text(raw.get("number")),
        spec=spec,
        days=_text(raw.get("days")),
        narrowings=_controls(raw, spec, path),
        operator=operator,
        operators=_operators(len(parts)) if is_operation else (),
        parts=tuple(
            block_of(part, catalogue, errors=errors, path=f"{path}.{number}", lead=leads[number])
            for number, part in enumerate(parts)
        ),
        low=_text(raw.get("low")),
        high=_text(raw.get("high")),
        error=(errors or {}).get(path, ""),
        can_drop=path != "0" or is_operation or bool(name) or "number" in raw,
        can_add=is_operation and operator in ("plus", "times", "least", "most") and len(parts) < MOST_PARTS,
        can_swap=operator in ("minus", "divide"),
        can_wrap=path.count(".") < MOST_DEPTH - 1,
    )


def _controls(raw: Mapping[str, Any], spec: FigureSpec | None, path: str) -> tuple[NarrowingControl, ...]:
    where = raw.get("where") or {}
    found = []
    for one in spec.narrowings if spec else ():
        given = [str(value) for value in where.get(one.key, [])]
        choices = dict(one.choices or ()) | {value: value for value in given if value not in dict(one.choices or ())}
        found.append(
            NarrowingControl(
                name=f"f.{path}.where.{one.key}",
                id=f"f-{path.replace('.', '-')}-{one.key}",
                label=one.label,
                options=tuple((value, words, value in given) for value, words in choices.items()),
                is_required=one.is_required,
                chosen=len(given),
            )
        )
    return tuple(found)


def _operators(parts: int) -> tuple[tuple[str, str], ...]:
    """What an operation of so many parts may become."""
    return tuple((key, str(words)) for key, (words, fewest, most) in OPERATORS.items() if fewest <= parts <= most)


def _leads(operator: str, parts: int) -> list[str]:
    """The word before each part after the first."""
    if operator == "if_missing":
        return ["", _("where it is not known, take")]
    signs = {"plus": "+", "minus": "\N{MINUS SIGN}", "times": "×", "divide": "÷", "least": _("and"), "most": _("and")}
    return ["", *[signs.get(operator, "")] * (parts - 1)]


def _text(value: object) -> str:
    return "" if value is None else str(value)
