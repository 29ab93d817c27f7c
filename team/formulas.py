"""Secrets as the database keeps them."""

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits as text for a URL or a header."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is stored of a secret: its SHA-256 (enough, as secrets are random; passwords take another way)."""
    return hashlib.sha256(secret.encode()).hexdigest()
