"""How a column's value is written in a table cell."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from ui import formats
from ui.components.marks import badge, person
from ui.components.times import relative_time
from ui.lists.spec import Column

BLANK = format_html('<span class="dim">{}</span>', formats.NOTHING)


def value_at(row: Any, path: str) -> Any:
    """Follow a dotted path from the row; a missing link in between is None."""
    value = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
        if callable(value):
            value = value()
        if value is None:
            return None
    return value


def value_of(row: Any, column: Column) -> Any:
    return value_at(row, column.source or column.key)


_WRITERS: dict[str, Callable[[Any], object]] = {
    "number": lambda value: formats.number(value, 1),
    "percent": formats.percent,
    "day": formats.day,
    "time": relative_time,
    "badge": badge,
    "person": person,
    "flag": lambda value: "✓" if value else BLANK,
}


def write(row: Any, column: Column, currency: str) -> object:
    """The cell's HTML; `currency` is the install's, for columns that name none of their own."""
    if column.cell:
        return column.cell(row)
    value = value_of(row, column)
    if value is None or value == "":
        return BLANK
    if column.kind == "money":
        own = value_at(row, column.currency) if column.currency else currency
        return formats.compact_money(value, own)
    writer = _WRITERS.get(column.kind)
    return writer(value) if writer else value


def linked(row: Any, inner: object, url: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, inner)


def export_value(row: Any, column: Column) -> Any:
    """The plain value for CSV: numbers, days and times as they are, everything else as its words."""
    if column.export:
        return column.export(row)
    value = value_of(row, column)
    if column.kind == "flag":
        return bool(value)
    if value is None or isinstance(value, (bool, int, float, str, Decimal, dt.date)):
        return value
    return str(value)
