"""Minutes as people plan them, and what an hour of work protects."""

from decimal import Decimal

from django.template import Library
from django.utils.translation import gettext as _

from ui import formats

register = Library()


@register.filter
def hours(minutes: int) -> str:
    """`{{ 1390|hours }}`: `23 h`."""
    return _("%(hours)s h") % {"hours": formats.number(minutes / 60)}


@register.filter
def an_hour(rank: Decimal | float) -> str:
    """`{{ task.rank|an_hour }}`: `$972 an hour`, in whole units; see lifecycle.formulas.ranking."""
    return _("%(amount)s an hour") % {"amount": formats.compact_money(round(rank))}
