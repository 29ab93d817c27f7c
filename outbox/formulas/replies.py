"""Addresses that name the message which an answer or a bounce belongs to: name+<uuid>-<mark>@domain."""

import re
from typing import Final

NAMED: Final = re.compile(r"\+([0-9a-f]{32})-([0-9a-f]{12})@", re.IGNORECASE)


def reply_address(base: str, uuid_hex: str, mark: str) -> str:
    """`mail@in.example` becomes `mail+<uuid>-<mark>@in.example`; "" when there is no base address."""
    name, at, domain = base.rpartition("@")
    return f"{name}+{uuid_hex}-{mark}@{domain}" if at else ""


def read_reply_addresses(text: str) -> list[tuple[str, str]]:
    """(uuid, mark) of every such address in a text, small letters, each once, in order."""
    return list(dict.fromkeys((uuid.lower(), mark.lower()) for uuid, mark in NAMED.findall(text)))
