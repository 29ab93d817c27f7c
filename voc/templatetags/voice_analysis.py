"""Shares with their intervals and spans of time, for the analysis pages: `{% load voice_analysis %}`."""

from typing import Any

from django.template import Library
from django.utils.translation import gettext as _

from ui.formats import NOTHING, number, percent
from voc.formulas.intervals import Interval

register = Library()
DAY_HOURS = 48


@register.filter
def share(found: Interval) -> str:
    """62 %."""
    return percent(found.value) if found.value is not None else NOTHING


@register.filter
def reach(found: Interval) -> str:
    """Its interval: 54 to 70 %."""
    if found.low is None or found.high is None:
        return ""
    words = {"low": number(100 * found.low), "high": percent(found.high)}
    return _("%(low)s to %(high)s") % words


@register.filter
def hours(value: float | None) -> str:
    """5 h, from two days on 3.2 d."""
    if value is None:
        return NOTHING
    if value < DAY_HOURS:
        return _("%(n)s h") % {"n": number(value, 1 if value < 1 else 0)}
    return _("%(n)s d") % {"n": number(value / 24, 1)}


@register.filter
def days(value: float | None) -> str:
    """3.2 d; below two days in hours."""
    return hours(None if value is None else value * 24)


@register.filter
def known(figure: Any) -> str:
    """A figure of the programme without its unit."""
    return NOTHING if figure is None or figure.value is None else number(figure.value, 0 if figure.value >= 10 else 1)
