"""Filter terms: from the address or the filter box, checked against the list's own fields.

In the address: `stage=renewing&stage.not=churned&arr.from=100000&renewal.to=+90d&owner=me&owner.none=yes`.
In the box: `stage:renewing -stage:churned arr>=100k renewal<=+90d owner:me owner:none "exact words"`.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from ui import formats, hooks
from ui.dates import UnreadableDay, parse_day
from ui.lists.spec import Filter

# How an operator is written in the box, and what it is called in the address.
OPERATORS: Mapping[str, str] = {">=": "from", "<=": "to", ">": "over", "<": "under"}
_SIGNS = {name: sign for sign, name in OPERATORS.items()} | {"is": ":", "not": "≠"}
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "choice": ("is", "not"),
    "person": ("is", "not"),
    "number": ("is", "from", "to", "over", "under"),
    "money": ("is", "from", "to", "over", "under"),
    "day": ("is", "from", "to", "over", "under"),
    "text": ("is", "not"),
    "flag": ("is",),
}
_LOOKUPS = {"from": "gte", "to": "lte", "over": "gt", "under": "lt", "is": "exact"}
_PIECE = re.compile(r'(-?)([a-z][a-z0-9_-]*)(:|>=|<=|>|<)("[^"]*"|\S*)|"([^"]*)"|(\S+)')
_AMOUNT = re.compile(r"([+-]?)(\d+(?:[.,]\d+)*)\s*([kmb%]?)\Z", re.IGNORECASE)
_FACTORS = {"": 1, "%": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
MOST_TERMS = 30
MOST_LETTERS = 200


class BadFilter(ValueError):
    """The address or the box asks for something that the list cannot do; the message says what it can."""


@dataclass(frozen=True)
class Term:
    """One condition: a field's key, an operator (is, not, from, to, over, under, none) and the text of its values."""

    key: str
    operator: str
    values: tuple[str, ...]

    @property
    def param(self) -> str:
        return self.key if self.operator == "is" else f"{self.key}.{self.operator}"


def parse_amount(text: str) -> Decimal:
    """`100k`, `1.5m`, `2,000`, `80`; a comma with three digits behind it groups, otherwise it is a decimal mark."""
    match = _AMOUNT.match(text.strip().replace(formats.MINUS, "-"))
    if not match:
        raise BadFilter(_("“%(text)s” is no number: write 80, 100k or 1.5m.") % {"text": text})
    digits = match[2]
    if re.fullmatch(r"\d{1,3}(,\d{3})+", digits):
        digits = digits.replace(",", "")
    try:
        value = Decimal(digits.replace(",", ".")) * _FACTORS[match[3].lower()]
    except InvalidOperation as error:
        raise BadFilter(_("“%(text)s” is no number: write 80, 100k or 1.5m.") % {"text": text}) from error
    if value >= Decimal(10) ** 15:
        raise BadFilter(_("“%(text)s” is too large.") % {"text": text})
    return -value if match[1] == "-" else value


def parse_flag(text: str) -> bool:
    if text.lower() in {"yes", "true", "1", _("yes").lower()}:
        return True
    if text.lower() in {"no", "false", "0", _("no").lower()}:
        return False
    raise BadFilter(_("Write yes or no, not “%(text)s”.") % {"text": text})


def _choice(one: Filter, text: str, user: Any) -> str:
    if one.kind == "person" and text.lower() in {"me", _("me")}:
        return str(user.pk)
    choices = one.choices_for(user)
    wanted = text.lower()
    for value, _label in choices:
        if value.lower() == wanted:
            return value
    for value, label in choices:
        if str(label).lower() == wanted or str(label).lower().startswith(wanted):
            return value
    known = ", ".join(value if one.kind == "choice" else str(label) for value, label in choices[:12])
    raise BadFilter(
        _("%(field)s has no “%(text)s”; it has: %(known)s.") % {"field": one.label, "text": text, "known": known}
    )


def read_value(one: Filter, text: str, user: Any) -> Any:
    """One value of a term as Python; raises BadFilter with the cure."""
    if one.kind in ("number", "money"):
        return parse_amount(text)
    if one.kind == "flag":
        return parse_flag(text)
    if one.kind == "day":
        try:
            return parse_day(text, hooks.today())
        except UnreadableDay as error:
            raise BadFilter(f"{one.label}: {error}") from error
    return text if one.kind == "text" else _choice(one, text, user)


def known_filter(key: str, filters: Mapping[str, Filter]) -> Filter:
    """SECURITY: only keys of the list's own registry; field paths, `__` and `_connector` never reach the ORM."""
    one = filters.get(key)
    if one is None:
        raise BadFilter(
            _("There is no filter “%(key)s” here; there are: %(known)s.")
            % {"key": key[:40], "known": ", ".join(sorted(filters)) or "–"}
        )
    return one


