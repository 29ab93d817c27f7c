"""What the address of a list asks for, read against the list's own columns and filters.

A part that makes no sense is left out and named in `problems`; the parts that do make sense hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from ui.lists.keyset import Cursor
from ui.lists.spec import RESERVED, Column, Filter, ListSpec
from ui.lists.terms import BadFilter, Term, check_term, merge_terms, read_box, read_params

T = TypeVar("T")


@dataclass
class Asked:
    """The address in Python; `typed` is what the filter box shows: its free words and what it could not read."""

    terms: list[Term] = field(default_factory=list)
    words: str = ""
    typed: str = ""
    columns: list[str] = field(default_factory=list)
    sort: str = ""
    shown_before: int = 0
    only: int | None = None
    cursor: Cursor | None = None
    problems: list[str] = field(default_factory=list)

    def attempt(self, read: Callable[[], T], default: T) -> T:
        """The part as it was read; if it makes no sense the default, with the reason among the problems."""
        try:
            return read()
        except BadFilter as problem:
            self.problems.append(str(problem))
            return default


def read_address(
    params: QueryDict, spec: ListSpec, columns: Sequence[Column], filters: Mapping[str, Filter], user: object
) -> Asked:
    """Everything the address says about the list."""
    asked = Asked(sort=spec.default_sort)
    box = read_box(params.get("q", ""), filters, user)
    asked.words, asked.typed = box.words, " ".join([*filter(None, [box.words]), *box.unread])
    asked.problems += box.problems
    known = {*RESERVED, *spec.keeps}
    named = read_params((name, params.getlist(name)) for name in params if name not in known)
    nothing: list[Term] = []
    for term in asked.attempt(lambda: merge_terms([*named, *box.terms]), nothing):
        try:
            check_term(term, filters, user)
        except BadFilter as problem:
            asked.problems.append(str(problem))
        else:
            asked.terms.append(term)
    asked.columns = _columns(params.getlist("col"), columns, asked)
    if order := params.get("sort", ""):
        asked.sort = asked.attempt(lambda: _sort(str(order), columns), spec.default_sort)
    shown = params.get("shown", "")
    asked.shown_before = min(int(shown), spec.most_rows) if shown.isdecimal() and len(shown) < 6 else 0
    row = params.get("row", "")
    asked.only = int(row) if row.isdecimal() and len(row) <= 18 else None
    asked.cursor = asked.attempt(lambda: _cursor(params), None)
    return asked


def _columns(keys: Sequence[str], columns: Sequence[Column], asked: Asked) -> list[str]:
    known = {column.key for column in columns}
    asked.problems += [
        _("There is no column “%(key)s” here.") % {"key": key[:40]} for key in dict.fromkeys(keys) if key not in known
    ]
    return [key for key in dict.fromkeys(keys) if key in known]


def _sort(text: str, columns: Sequence[Column]) -> str:
    column = next((one for one in columns if one.key == text.lstrip("-")), None)
    if column is None or not column.sort or text.startswith("--"):
        raise BadFilter(_("This list cannot be sorted by “%(key)s”.") % {"key": text[:40]})
    return text


def _cursor(params: QueryDict) -> Cursor | None:
    text = params.get("after", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise BadFilter(_("The address is damaged; start from the first page."))
    return Cursor(int(text), params.get("at"))
