"""What an outside tracker tells us, read strictly."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACCEPTED, ACTED_ON, NOTE = "accepted", "acted_on", "note"
# What a state of theirs can mean here.
MEANINGS = {
    ACCEPTED: gettext_lazy("In work: what was acted on is accepted again"),
    ACTED_ON: gettext_lazy("Done: an accepted insight is acted on"),
    NOTE: gettext_lazy("Only noted in the log"),
}
_LONGEST = {"key": 120, "status": 80, "title": 200}


class BadNews(ValueError):
    """The message cannot be used; says why, for whoever set the tracker up."""


@dataclass(frozen=True, slots=True)
class News:
    """How one issue stands there. `changed_at` is the tracker's own clock."""

    key: str
    status: str
    changed_at: dt.datetime
    title: str = ""


def read_news(body: bytes, *, latest: dt.datetime) -> News:
    """`{"key": "PROJ-12", "status": "Done", "changed_at": "2026-11-22T06:00:00Z", "title": "..."}`. Raises BadNews.

    A change after `latest` is refused: it would make all that follow look late.
    """
    try:
        found = json.loads(body)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadNews("the body is no JSON") from error
    if not isinstance(found, dict):
        raise BadNews("the body is no object")
    key, status = _text(found, "key"), _text(found, "status")
    if not key or not status:
        raise BadNews("key and status are needed")
    changed_at = _moment(found.get("changed_at"))
    if changed_at > latest:
        raise BadNews("changed_at lies in the future")
    return News(key, status, changed_at, _text(found, "title"))


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name, "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadNews(f"{name} is no text")
    text = " ".join(str(value).replace("\x00", "").split())
    if name == "title":
        return text[: _LONGEST[name]]
    if len(text) > _LONGEST[name]:
        raise BadNews(f"{name} is longer than {_LONGEST[name]} characters")
    return text


def _moment(value: object) -> dt.datetime:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadNews("changed_at is no moment with a time zone")
    return moment


def meaning_of(states: Mapping[str, str], status: str) -> str:
    """What their word means here; words that nobody mapped are noted."""
    return {word.casefold(): meaning for word, meaning in states.items()}.get(status.casefold(), NOTE)


def parse_states(text: str) -> dict[str, str]:
    """The map as people write it: `their word = accepted` (acted_on, note), one per line. Raises ValueError."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        word, equals, meaning = (part.strip() for part in line.rpartition("="))
        if not equals or not word or meaning not in MEANINGS:
            known = ", ".join(MEANINGS)
            raise ValueError(_("“%(line)s”: write their word = one of %(known)s.") % {"line": line, "known": known})
        if len(word) > _LONGEST["status"]:
            raise ValueError(_("“%(line)s” is too long.") % {"line": line[:40]})
        found[word.casefold()] = meaning
    return found


def states_text(states: Mapping[str, str]) -> str:
    """The map as `parse_states` reads it."""
    return "\n".join(f"{word} = {meaning}" for word, meaning in states.items())
