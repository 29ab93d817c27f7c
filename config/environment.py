"""Reading the environment: what is not as it must be stops the start with one sentence."""

import datetime as dt
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from outbox.formulas.keys import SigningKey


def env_flag(name: str, *, default: bool) -> bool:
    """A yes or no from the environment: 1, 0, true, false. Anything else stops the start."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in {"1", "true"}:
        return True
    if value in {"0", "false"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1, 0, true or false; it is {os.environ[name]!r}.")


def env_date(name: str) -> dt.date | None:
    """A day from the environment as YYYY-MM-DD, or None."""
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a day such as 2024-12-31; it is {value!r}.") from error


def env_number(name: str) -> int:
    """A whole number from the environment that is not below 0; 0 when it is unset."""
    value = os.environ.get(name, "").strip() or "0"
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value!r}.")
    return int(value)


def env_numbers(name: str) -> dict[str, int]:
    """Numbers by domain from the environment: `gmail.com=60,example.org=0`."""
    pairs = [part.strip().partition("=") for part in os.environ.get(name, "").split(",") if part.strip()]
    if bad := [domain for domain, _equals, value in pairs if not (value.isascii() and value.isdigit())]:
        raise ImproperlyConfigured(f"{name} must look like gmail.com=60,example.org=30; {bad[0]!r} has no number.")
    return {domain.strip().lower(): int(value) for domain, _equals, value in pairs}


def read_signing_key(key: str, selector: str, domain: str) -> SigningKey | None:
    """What mail is signed with (DKIM), or None without all three; `key` is a PEM or the path of one."""
    if not (key or selector or domain):
        return None
    if not (key and selector and domain):
        raise ImproperlyConfigured("DKIM needs DKIM_KEY, DKIM_SELECTOR and DKIM_DOMAIN together.")
    pem = key.replace("\\n", "\n") if "BEGIN" in key else Path(key).read_text() if Path(key).is_file() else ""
    if "PRIVATE KEY" not in pem:
        raise ImproperlyConfigured("DKIM_KEY is neither a private key (PEM) nor a file with one.")
    return SigningKey(selector, domain, pem.encode())


def database_from(url: str) -> dict[str, Any]:
    """Django's database settings from a postgresql:// address (a socket folder may stand in ?host=)."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://; Perennial runs on PostgreSQL alone.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **options},
    }
