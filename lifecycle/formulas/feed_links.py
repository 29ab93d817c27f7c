"""The address of a person's calendar feed: a random word with our signature; what the database holds opens nothing."""

import secrets

from django.core.signing import BadSignature, Signer

_SALT = "lifecycle.calendar_feed"
_BYTES = 24  # 192 bits


def new_nonce() -> str:
    """A fresh random word for a feed."""
    return secrets.token_urlsafe(_BYTES)


def token_of(nonce: str) -> str:
    """What stands in the address. SECURITY: it is made from the secret key, so a copy of the database opens no feed."""
    return Signer(salt=_SALT, sep="~").sign(nonce)


def nonce_of(token: str) -> str | None:
    """The word behind an address; None for one that we did not make. Compared in constant time."""
    try:
        return Signer(salt=_SALT, sep="~").unsign(token)
    except BadSignature:
        return None
