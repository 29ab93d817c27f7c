"""Links that only one person has. What is stored is a digest, never the token."""

import base64
import hashlib
import hmac
import secrets

TOKEN_BYTES = 24  # 192 bits, 32 characters


def new_token() -> str:
    """A fresh random token for an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_from(*, nonce: str, secret: str, salt: str) -> str:
    """The token that a stored nonce and the server's secret make together: the same each time, so that a reminder
    carries the same address. Neither the database nor the secret alone tells it (HMAC-SHA256, cut to 192 bits)."""
    key = hashlib.sha256(f"{salt}:{secret}".encode()).digest()
    made = hmac.new(key, nonce.encode(), hashlib.sha256).digest()[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(made).decode()


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
