"""One request for a list: what the address asks for, the rows, and the addresses of everything one can do next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ui.csv import csv_response
from ui.hooks import default_currency
from ui.http import render_part, wants_part
from ui.lists import cells
from ui.lists.address import read_address
from ui.lists.filtering import apply_term, apply_words
from ui.lists.keyset import BadCursor, Cursor, Order, ordered, take_slice
from ui.lists.spec import Column, Filter, ListSpec, Text
from ui.lists.terms import BadFilter, Term, describe

Params = list[tuple[str, str]]


@dataclass(frozen=True)
class Cell:
    html: object
    css: str


@dataclass(frozen=True)
class Row:
    object: Any
    cells: list[Cell]
    url: str
    peek_url: str

    @property
    def pk(self) -> Any:
        return self.object.pk


@dataclass(frozen=True)
class Head:
    column: Column
    css: str
    sort_url: str
    direction: str


@dataclass(frozen=True)
class Chip:
    """A filter that is on: its words, its form, and the address without it."""

    filter: Filter
    text: str
    remove_url: str


@dataclass
class ListPage:
    """A list as one person sees it now. Templates use `{% list_tools page %}` and `{% list_table page %}`."""

    spec: ListSpec
    request: HttpRequest
    columns: list[Column]
    chosen: list[str]
    filters: dict[str, Filter]
    terms: list[Term]
    words: str
    sort: str
    typed: str = ""
    problems: list[str] = field(default_factory=list)
    only: int | None = None
    objects: Sequence[Model] = ()
    next: Cursor | None = None
    shown_before: int = 0
    is_continued: bool = False
    queryset: QuerySet[Any] | None = None
    keeps: Params = field(default_factory=list)

    @property
    def status(self) -> int:
        return 400 if self.problems else 200

    @property
    def user(self) -> Any:
        return self.request.user

    @property
    def is_filtered(self) -> bool:
        return bool(self.terms or self.words)

    # Addresses

    def params(self, *, without: str = "", sort: str = "", columns: bool = True) -> Params:
        """The list's state as query parameters; `without` leaves out one filter, "*" all of them."""
        found = list(self.keeps)
        if without != "*":
            for term in self.terms:
                if term.key != without:
                    found += [(term.param, value) for value in term.values]
            if self.words and without != "q":
                found.append(("q", self.words))
        order = sort or self.sort
        if order != self.spec.default_sort:
            found.append(("sort", order))
        if columns:
            found += [("col", key) for key in self.chosen]
        return found

    def url(self, params: Params) -> str:
        query = QueryDict(mutable=True)
        for name, value in params:
            query.appendlist(name, value)
        text = query.urlencode(safe=":,+")
        return f"{self.request.path}?{text}" if text else self.request.path

    @property
    def query_string(self) -> str:
        """What a saved view keeps."""
        return self.url(self.params()).partition("?")[2]

    @property
    def address(self) -> str:
        return self.url(self.params())

    @property
    def clear_url(self) -> str:
        return self.url(self.params(without="*"))

    @property
    def export_url(self) -> str:
        return self.url([*self.params(), ("format", "csv")])

    @property
    def start_url(self) -> str:
        return self.address if self.is_continued else ""

    @property
    def _next_params(self) -> Params:
        if self.next is None:
            return []
        place: Params = [("after", str(self.next.pk))]
        if self.next.value is not None:
            place.append(("at", self.next.value))
        return [*self.params(), *place]

    @property
    def more_url(self) -> str:
        """The next rows into this table, while it is short enough; then `next_url`, a page of its own."""
        shown = self.shown_before + len(self.objects)
        if self.next is None or shown >= self.spec.most_rows:
            return ""
        return self.url([*self._next_params, ("shown", str(shown))])

    @property
    def next_url(self) -> str:
        return self.url(self._next_params) if self.next is not None else ""

    # What is drawn

    @property
    def sort_column(self) -> str:
        return self.sort.lstrip("-")

    @cached_property
    def shown_columns(self) -> list[Column]:
        known = {column.key: column for column in self.columns}
        if self.chosen:
            fixed = [column for column in self.columns if column.is_fixed and column.key not in self.chosen]
            return fixed + [known[key] for key in self.chosen]
        return [column for column in self.columns if column.is_default or column.is_fixed]

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        """All columns for the chooser: the shown ones in their order, then the others."""
        shown = self.shown_columns
        return [(one, True) for one in shown] + [(one, False) for one in self.columns if one not in shown]

    @property
    def least(self) -> str:
        """The table's least width, so that columns never become unreadable; from the widths of its columns."""
        rems = {"xs": 4, "sm": 6.25, "md": 7.5, "lg": 10, "xl": 14, "fill": 14}
        total = sum(rems[column.width] for column in self.shown_columns) + (2 if self.spec.is_selectable else 0)
        return next((f"least-{step}" for step in (40, 50, 60, 70, 75, 85, 100) if total <= step), "least-100")

    @property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.shown_columns]

    def _head(self, column: Column) -> Head:
        css = f"w-{column.width} rank-{column.rank}" + (" num" if column.is_numeric else "")
        if not column.sort:
            return Head(column, css, "", "")
        is_current = column.key == self.sort_column
        is_down = self.sort.startswith("-")
        wanted_down = not is_down if is_current else column.is_descending_first
        url = self.url(self.params(sort=("-" if wanted_down else "") + column.key))
        direction = ("descending" if is_down else "ascending") if is_current else ""
        return Head(column, css, url, direction)

    @cached_property
    def rows(self) -> list[Row]:
        currency = default_currency()
        columns = [(c, f"rank-{c.rank}" + (" num" if c.is_numeric else "")) for c in self.shown_columns]
        return [self._row(one, columns, currency) for one in self.objects]

    def _row(self, one: Any, columns: list[tuple[Column, str]], currency: str) -> Row:
        url = self.spec.row_url(one) if self.spec.row_url else ""
        made = [Cell(cells.write(one, column, currency), css) for column, css in columns]
        if url and made and not columns[0][0].cell:
            made[0] = Cell(cells.linked(one, made[0].html, url), made[0].css)
        return Row(one, made, url, self.spec.peek_url(one) if self.spec.peek_url else "")

    @cached_property
    def chips(self) -> list[Chip]:
        made = []
        for key in dict.fromkeys(term.key for term in self.terms):
            one = self.filters[key]
            text = f" {_('and')} ".join(describe(term, one, self.user) for term in self.terms if term.key == key)
            made.append(Chip(one, text, self.url(self.params(without=key))))
        return made

    @cached_property
    def filter_forms(self) -> list[dict[str, Any]]:
        """One small form per field: its present values, and the rest of the state as hidden fields."""
        return [self._filter_form(one) for one in self.filters.values()]

    def _filter_form(self, one: Filter) -> dict[str, Any]:
        held = {term.operator: term.values for term in self.terms if term.key == one.key}
        chosen = {cells_value for text in held.get("is", ()) for cells_value in (text, self._me(one, text))}
        return {
            "filter": one,
            "id": f"filter-{one.key}",
            "is_on": bool(held),
            "choices": [(value, label, value in chosen) for value, label in one.choices_for(self.user)],
            "has_me": one.kind == "person",
            "is_me": "me" in held.get("is", ()),
            "low": (held.get("from") or held.get("over") or ("",))[-1],
            "high": (held.get("to") or held.get("under") or ("",))[-1],
            "text": (held.get("is") or ("",))[-1],
            "is_blank": held.get("none", ("",))[-1],
            "hidden": self.params(without=one.key),
        }

    def _me(self, one: Filter, text: str) -> str:
        return str(self.user.pk) if one.kind == "person" and text == "me" else text

    @property
    def sort_hidden(self) -> Params:
        return self.params(columns=False)

    @property
    def search_hidden(self) -> Params:
        return self.params(without="q")


