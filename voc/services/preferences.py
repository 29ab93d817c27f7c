"""What a contact wants from us, said by a link: stop, choose, how often, in which language."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, ContactConsent
from accounts.services.changes import mark_changed
from outbox.selectors.locks import wait_for_sends
from voc.formulas.definitions import LANGUAGES
from voc.formulas.understanding.language import short
from voc.models import ContactWish
from voc.services.invitations import recall_invitations

PURPOSES = ContactConsent.Purpose


def wishes_of(contact: Contact) -> dict[str, bool]:
    """Purpose -> allowed, by the newest word; nothing said means allowed."""
    rows = contact.consents.order_by("purpose", "-recorded_at", "-id").distinct("purpose")
    said = {row.purpose: row.is_allowed for row in rows}
    return {purpose: said.get(purpose, True) for purpose in PURPOSES.values}


@transaction.atomic
def set_wishes(*, contact: Contact, wishes: dict[str, bool], source: str) -> int:
    """Write what changed, append-only; returns how many purposes. Idempotent.

    SECURITY: waits for mail to this person that is on its way: once the answer page is shown, no mail leaves any more.
    """
    wait_for_sends(f"contact:{contact.pk}")
    before = wishes_of(contact)
    changed = {purpose: wish for purpose, wish in wishes.items() if purpose in before and before[purpose] != wish}
    ContactConsent.objects.bulk_create(
        ContactConsent(contact=contact, purpose=purpose, is_allowed=wish, source=source)
        for purpose, wish in changed.items()
    )
    if changed.get(PURPOSES.SURVEY) is False:
        recall_invitations(contact=contact, reason=_("Does not want surveys"))
    if changed:
        mark_changed(account_ids=[contact.account_id], reason="consent")
    return len(changed)


def stop_surveys(*, contact: Contact, source: str) -> bool:
    """One click: no more surveys. True when that is new."""
    return set_wishes(contact=contact, wishes={PURPOSES.SURVEY: False}, source=source) > 0


def stop_everything(*, contact: Contact, source: str) -> bool:
    """No automated mail of any kind any more. True when that is new."""
    return set_wishes(contact=contact, wishes=dict.fromkeys(PURPOSES.values, False), source=source) > 0


@transaction.atomic
def set_manner(*, contact: Contact, language: str, survey_every_days: int | None) -> bool:
    """In which language, and how often at most; None: as often as the contact budget allows. True when that is new."""
    wish = ContactWish.objects.filter(contact=contact).first()
    before = wish.survey_every_days if wish is not None else None
    is_new_rhythm = before != survey_every_days
    if survey_every_days is None:
        ContactWish.objects.filter(contact=contact).delete()
    elif is_new_rhythm:
        ContactWish.objects.update_or_create(contact=contact, defaults={"survey_every_days": survey_every_days})
    is_new_language = short(contact.language) != language and language in LANGUAGES
    if is_new_language:
        Contact.objects.filter(pk=contact.pk).update(
            language=language, updated_at=timezone.now(), version=F("version") + 1
        )
    return is_new_rhythm or is_new_language


def rhythm_of(contact: Contact) -> int | None:
    """How many days this person wants between two surveys at least; None when nothing was said."""
    wish = ContactWish.objects.filter(contact=contact).first()
    return wish.survey_every_days if wish is not None else None
