"""Days, times and sums as filters and tags, in the words of the page's language."""

import datetime as dt
from decimal import Decimal

from django.template import Library
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ui import formats, hooks

register = Library()

Number = int | float | Decimal


@register.filter
def money(value: Number | None, currency: str = "") -> str:
    """`{{ 1200|money:"EUR" }}`: the sum in full; without a currency the install's."""
    return formats.money(value, currency or hooks.default_currency())


@register.filter
def compact_money(value: Number | None, currency: str = "") -> str:
    """`{{ 1240000|compact_money }}`: `$1.2M`."""
    return formats.compact_money(value, currency or hooks.default_currency())


@register.filter
def percent(value: Number | None, digits: int = 0) -> str:
    """`{{ 0.923|percent:1 }}`: `92.3 %`; the value is a share of 1."""
    return formats.percent(value, digits)


@register.filter
def signed(value: Number | None, digits: int = 0) -> str:
    """`{{ -7|signed }}`: `−7`."""
    return formats.signed(value, digits)


@register.filter
def number(value: Number | None, digits: int = 0) -> str:
    """`{{ 25000|number }}`: `25,000`."""
    return formats.number(value, digits)


@register.filter
def day(value: dt.date | dt.datetime | None, style: str = "") -> str:
    """`{{ date|day }}`: `23 Dec 2026`; `|day:"short"` leaves out this year."""
    return formats.day(value, today=hooks.today() if style == "short" else None)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """`{{ time|moment }}`: `23 Dec 2026, 14:05` in the user's zone."""
    return formats.moment(value)


@register.filter
def relative_time(value: dt.datetime | dt.date | None) -> SafeString | str:
    """`{{ time|relative_time }}`: `3h ago` in a `<time>` that stays current and tells the exact moment."""
    if value is None:
        return formats.NOTHING
    return time_mark(value)


@register.simple_tag
def time_mark(value: dt.datetime | dt.date) -> SafeString:
    """The same as a tag."""
    if not isinstance(value, dt.datetime):
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            value.isoformat(),
            formats.day(value),
            formats.relative_day(value, today=hooks.today()),
        )
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        value.astimezone(dt.UTC).isoformat(timespec="seconds") if timezone.is_aware(value) else value.isoformat(),
        formats.exact_moment(value),
        # With a fixed "today" the browser's clock must not count on.
        SafeString(" data-relative") if abs((hooks.now() - timezone.now()).total_seconds()) < 86400 else "",
        formats.relative_time(value, now=hooks.now()),
    )