def _order_of(page: ListPage) -> Order:
    column = page.spec.column(page.sort_column)
    if column is None or not column.sort:
        raise ValueError(f"{page.spec.name}: the default sort {page.sort!r} names no sortable column")
    return Order(column.sort, page.sort.startswith("-"), column.tie)


def _narrow(page: ListPage, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows that the address asks for; one row that was just edited stays, also when no filter fits it any more."""
    if page.only is not None:
        return queryset.filter(pk=page.only)
    narrowed = apply_words(queryset, page.spec, page.words)
    for term in list(page.terms):
        try:
            narrowed = apply_term(narrowed, page.filters[term.key], term, page.request.user)
        except BadFilter as problem:
            page.terms.remove(term)
            page.problems.append(str(problem))
    return narrowed


def build_list(request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any]) -> ListPage:
    """Read the address, filter, sort and cut one page out of the queryset (which must be `visible_to` the user).

    What makes no sense in the address is left out and named in `problems`, and the status is 400; the rest holds.
    """
    user = request.user
    columns = spec.columns_for(user)
    filters = {one.key: one for one in spec.filters_for(user)}
    asked = read_address(request.GET, spec, columns, filters, user)
    page = ListPage(
        spec=spec,
        request=request,
        columns=columns,
        chosen=asked.columns,
        filters=filters,
        terms=asked.terms,
        words=asked.words,
        typed=asked.typed,
        sort=asked.sort,
        problems=asked.problems,
        only=asked.only,
        shown_before=asked.shown_before,
        is_continued=asked.cursor is not None and not asked.shown_before,
        keeps=[(name, value) for name in spec.keeps for value in request.GET.getlist(name) if value],
    )
    narrowed = _narrow(page, queryset)
    for column in page.shown_columns:
        narrowed = column.needs(narrowed) if column.needs else narrowed
    page.queryset = narrowed
    if request.GET.get("format") != "csv":
        try:
            cut = take_slice(narrowed, _order_of(page), after=asked.cursor, size=spec.page_size)
        except BadCursor:
            page.problems.append(_("The address is damaged; start from the first page."))
            cut = take_slice(narrowed, _order_of(page), size=spec.page_size)
        page.objects, page.next = cut.rows, cut.next
    return page


def export_list(page: ListPage) -> StreamingHttpResponse:
    """The whole filtered list as CSV, in the order and with the columns on screen; memory stays flat."""
    columns = [column for column in page.shown_columns if column.is_exported]
    queryset = page.queryset if page.queryset is not None else QuerySet(Model).none()

    def lines() -> Iterator[list[Any]]:
        for one in ordered(queryset, _order_of(page)).iterator(chunk_size=2000):
            yield [cells.export_value(one, column) for column in columns]

    return csv_response(f"{slugify(page.spec.name) or 'list'}.csv", [column.label for column in columns], lines())


def list_response(
    request: HttpRequest, template: str, page: ListPage, context: Mapping[str, Any] | None = None
) -> HttpResponseBase:
    """Answer a list's request: the page, for htmx the list or its next rows, or the CSV file.

    The template holds `{% partialdef list inline %}{% list_tools page %}{% list_table page %}{% endpartialdef %}` in an
    element with id "list".
    """
    if request.GET.get("format") == "csv" and not page.problems:
        return export_list(page)
    values = {**(context or {}), "page": page}
    if wants_part(request) and (page.shown_before or page.only is not None):
        return render_part(request, "ui/list_rows.html", "rows", values, status=page.status)
    response: HttpResponse = render_part(request, template, "list", values, status=page.status)
    if wants_part(request) and not page.problems:
        response.headers["HX-Push-Url"] = page.address
    if wants_part(request) and page.problems:
        # The sentences must reach the page; 400 bodies are not swapped.
        response.status_code = 422
    return response


def empty_text(page: ListPage) -> tuple[Text, Text]:
    """Title and text of an empty list: nothing yet, or nothing that matches."""
    if page.is_filtered:
        return _("Nothing matches"), _("No row fits these filters.")
    return page.spec.empty.title, page.spec.empty.text
