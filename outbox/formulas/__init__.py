"""Pure rules of the outbox: when to try again, how a message is named, what a header may hold."""

from outbox.formulas.messages import (
    RESERVED_HEADERS,
    blot,
    check_headers,
    clean_header,
    lane_pause,
    retry_wait,
    stable_uuid,
    tokens_in,
)

__all__ = [
    "RESERVED_HEADERS",
    "blot",
    "check_headers",
    "clean_header",
    "lane_pause",
    "retry_wait",
    "stable_uuid",
    "tokens_in",
]
