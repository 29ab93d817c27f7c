"""Secrets that must be read again: encrypted with a key made from SECRET_KEY, one per purpose."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


def seal(text: str, *, purpose: str) -> str:
    """SECURITY: a dump of the database alone opens nothing."""
    return _vault(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """What `seal` took; old keys in SECRET_KEY_FALLBACKS still open it. Raises cryptography.fernet.InvalidToken."""
    return _vault(purpose).decrypt(sealed.encode()).decode()


def _vault(purpose: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_key_from(secret, purpose)) for secret in secrets])


def _key_from(secret: str | bytes, purpose: str) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(force_bytes(secret))
    return base64.urlsafe_b64encode(derived)
