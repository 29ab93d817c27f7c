"""Who wants to be asked less often than the contact budget allows."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Max

from accounts.formulas.budget import Verdict
from accounts.models import Contact, ContactSend
from voc.models import ContactWish


def asked_less(*, contacts: Sequence[Contact], kind: str, at: dt.datetime) -> dict[int, Verdict]:
    """Gate of settings.CONTACT_GATES: no survey before the days are over that a person named. Two queries at most."""
    if kind != ContactSend.Kind.SURVEY:
        return {}
    people = [contact.pk for contact in contacts]
    days = dict(ContactWish.objects.filter(contact__in=people).values_list("contact", "survey_every_days"))
    if not days:
        return {}
    sends = ContactSend.objects.filter(contact__in=days, kind=kind, is_waiting=False, sent_at__lte=at).order_by()
    newest = dict(sends.values_list("contact").annotate(newest=Max("sent_at")))
    free = {pk: moment + dt.timedelta(days=days[pk]) for pk, moment in newest.items()}
    return {pk: Verdict("wish", moment.date()) for pk, moment in free.items() if moment > at}
