"""Pure rules of the outbox: when to try again, how a message is named, what a header may hold."""

import re
import uuid
from typing import Final

NAMESPACE: Final = uuid.UUID("6f0b6f0e-6a43-5d0c-9a3e-0f1d7a2f5c11")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
RESERVED_HEADERS: Final = frozenset(
    {"to", "cc", "bcc", "from", "sender", "reply-to", "subject", "date", "message-id", "content-type", "mime-version"}
    | {"content-transfer-encoding", "return-path", "received", "dkim-signature"}
)
TOKEN_IN_URL: Final = re.compile(r"https?://\S*?/([A-Za-z0-9_:.-]{20,})(?=[/?\s\"'>)]|$)")

# Seconds to wait after attempt 1, 2, ...; the last one repeats until the message expires.
MAIL_WAITS: Final = (60, 300, 900, 3600, 7200, 14400)
# The schedule that the Standard Webhooks specification recommends.
WEBHOOK_WAITS: Final = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
CHAT_WAITS: Final = (5, 60, 600, 3600)
LONGEST_WAIT: Final = 86400
LANE_PAUSE: Final = 60


def retry_wait(channel: str, attempt: int) -> int | None:
    """Seconds until the next try after `attempt` (from 1) failed for a while; None when it was the last one."""
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    if channel == "mail":
        return MAIL_WAITS[min(attempt, len(MAIL_WAITS)) - 1]
    waits = WEBHOOK_WAITS if channel == "webhook" else CHAT_WAITS
    return waits[attempt - 1] if attempt <= len(waits) else None


def lane_pause(wait: int) -> int:
    """Seconds that the other messages to a receiver in trouble wait: long enough to spare the worker, short enough that
    one message that the receiver cannot digest does not hold up the rest."""
    return min(wait, LANE_PAUSE)


def stable_uuid(dedupe_key: str | None, *, secret: str = "") -> uuid.UUID:
    """The same key gives the same uuid, so that a receiver can tell a repeat; without a key it is random.

    SECURITY: `secret` keeps strangers from guessing the Message-ID of a mail that they never saw.
    """
    return uuid.uuid5(NAMESPACE, f"{secret}:{dedupe_key}") if dedupe_key else uuid.uuid4()


def clean_header(value: str, *, limit: int = 300) -> str:
    """One line of text. SECURITY: a line break in a header would let a contact's name add headers of its own."""
    return CONTROL.sub(" ", value).strip()[:limit]


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    """Extra headers with clean values. Raises ValueError for a name that is malformed or not the caller's to set."""
    for name in headers:
        if not HEADER_NAME.fullmatch(name) or name.lower() in RESERVED_HEADERS:
            raise ValueError(f"header {name!r} cannot be set")
    return {name: clean_header(value, limit=900) for name, value in headers.items()}


def tokens_in(text: str) -> list[str]:
    """Long opaque parts of the addresses in a text: reset and invitation tokens."""
    return sorted(set(TOKEN_IN_URL.findall(text)))


def blot(text: str, secrets: list[str]) -> str:
    """The text with every secret replaced by an ellipsis."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text
