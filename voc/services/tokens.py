"""Standing links of a contact: the preference page, and the page to say anything at any time."""

from django.core.signing import BadSignature, Signer

from accounts.models import Contact
from accounts.selectors.merges import survivor_id

SALT = "voc.preferences"
FEEDBACK_SALT = "voc.feedback"


def preference_token(contact: Contact) -> str:
    """The contact's link to the preference page. It never expires: an opt-out must work in a mail of any age."""
    return Signer(salt=SALT).sign(str(contact.pk))


def feedback_token(contact: Contact) -> str:
    """The contact's standing feedback link; it never expires, for mails are kept for years."""
    return Signer(salt=FEEDBACK_SALT).sign(str(contact.pk))


def feedback_token_beside(preferences: str) -> str:
    """The standing feedback link of the person whose preference link it is; no query. Empty for one that we did not
    make."""
    try:
        return Signer(salt=FEEDBACK_SALT).sign(Signer(salt=SALT).unsign(preferences))
    except BadSignature:
        return ""


def read_preference_token(token: str) -> Contact | None:
    """The contact of a link, or the one that it was merged into; None for a link that we did not make, and for a
    deleted contact."""
    return _contact_behind(token, SALT)


def read_feedback_token(token: str) -> Contact | None:
    """As read_preference_token, for the feedback link."""
    return _contact_behind(token, FEEDBACK_SALT)


def _contact_behind(token: str, salt: str) -> Contact | None:
    try:
        pk = int(Signer(salt=salt).unsign(token))
    except (BadSignature, ValueError, OverflowError):
        return None
    people = Contact.objects.select_related("account")
    return people.filter(pk=pk).first() or people.filter(pk=survivor_id(Contact, pk) or 0).first()
