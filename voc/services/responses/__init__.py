"""Answers: taken in one transaction; what follows from them is made in another, by a worker."""

from voc.services.responses.following import follow_up, follow_up_waiting
from voc.services.responses.public import blot_visits, take_public
from voc.services.responses.taking import EDITABLE_FOR, Taken, is_editable, is_over, take_answers, take_partial
from voc.services.responses.writing import Submit, stored_answers

__all__ = [
    "EDITABLE_FOR",
    "Submit",
    "Taken",
    "blot_visits",
    "follow_up",
    "follow_up_waiting",
    "is_editable",
    "is_over",
    "stored_answers",
    "take_answers",
    "take_partial",
    "take_public",
]
