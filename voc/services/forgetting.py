"""Erase mine: a person takes back what they wrote, by the link of a mail."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Contact, Touchpoint
from accounts.services.changes import mark_changed
from accounts.services.touchpoints import log_touchpoint
from team.clock import now
from voc.formulas.tokens import new_token
from voc.selectors.words import words_of
from voc.services.erasure import erase_words

NUMBER_LENGTH = 10


@dataclass(frozen=True)
class Receipt:
    """What was erased, when, under which number; the number stands on the account's timeline too."""

    number: str
    answers: int
    pieces: int
    at: dt.datetime


@transaction.atomic
def erase_mine(*, contact: Contact) -> Receipt:
    """Empty every word of this person, also where it is quoted; numbers and dates stay, so every tally does.

    Idempotent: a second time there is nothing left, and the receipt says so.
    """
    Contact.everything.select_for_update().get(pk=contact.pk)
    found = words_of(contact)
    receipt = Receipt(new_token()[:NUMBER_LENGTH].upper(), found.answers, found.pieces, now())
    if found.is_empty:
        return receipt
    erase_words(contact_ids=[contact.pk])
    log_touchpoint(
        actor=None,
        account=contact.account,
        kind=Touchpoint.Kind.NOTE,
        direction=Touchpoint.Direction.IN,
        subject=_("Erased by the person who wrote it"),
        body=_("Words in %(answers)s answers and %(pieces)s pieces of feedback were erased; receipt %(number)s.")
        % {"answers": receipt.answers, "pieces": receipt.pieces, "number": receipt.number},
        contacts=[contact],
        is_automated=True,
        source="survey",
        external_id=f"erased:{receipt.number}",
    )
    mark_changed(account_ids=[contact.account_id], reason="voice")
    return receipt
