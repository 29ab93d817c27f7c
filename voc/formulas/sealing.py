"""Secrets that must be read again, as the database keeps them: sealed with a key made from the install's secret key."""

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

_PURPOSE = b"perennial.voc.trackers"
_BYTES = 32


class Unsealable(ValueError):
    """The text was sealed with another key, or changed since."""


def new_webhook_secret() -> str:
    """256 random bits as Standard Webhooks write them: `whsec_...`."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"


def seal(text: str) -> str:
    """SECURITY: what a copy of the database holds tells nothing without the install's secret key."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text again; former secret keys (SECRET_KEY_FALLBACKS) still open it. Raises Unsealable."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealable("sealed with another key") from error


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key_of(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key_of(secret: str | bytes) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(force_bytes(secret))
    return base64.urlsafe_b64encode(made)
