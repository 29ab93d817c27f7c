"""Links that only one person has. What is stored is a digest, never the token."""

import hashlib
import secrets

TOKEN_BYTES = 24  # 192 bits, 32 characters


def new_token() -> str:
    """A fresh random token for an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
