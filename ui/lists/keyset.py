"""Paging by the last row's (sort value, id): the hundredth page costs what the first does; nothing is counted.

Rows with a value come first in either direction, rows without one last. A page is read in up to two phases: those with
a value by an index on `(column, id)`, which is walked forward or backward, then those without one by the key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, Expression, F, Field, Func, Model, OrderBy, QuerySet, Value

M = TypeVar("M", bound=Model)
VALUE = "sort_value"
TIE = "sort_tie"
MOST_DIGITS = 30


class RowComparison(Func):
    """`(a, id) < (x, y)` as one comparison, which an index answers; the spelled-out OR it would not."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, *expressions: Any, operator: str, **extra: Any) -> None:
        if operator not in ("<", ">"):
            raise ValueError("a row comparison is < or >")
        super().__init__(*expressions, operator=operator, **extra)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra_context: Any) -> tuple[str, tuple[Any, ...]]:
        parts: list[str] = []
        params: list[Any] = []
        for expression in self.source_expressions:
            sql, some = compiler.compile(expression)
            parts.append(sql)
            params.extend(some)
        return f"({parts[0]}, {parts[1]}) {self.extra['operator']} ({parts[2]}, {parts[3]})", tuple(params)


class BadCursor(ValueError):
    """The address names no place in the list."""


@dataclass(frozen=True)
class Cursor:
    """The last row seen: its id, and its sort value as text (None: the list was among rows without a value)."""

    pk: int
    value: str | None = None


@dataclass(frozen=True)
class Order:
    """A field path or expression, the direction, and the unique path that settles ties.

    The tie is `pk`, unless the sort column lives in a joined one-to-one table whose index ends in its own key.
    """

    by: str | Expression
    descending: bool = False
    tie: str = "pk"

    @property
    def expression(self) -> Any:
        return F(self.by) if isinstance(self.by, str) else self.by

    @property
    def operator(self) -> str:
        return "<" if self.descending else ">"


@dataclass(frozen=True)
class Slice(Generic[M]):
    """The rows of one page, and where the next begins (None: this was the last)."""

    rows: Sequence[M]
    next: Cursor | None


def _path_can_be_null(model: Any, path: str) -> bool:
    for name in path.split("__"):
        if name == "pk":
            return False
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return True
        if not field.concrete or field.null:
            return True
        model = field.related_model
    return False


def can_be_null(model: type[Model], expression: Any) -> bool:
    """Whether a sort value may be missing; joins from the other side and unknown expressions count as yes."""
    if isinstance(expression, F):
        return _path_can_be_null(model, getattr(expression, "name", ""))
    sources = expression.get_source_expressions() if isinstance(expression, Func) else []
    return not sources or any(can_be_null(model, source) for source in sources)


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read(field: "Field[Any, Any]", text: str) -> Any:
    if "\x00" in text:
        raise BadCursor("a cursor has no zero bytes")
    try:
        value = field.to_python(text)
        if isinstance(value, (int, Decimal)):
            field.run_validators(value)
    except (ValidationError, ValueError, OverflowError) as error:
        raise BadCursor(f"{text!r} is no value of this column") from error
    if value is None or (isinstance(value, Decimal) and (not value.is_finite() or value.adjusted() > MOST_DIGITS)):
        raise BadCursor("a cursor with a value must name it")
    return value


def _sorted(queryset: QuerySet[M], order: Order, *, nulls_last: bool | None = None) -> QuerySet[M]:
    """Unless told otherwise, in the order of a plain index, so that it serves both directions."""
    return queryset.order_by(
        OrderBy(F(VALUE), descending=order.descending, nulls_last=nulls_last),
        OrderBy(F(TIE), descending=order.descending),
    )


def ordered(queryset: QuerySet[M], order: Order) -> QuerySet[M]:
    """The whole list in the same order as its pages, for exports."""
    listed = queryset.annotate(**{VALUE: order.expression, TIE: F(order.tie)})
    return _sorted(listed, order, nulls_last=can_be_null(queryset.model, order.expression) or None)


def take_slice(queryset: QuerySet[M], order: Order, *, after: Cursor | None = None, size: int = 50) -> Slice[M]:
    """One page after a cursor; at most two queries, one unless rows without a value are reached.

    Raises:
        BadCursor: when the cursor's text is no value of the column.
    """
    listed = queryset.annotate(**{VALUE: order.expression, TIE: F(order.tie)})
    nullable = can_be_null(queryset.model, order.expression)
    rows: list[M] = []
    if after is None or after.value is not None:
        valued = listed.filter(**{f"{VALUE}__isnull": False}) if nullable else listed
        if after is not None and after.value is not None:
            field = listed.query.annotations[VALUE].output_field
            here = Value(_read(field, after.value), output_field=field)
            valued = valued.filter(RowComparison(F(VALUE), F(TIE), here, Value(after.pk), operator=order.operator))
        rows = list(_sorted(valued, order)[: size + 1])
    if nullable and len(rows) <= size:
        blank = listed.filter(**{f"{VALUE}__isnull": True})
        if after is not None and after.value is None:
            blank = blank.filter(**{f"{TIE}__lt" if order.descending else f"{TIE}__gt": after.pk})
        blank = blank.order_by(OrderBy(F(TIE), descending=order.descending))
        rows += list(blank[: size + 1 - len(rows)])
    shown = rows[:size]
    if len(rows) <= size:
        return Slice(shown, None)
    last: Any = shown[-1]
    value = getattr(last, VALUE)
    return Slice(shown, Cursor(getattr(last, TIE), None if value is None else _as_text(value)))
