"""One claim: calls are read, told from those that are known, given to accounts, written, and counted, all in sets."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from django.conf import settings
from django.db import connection

from engagement.formulas.segment import WORDS, Meeting, Reader
from engagement.formulas.segment_bodies import read_calls, unpack
from engagement.formulas.segment_uses import EPOCH, MICROSECOND, Uses
from engagement.services.catalogue.names import hold_names
from engagement.services.events.meeting import learn_identities
from engagement.services.events.resolving import Asked, Place, read_directory
from engagement.services.events.seen import SAMPLE, tell_known, tell_timeless
from engagement.services.events.writing import Placed, write_events
from engagement.services.rollups import Whole, lock_usage

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claimed request."""

    pk: int
    receipt: str
    key_id: int
    source: str
    scopes: frozenset[str]
    call: str
    is_import: bool
    received_at: dt.datetime
    sent_at: dt.datetime | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What one claim did. `has_learned`: who is who has changed, and events in quarantine may find their account."""

    batches: int = 0
    events: int = 0
    has_learned: bool = False


@dataclass
class Receipt:
    """What became of the calls of one request; `reasons` by code: how many, and the first places with words."""

    events: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    quarantined: int = 0
    reasons: dict[str, dict[str, Any]] = field(default_factory=dict)

    def say(self, code: str, place: int, words: str = "") -> None:
        """Note why a call was refused or put aside."""
        reason = self.reasons.setdefault(code, {"count": 0, "examples": []})
        reason["count"] += 1
        if len(reason["examples"]) < EXAMPLES:
            reason["examples"].append([place, words or WORDS[code]])


PUT_ASIDE = """
COPY engagement_quarantinedevent (
    batch_id, key_id, hint, hint_value, kind, name, user_key, message_id, received_at, happened_at, is_dropped,
    properties) FROM STDIN
"""
FINISH = """
UPDATE engagement_eventbatch b
SET state = 'done', body = NULL, done_at = clock_timestamp(), events = g.events, accepted = g.accepted,
    duplicates = g.duplicates, rejected = g.rejected, quarantined = g.quarantined, reasons = g.reasons::jsonb
FROM unnest(%(ids)s::bigint[], %(events)s::integer[], %(accepted)s::integer[], %(duplicates)s::integer[],
            %(rejected)s::integer[], %(quarantined)s::integer[], %(reasons)s::text[])
     AS g(id, events, accepted, duplicates, rejected, quarantined, reasons)
WHERE b.id = g.id
"""
USED = """
UPDATE engagement_writekey SET last_used_on = %(day)s
WHERE id = ANY(%(ids)s) AND (last_used_on IS NULL OR last_used_on < %(day)s)
"""


def store_batches(batches: Sequence[Waiting]) -> Stored:
    """Store claimed requests and fill their receipts, inside the caller's transaction."""
    receipts = [Receipt() for _ in batches]
    uses, meetings = _read(batches, receipts)
    hold_names()
    lock_usage()
    has_learned = learn_identities(meetings) if meetings else False
    if uses:
        _store(batches, receipts, uses)
    _finish(batches, receipts)
    return Stored(batches=len(batches), events=sum(each.events for each in receipts), has_learned=has_learned)


def _read(batches: Sequence[Waiting], receipts: Sequence[Receipt]) -> tuple[Uses, list[Meeting]]:
    uses = Uses()
    meetings: list[Meeting] = []
    window = dt.timedelta(days=settings.EVENT_WINDOW_DAYS)
    for at, (batch, receipt) in enumerate(zip(batches, receipts, strict=True)):
        reader = Reader(
            uses=uses,
            request=at,
            source=batch.source,
            key_id=batch.key_id,
            received_at=batch.received_at,
            sent_at=batch.sent_at,
            window=None if batch.is_import else window,
            scopes=batch.scopes,
            fallback=batch.receipt,
        )
        receipt.events, others = reader.read_all(read_calls(unpack(batch.body), batch.call))
        for other in others:
            if isinstance(other, Meeting):
                receipt.accepted += 1
                meetings.append(other)
            else:
                receipt.rejected += 1
                receipt.say(other.code, other.place)
    return uses, meetings


