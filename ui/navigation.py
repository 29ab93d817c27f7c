"""The entries of the sidebar, read from `settings.NAVIGATION`, so that the frame knows no app by name.

An entry is a dict: `label` (lazy text), `url` (URL name), `icon`, and optionally `key` ("g a"), `roles` (who sees it),
`match` (URL prefixes that light it up besides its own), `count` (dotted path of `(user) -> int | None`),
`is_foot` (stands at the bottom).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

PHONE_ENTRIES = 4


@dataclass(frozen=True)
class Entry:
    label: str
    url: str
    icon: str
    key: str
    count: int | None
    is_current: bool
    is_foot: bool


def _may_see(entry: Mapping[str, Any], user: Any) -> bool:
    roles = entry.get("roles")
    return not roles or getattr(user, "role", None) in roles


def _count(entry: Mapping[str, Any], user: Any) -> int | None:
    path = entry.get("count")
    if not path or not getattr(user, "is_authenticated", False):
        return None
    number: int | None = (import_string(path) if isinstance(path, str) else path)(user)
    return number or None


def _is_current(path: str, url: str, matches: Iterable[str]) -> bool:
    if path == url:
        return True
    return any(prefix != "/" and path.startswith(prefix) for prefix in (url, *matches))


def entries_for(request: HttpRequest) -> list[Entry]:
    """The entries that this user may see, with the current one marked; the longest match wins."""
    user = getattr(request, "user", None)
    found: list[tuple[Entry, int]] = []
    for entry in getattr(settings, "NAVIGATION", ()):
        if not _may_see(entry, user):
            continue
        try:
            url = reverse(entry["url"])
        except NoReverseMatch:
            # An app that is not installed has no entry; a test checks that ours all lead somewhere.
            continue
        is_current = _is_current(request.path, url, entry.get("match", ()))
        made = Entry(
            label=entry["label"],
            url=url,
            icon=entry["icon"],
            key=entry.get("key", ""),
            count=_count(entry, user),
            is_current=is_current,
            is_foot=bool(entry.get("is_foot")),
        )
        found.append((made, len(url) if is_current else 0))
    best = max((length for _, length in found), default=0)
    return [
        entry if not entry.is_current or length == best else Entry(**{**entry.__dict__, "is_current": False})
        for entry, length in found
    ]


@dataclass(frozen=True)
class Creation:
    """One row of the create menu; with `is_dialog` it opens over the page that one is on."""

    label: str
    url: str
    icon: str
    key: str
    is_dialog: bool


def creations_for(request: HttpRequest) -> list[Creation]:
    """What this user may make from anywhere: `settings.UI_CREATE`, entries like those of NAVIGATION and `is_dialog`."""
    user = getattr(request, "user", None)
    found = []
    for entry in getattr(settings, "UI_CREATE", ()):
        if not _may_see(entry, user):
            continue
        try:
            url = reverse(entry["url"])
        except NoReverseMatch:
            continue
        is_dialog = bool(entry.get("is_dialog"))
        found.append(Creation(entry["label"], url, entry["icon"], entry.get("key", ""), is_dialog))
    return found
