"""Forgetting people in meetings."""

from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Lower

from accounts.models import Contact
from lifecycle.models import Meeting


def erase_attendees(*, contact_ids: Collection[int]) -> None:
    """Take the people's mail addresses and seats out of every meeting; one UPDATE per address."""
    mails = Contact.everything.filter(pk__in=contact_ids).exclude(email="").annotate(mail=Lower("email"))
    for mail in set(mails.values_list("mail", flat=True)):
        Meeting.objects.filter(attendees__contains=[mail]).update(
            attendees=Func(
                F("attendees"),
                Value(mail, output_field=CharField()),
                function="array_remove",
                output_field=ArrayField(CharField(max_length=254)),
            )
        )
    Meeting.contacts.through.objects.filter(contact__in=contact_ids).delete()