def _store(batches: Sequence[Waiting], receipts: Sequence[Receipt], uses: Uses) -> None:
    """Write the uses that are news, with their accounts or put aside."""
    requests, people = np.array(uses.request), np.array(uses.person)
    fresh = _fresh(uses, requests)
    asked = [Asked(*each) for each in uses.people]
    directory = read_directory(asked)
    places = [directory.place(each) for each in asked]
    accounts = np.array([place.account_id or 0 for place in places])[people]
    placed, aside = fresh[accounts[fresh] != 0], fresh[accounts[fresh] == 0]
    sent, new, stored = (
        np.bincount(each, minlength=len(batches)).tolist() for each in (requests, requests[fresh], requests[placed])
    )
    for at, receipt in enumerate(receipts):
        receipt.duplicates += sent[at] - new[at]
        receipt.accepted += stored[at]
        receipt.quarantined += new[at] - stored[at]
    lines: list[str] = []
    names = list(uses.names)
    for at in aside.tolist():
        batch, place = batches[requests[at]], places[people[at]]
        receipts[requests[at]].say("ambiguous_account" if place.is_ambiguous else "unknown_account", uses.place[at])
        lines.append(_aside(batch, uses, at, names[uses.name[at]], place))
    _put_aside(lines)
    received = [(batch.received_at - EPOCH) // MICROSECOND for batch in batches]
    write_events(
        Placed(
            received=np.array(received)[requests[placed]],
            happened=np.array(uses.happened)[placed],
            accounts=accounts[placed],
            keys=np.array([batch.key_id for batch in batches])[requests[placed]],
            features=np.array(uses.name)[placed],
            names=names,
            people=people[placed],
            users=[place.user for place in places],
            kinds=_chosen(uses.kind, placed),
            message_ids=_chosen(uses.message_id, placed),
            properties=_chosen(uses.properties, placed),
        )
    )


def _fresh(uses: Uses, requests: Whole) -> Whole:
    """Where the uses stand that were not stored before, in this claim or another."""
    digests = uses.digest
    first = dict(zip(reversed(digests), range(len(digests) - 1, -1, -1), strict=True))
    months = (np.datetime64(EPOCH.date(), "us") + np.array(uses.stated)).astype("datetime64[M]")
    if timeless := [at for at in uses.timeless if first[digests[at]] == at]:
        arrivals = {months[at] for at in timeless}
        spans = {month.astype(dt.date) for arrival in arrivals for month in (arrival - 1, arrival)}
        for known in tell_timeless([digests[at] for at in timeless], spans):
            del first[known]
    fresh = np.array(sorted(first.values()), dtype=np.int64)
    known_places = []
    for month in np.unique(months[fresh]):
        given = fresh[months[fresh] == month]
        # Who sends again sends a whole request: its first message tells.
        sample = {*given[::SAMPLE].tolist(), *given[np.flatnonzero(np.diff(requests[given], prepend=-1))].tolist()}
        known_at = tell_known(_chosen(digests, given), month.astype(dt.date), [digests[at] for at in sample])
        known_places.append(given[known_at])
    return np.setdiff1d(fresh, np.concatenate(known_places), assume_unique=True) if known_places else fresh


def _chosen(column: Sequence[Any], places: Whole) -> Sequence[Any]:
    """The entries at these places, which rise."""
    return column if len(places) == len(column) else [column[at] for at in places.tolist()]


def _aside(batch: Waiting, uses: Uses, at: int, name: str, place: Place) -> str:
    happened_at = EPOCH + uses.happened[at] * MICROSECOND
    return (
        f"{batch.pk}\t{batch.key_id}\t{place.hint}\t{place.value}\t{uses.kind[at]}\t{name}\t{place.user}"
        f"\t{uses.message_id[at]}\t{batch.received_at.isoformat()}\t{happened_at.isoformat()}"
        f"\t{'t' if place.is_dropped else 'f'}\t{uses.properties[at].decode()}\n"
    )


def _put_aside(lines: Iterable[str]) -> None:
    """Words hold no tabs and no line ends; what is left to escape is the sign of escapes itself."""
    if text := "".join(lines):
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.copy_expert(PUT_ASIDE, io.BytesIO(text.replace("\\", "\\\\").encode()))


def _finish(batches: Sequence[Waiting], receipts: Sequence[Receipt]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            FINISH,
            {
                "ids": [batch.pk for batch in batches],
                "events": [each.events for each in receipts],
                "accepted": [each.accepted for each in receipts],
                "duplicates": [each.duplicates for each in receipts],
                "rejected": [each.rejected for each in receipts],
                "quarantined": [each.quarantined for each in receipts],
                "reasons": [orjson.dumps(each.reasons).decode() for each in receipts],
            },
        )
        day = max(batch.received_at for batch in batches).date()
        cursor.execute(USED, {"ids": sorted({batch.key_id for batch in batches}), "day": day})
