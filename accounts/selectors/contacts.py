"""A person's page: who they are, what they allow, where they were before, what happened with them."""

from dataclasses import dataclass

from accounts.models import Contact, ContactConsent, Touchpoint
from accounts.selectors.timeline import TimelineEntry, touchpoint_entry
from team.models import User

TOUCHES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ConsentWord:
    """The last word on one kind of mail; None: never asked."""

    label: str
    consent: ContactConsent | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    contact: Contact
    lives: tuple[Contact, ...]
    consents: tuple[ConsentWord, ...]
    touches: tuple[TimelineEntry, ...]
    can_edit: bool


def read_person(*, contact: Contact, user: User) -> PersonPage:
    """Everything on a person's page; `lives` are the same person at other accounts that the user may see."""
    lives = lives_of(contact)
    can_edit = Contact.objects.editable_by(user).filter(pk=contact.pk).exists()
    seen = Touchpoint.objects.visible_to(user).filter(participants__contact__in=[contact, *lives])
    touches = seen.select_related("logged_by", "account").prefetch_related("participants__contact").distinct()
    return PersonPage(
        contact=contact,
        lives=tuple(
            Contact.objects.visible_to(user).filter(pk__in=[one.pk for one in lives]).select_related("account")
        ),
        consents=tuple(_consents(contact)),
        touches=tuple(
            touchpoint_entry(row, can_edit=user.can_edit)
            for row in touches.order_by("-occurred_at", "-pk")[:TOUCHES_SHOWN]
        ),
        can_edit=can_edit,
    )


def lives_of(contact: Contact) -> list[Contact]:
    """The same person at earlier and later employers, by `previous`; ends in a circle too."""
    found: dict[int, Contact] = {contact.pk: contact}
    edge = [contact]
    while edge:
        ids = [one.pk for one in edge]
        before = [one.previous_id for one in edge if one.previous_id]
        rows = Contact.objects.filter(pk__in=before) | Contact.objects.filter(previous__in=ids)
        edge = [row for row in rows if row.pk not in found]
        found |= {row.pk: row for row in edge}
    return [row for pk, row in found.items() if pk != contact.pk]


def _consents(contact: Contact) -> list[ConsentWord]:
    newest: dict[str, ContactConsent] = {}
    for row in contact.consents.order_by("recorded_at", "pk"):
        newest[row.purpose] = row
    return [ConsentWord(str(label), newest.get(purpose)) for purpose, label in ContactConsent.Purpose.choices]
