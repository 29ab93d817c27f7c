"""Who may read what came back by mail."""

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Contact
from outbox.models import ReceivedMail
from team.models import Role, User
from voc.selectors.mail import STAFF_KIND


def visible_received(user: User) -> QuerySet[ReceivedMail]:
    """Everything for admins; for managers all that does not answer log-in mail, also what belongs to nothing; what
    contacts of the own book sent for CSMs; else nothing."""
    rows = ReceivedMail.objects.select_related("our_mail", "delivery_report")
    if user.role == Role.ADMIN:
        return rows
    if user.role == Role.MANAGER:
        return rows.exclude(our_mail__kind=STAFF_KIND)
    if user.role != Role.CSM:
        return rows.none()
    contacts = Contact.objects.visible_to(user).annotate(
        ref=Concat(Value("contact:"), Cast("pk", CharField()), output_field=CharField())
    )
    return rows.filter(subject_ref__in=contacts.values("ref")).exclude(our_mail__kind=STAFF_KIND)
