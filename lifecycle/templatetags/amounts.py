"""Values of goals as people write them."""

from decimal import Decimal

from django.template import Library

from ui import formats

register = Library()


@register.filter
def amount(value: Decimal | None) -> str:
    """`{{ 46.40|amount }}`: `46.4`; no more decimals than the value has, at most two; an en dash for none."""
    if value is None:
        return formats.NOTHING
    exponent = value.normalize().as_tuple().exponent
    digits = min(max(-exponent, 0), 2) if isinstance(exponent, int) else 0
    return formats.number(value, digits)
