"""The standing feedback link on the pages behind a person's own link."""

from django.template import Library
from django.urls import reverse

from voc.services.tokens import feedback_token_beside

register = Library()


@register.simple_tag
def standing_url(preferences: str) -> str:
    """`{% standing_url token as say_url %}`: where the person behind a preference link says anything; no query."""
    token = feedback_token_beside(preferences)
    return reverse("standing_feedback", args=[token]) if token else ""
