"""Forgetting people: what they wrote and what names them goes, what was counted stays."""

from collections.abc import Callable, Collection

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string

from accounts.models import Contact, ImportRow, Ticket, Touchpoint, TouchpointContact
from accounts.services.removal import remove
from outbox.services.erasing import erase_messages
from team.services.erasure import blank_audit

NAMING = ("name", "email", "phone", "title", "notes")
WORDS = ("subject", "body")


def erase_contacts(*, ids: Collection[int]) -> None:
    """Delete contacts for good; call it inside a transaction. No text of theirs is left, not in the audit either.

    Gone are the people, their own words (answers, tickets) and what was written between them alone and us. Scores,
    dates and what colleagues noted of calls and meetings stay on the account. Upper apps have their part in
    `settings.CONTACT_ERASERS`, {name: dotted path of callable(*, contact_ids)}.
    """
    for path in settings.CONTACT_ERASERS.values():
        eraser: Callable[..., object] = import_string(path)
        eraser(contact_ids=ids)
    refs = [f"contact:{pk}" for pk in ids]
    erase_messages(subject_refs=refs)
    # Cells of the files that they came with.
    ImportRow.objects.filter(object_ref__in=refs).update(raw=None, before=None, after=None)
    _erase_words(Ticket, list(Ticket.everything.filter(contact__in=ids).values_list("pk", flat=True)))
    others = TouchpointContact.objects.filter(touchpoint=OuterRef("pk")).exclude(contact__in=ids)
    written = Q(direction=Touchpoint.Direction.IN) | Q(kind__in=[Touchpoint.Kind.MAIL, Touchpoint.Kind.CHAT])
    theirs = Touchpoint.everything.filter(written, participants__contact__in=ids)
    _erase_words(Touchpoint, list(theirs.filter(~Exists(others)).values_list("pk", flat=True)))
    remove(model=Contact, ids=ids, frees_all=True)
    blank_audit(model=Contact, ids=ids, fields=NAMING)


def _erase_words(model: type[Ticket] | type[Touchpoint], ids: list[int]) -> None:
    model.everything.filter(pk__in=ids).update(**dict.fromkeys(WORDS, ""))
    blank_audit(model=model, ids=ids, fields=WORDS)