def check_term(term: Term, filters: Mapping[str, Filter], user: Any) -> Filter:
    """The filter of a term; raises BadFilter when the field cannot be asked that way or has no such value."""
    one = known_filter(term.key, filters)
    allowed = _ALLOWED[one.kind] + (("none",) if one.can_be_blank else ())
    if term.operator not in allowed:
        raise BadFilter(
            _("%(field)s cannot be asked with “%(operator)s”; it takes: %(known)s.")
            % {"field": one.label, "operator": term.operator[:20], "known": ", ".join(allowed)}
        )
    if any(len(value) > MOST_LETTERS or "\x00" in value for value in term.values):
        raise BadFilter(_("%(field)s: the value is too long.") % {"field": one.label})
    for value in term.values:
        if term.operator == "none":
            parse_flag(value)
        else:
            read_value(one, value, user)
    return one


def merge_terms(terms: Iterable[Term]) -> list[Term]:
    """Terms of the same field and operator as one; for bounds the last one holds."""
    merged: dict[tuple[str, str], Term] = {}
    for term in terms:
        place = (term.key, term.operator)
        held = merged.get(place)
        if held is None or term.operator not in ("is", "not"):
            merged[place] = term
        else:
            merged[place] = Term(term.key, term.operator, tuple(dict.fromkeys(held.values + term.values)))
    if len(merged) > MOST_TERMS:
        raise BadFilter(_("That is more than %(most)s conditions.") % {"most": MOST_TERMS})
    return list(merged.values())


def read_params(params: Iterable[tuple[str, Sequence[str]]]) -> list[Term]:
    """Terms of the address; empty values are fields left blank in a filter form."""
    terms = []
    for name, values in params:
        key, _dot, operator = name.partition(".")
        kept = tuple(value.strip() for value in values if value.strip())
        if kept:
            terms.append(Term(key, operator or "is", kept))
    return terms


@dataclass(frozen=True)
class Box:
    """What stands in the filter box: terms, free words, and the pieces that make no sense with the reason for each."""

    terms: list[Term]
    words: str
    unread: list[str]
    problems: list[str]


def read_box(text: str, filters: Mapping[str, Filter], user: Any) -> Box:
    """Terms and free words of the filter box. A word with a colon that names no filter (a URL) makes no sense."""
    terms: list[Term] = []
    words: list[str] = []
    unread: list[str] = []
    problems: list[str] = []
    for match in _PIECE.finditer(text[:2000]):
        minus, key, sign, value, quoted, plain = match.groups("")
        if not sign:
            words.append(f'"{quoted}"' if " " in quoted else quoted or plain)
            continue
        try:
            term = _read_piece(key, sign, value, filters, is_not=bool(minus))
            check_term(term, filters, user)
        except BadFilter as problem:
            unread.append(match[0])
            problems.append(str(problem))
        else:
            terms.append(term)
    return Box(terms, " ".join(word for word in words if word), unread, problems)


def _read_piece(key: str, sign: str, value: str, filters: Mapping[str, Filter], *, is_not: bool) -> Term:
    one = known_filter(key, filters)
    values = tuple(part.strip() for part in value.strip('"').split(",") if part.strip())
    if one.kind in ("number", "money", "text", "day") or value.startswith('"'):
        values = (value.strip('"'),) if value.strip('"') else ()
    if not values:
        raise BadFilter(_("%(field)s: say what it should be.") % {"field": one.label})
    if sign == ":" and values == ("none",) and one.can_be_blank:
        return Term(key, "none", ("no" if is_not else "yes",))
    return Term(key, OPERATORS.get(sign, "not" if is_not else "is"), values)


def describe(term: Term, one: Filter, user: Any) -> str:
    """A term's condition as a chip shows it: `is Renewing`, `≥ $100K`, `≤ 19 Feb 2027`, `is empty`."""
    if term.operator == "none":
        return _("is empty") if parse_flag(term.values[0]) else _("is not empty")
    shown = [_describe_value(one, value, user) for value in term.values]
    joined = (" " + _("or") + " ").join(shown)
    if one.kind == "text":
        return (_("contains %(text)s") if term.operator == "is" else _("is without %(text)s")) % {"text": joined}
    if term.operator in ("is", "not"):
        return (_("is %(text)s") if term.operator == "is" else _("is not %(text)s")) % {"text": joined}
    sign = {"from": "≥", "to": "≤"}.get(term.operator, _SIGNS.get(term.operator, ""))
    return f"{sign} {joined}"


def _describe_value(one: Filter, text: str, user: Any) -> str:
    value = read_value(one, text, user)
    if one.kind == "money":
        return formats.compact_money(value, hooks.default_currency())
    if one.kind == "number":
        return formats.number(value, 2)
    if isinstance(value, dt.date):
        return formats.day(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if one.kind == "person" and value == str(user.pk):
        return _("me")
    return next((str(label) for key, label in one.choices_for(user) if key == value), str(value))
