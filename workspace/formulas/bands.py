"""Short forms: ARR as a band, for people who may know the size of a customer but not the sum, and long names."""

from decimal import Decimal

from django.utils.translation import gettext as _

from ui import formats

_STEPS = (10_000, 50_000, 100_000, 250_000, 1_000_000)
MOST_LETTERS = 16


def arr_band(arr: Decimal | None, currency: str) -> str:
    """One of six spans: `$50K–$100K`, `under $10K`, `over $1.0M`."""
    value = arr or Decimal(0)
    marks = [formats.compact_money(step, currency) for step in _STEPS]
    position = sum(value >= step for step in _STEPS)
    if position == 0:
        return _("under %(sum)s") % {"sum": marks[0]}
    if position == len(_STEPS):
        return _("over %(sum)s") % {"sum": marks[-1]}
    return f"{marks[position - 1]}–{marks[position]}"


def short_name(name: str) -> str:
    """Initials of a long name of three words and more ("Executive Business Review" is "EBR"); others as they are."""
    words = name.split()
    return "".join(word[0] for word in words).upper() if len(name) > MOST_LETTERS and len(words) > 2 else name
