"""Marks of results: how good a score is, words without personal data."""

from django.template import Library

from voc.formulas.masking import mask_personal
from voc.formulas.measures import SCALES
from voc.models import Feedback
from voc.selectors.results import Reading

register = Library()


@register.filter
def score_tone(comment: Feedback, reading: Reading) -> str:
    """How good the score is that stands behind a comment."""
    response = comment.response
    if response is None or response.score is None:
        return ""
    return (reading.asked.scale or SCALES["nps"]).tone(response.score)


@register.filter
def masked(text: str) -> str:
    """Words without mail addresses, numbers and the like."""
    return mask_personal(text)
