"""Who may read what left the house."""

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Contact
from outbox.models import Message
from team.models import Role, User

STAFF_KIND = "account"


def visible_messages(user: User) -> QuerySet[Message]:
    """Everything for admins; all but log-in mail for managers; mail to contacts of the own book for CSMs; else nothing.

    SECURITY: password resets and invitations of colleagues hold links that open accounts: admins alone read them.
    """
    if user.role == Role.ADMIN:
        return Message.objects.all()
    if user.role == Role.MANAGER:
        return Message.objects.exclude(kind=STAFF_KIND)
    if user.role != Role.CSM:
        return Message.objects.none()
    contacts = Contact.objects.visible_to(user).annotate(
        ref=Concat(Value("contact:"), Cast("pk", CharField()), output_field=CharField())
    )
    return Message.objects.filter(Q(subject_ref__in=contacts.values("ref"))).exclude(kind=STAFF_KIND)
