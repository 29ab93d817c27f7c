"""ARR as departments may know it: a span, never the sum."""

from decimal import Decimal

from django.utils.translation import gettext as _

from ui.formats import compact_money

STEPS = (10_000, 50_000, 100_000, 250_000, 1_000_000)


def arr_band(arr: Decimal | None, currency: str) -> str:
    """One of six spans: `$50K–$100K`, `under $10K`, `over $1.0M`."""
    marks = [compact_money(step, currency) for step in STEPS]
    position = sum((arr or 0) >= step for step in STEPS)
    if position == 0:
        return _("under %(sum)s") % {"sum": marks[0]}
    if position == len(STEPS):
        return _("over %(sum)s") % {"sum": marks[-1]}
    return f"{marks[position - 1]}–{marks[position]}"
