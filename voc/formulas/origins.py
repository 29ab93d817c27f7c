"""Sites that may show a widget, as the policy header names them."""

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LOCAL = {"localhost", "127.0.0.1"}


class BadOrigin(ValueError):
    """No site; the message says what one looks like."""


def read_origin(raw: str) -> str:
    """`https://www.example.com` of an address that somebody pasted. Raises BadOrigin.

    SECURITY: goes into frame-ancestors, so nothing but scheme, host and port passes; http on this machine alone.
    """
    text = raw.strip().rstrip("/").lower()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise _bad(raw) from error
    is_fine = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)
    if not is_fine or not HOST.fullmatch(host) or parts.username or parts.password or parts.path not in {"", "/"}:
        raise _bad(raw)
    if "." not in host.removeprefix("*.") and host not in LOCAL:
        raise _bad(raw)
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _bad(raw: str) -> BadOrigin:
    return BadOrigin(_("%(raw)s is no site; write https://www.example.com") % {"raw": raw[:80]})
