"""What a customer says by the standing link."""

import datetime as dt

from django.db import transaction

from accounts.models import Contact
from team.clock import now
from voc.formulas.ratings import MOODS
from voc.models import Feedback
from voc.services.feedback import take_feedback

LONGEST = 5000
# Whoever says more in a day is a machine, or says the rest tomorrow.
MOST_A_DAY = 20


@transaction.atomic
def take_word(*, contact: Contact, text: str, mood: str, language: str, name: str) -> Feedback | None:
    """Store what a contact said; None when this person has said too much today. Idempotent by `name` (of the form).

    `mood` is a key of MOODS, or nothing.
    """
    people = Contact.objects.select_for_update(of=("self",)).select_related("account__summary")
    contact = people.get(pk=contact.pk)
    said = Feedback.objects.filter(
        contact=contact, source=Feedback.Source.LINK, received_at__gt=now() - dt.timedelta(days=1)
    )
    if said.count() >= MOST_A_DAY and not said.filter(external_id=name).exists():
        return None
    return take_feedback(
        account=contact.account,
        contact=contact,
        text=text,
        source=Feedback.Source.LINK,
        received_at=now(),
        score=MOODS.get(mood),
        language=language,
        source_system="link",
        external_id=name,
    )
