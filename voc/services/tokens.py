"""Standing links of a contact: the preference page."""

from django.core.signing import BadSignature, Signer

from accounts.models import Contact
from accounts.selectors.merges import survivor_id

SALT = "voc.preferences"


def preference_token(contact: Contact) -> str:
    """The contact's link to the preference page. It never expires: an opt-out must work in a mail of any age."""
    return Signer(salt=SALT).sign(str(contact.pk))


def read_preference_token(token: str) -> Contact | None:
    """The contact of a link, or the one that it was merged into; None for a link that we did not make, and for a
    deleted contact."""
    try:
        pk = int(Signer(salt=SALT).unsign(token))
    except (BadSignature, ValueError, OverflowError):
        return None
    people = Contact.objects.select_related("account")
    return people.filter(pk=pk).first() or people.filter(pk=survivor_id(Contact, pk) or 0).first()
