"""Quotes as their reader may see them."""

from django.template import Context, Library
from django.utils.text import Truncator

from team.http.access import current_user
from voc.models import Feedback
from voc.selectors.quotes import quote_for

register = Library()


@register.simple_tag(takes_context=True)
def quote_text(context: Context, feedback: Feedback, most: int = 0) -> str:
    """What was said, without personal data for department members; cut to `most` letters when that is given.

    SECURITY: escaped by the template like any variable.
    """
    words = quote_for(current_user(context["request"]), feedback)
    return Truncator(words).chars(most) if most else words
