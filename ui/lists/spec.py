"""What a list is made of: columns, filters, order, its words when empty. Plain data, written once per list."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Expression, QuerySet
from django.utils.functional import Promise

Text = str | Promise

# Query parameters of the list itself.
RESERVED = ("q", "sort", "col", "after", "at", "shown", "row", "format")
Choice = tuple[str, Text]

ColumnKind = Literal["text", "number", "money", "percent", "day", "time", "badge", "person", "flag", "custom"]
FilterKind = Literal["choice", "person", "number", "money", "day", "text", "flag"]


@dataclass(frozen=True)
class Column:
    """One column. `source` is the attribute path on the row (`owner.name`), by default the key.

    sort: field path or expression that orders the list; empty: not sortable. `tie` as in `keyset.Order`.
    cell: makes the cell's HTML from the row; else `kind` decides how the value is written.
    export: the plain value for CSV; else the value of `source`.
    is_exported: False for pictures and buttons, which a file cannot hold.
    needs: adds to the queryset what this column alone needs (joins, annotations); called only when it is shown.
    is_allowed: who may see it, export it and sort by it.
    rank: 1 stays on phones, 2 leaves there, 3 leaves on small laptops too.
    width: xs, sm, md, lg, xl or fill.
    """

    key: str
    label: Text
    kind: ColumnKind = "text"
    source: str = ""
    sort: str | Expression = ""
    tie: str = "pk"
    width: str = "md"
    cell: Callable[[Any], object] | None = None
    export: Callable[[Any], object] | None = None
    needs: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None
    is_allowed: Callable[[Any], bool] | None = None
    currency: str = ""
    rank: Literal[1, 2, 3] = 2
    is_default: bool = True
    is_fixed: bool = False
    is_exported: bool = True
    is_descending_first: bool = False
    help: Text = ""

    @property
    def is_numeric(self) -> bool:
        return self.kind in ("number", "money", "percent")


@dataclass(frozen=True)
class Filter:
    """One field that people may filter by. `path` is written here, in code; addresses only name the key.

    choices: pairs, or a callable of the user that returns them (choice and person).
    apply: replaces the ORM condition: `(queryset, operator, values, user) -> queryset`.
    can_be_blank: offers "none" (no value).
    """

    key: str
    label: Text
    kind: FilterKind = "choice"
    path: str = ""
    choices: Sequence[Choice] | Callable[[Any], Iterable[Choice]] = ()
    apply: Callable[[QuerySet[Any], str, list[Any], Any], QuerySet[Any]] | None = None
    is_allowed: Callable[[Any], bool] | None = None
    can_be_blank: bool = False
    hint: Text = ""

    def choices_for(self, user: Any) -> list[Choice]:
        found = self.choices(user) if callable(self.choices) else self.choices
        return [(str(value), label) for value, label in found]


@dataclass(frozen=True)
class Empty:
    """What an empty list says: one sentence, why, and the one thing to do."""

    title: Text
    text: Text = ""
    url: str = ""
    action: Text = ""
    icon: str = "inbox"


@dataclass(frozen=True)
class ListSpec:
    """A list page. `default_sort` is a column key, with `-` in front for descending.

    search: field paths that the free words of the filter box look into (each word must be found in one of them), or a
    callable `(queryset, words) -> queryset`.
    row_url, peek_url: addresses of a row's page and of its preview.
    keeps: further query parameters that belong to the page and pass through all links (a tab, a period).
    """

    name: str
    columns: tuple[Column, ...]
    default_sort: str
    filters: tuple[Filter, ...] = ()
    search: tuple[str, ...] | Callable[[QuerySet[Any], str], QuerySet[Any]] = ()
    row_url: Callable[[Any], str] | None = None
    peek_url: Callable[[Any], str] | None = None
    is_selectable: bool = False
    page_size: int = 50
    most_rows: int = 200
    keeps: tuple[str, ...] = ()
    empty: Empty = field(default_factory=lambda: Empty("Nothing here yet"))
    label: Text = ""

    def __post_init__(self) -> None:
        taken = {*RESERVED, *self.keeps} & {one.key for one in self.filters}
        if taken:
            raise ValueError(f"list {self.name}: {', '.join(sorted(taken))} cannot be the key of a filter")

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    def filter(self, key: str) -> Filter | None:
        return next((one for one in self.filters if one.key == key), None)

    def columns_for(self, user: Any) -> list[Column]:
        return [column for column in self.columns if column.is_allowed is None or column.is_allowed(user)]

    def filters_for(self, user: Any) -> list[Filter]:
        return [one for one in self.filters if one.is_allowed is None or one.is_allowed(user)]
