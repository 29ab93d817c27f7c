"""Minutes as people plan them."""

from django.template import Library
from django.utils.translation import gettext as _

from ui import formats

register = Library()


@register.filter
def hours(minutes: int) -> str:
    """`{{ 1390|hours }}`: `23 h`."""
    return _("%(hours)s h") % {"hours": formats.number(minutes / 60)}
