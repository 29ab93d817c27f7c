"""One claim: calls are read, told from those that are known, given to accounts, written, and counted, all in sets."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from django.db import connection

from accounts.services.changes import mark_changed
from engagement.formulas.segment import WORDS, Meeting, Reader, Refused, Use
from engagement.formulas.segment_bodies import read_calls
from engagement.services.catalogue.names import hold_names
from engagement.services.events.meeting import learn_identities
from engagement.services.events.resolving import Asked, Place, read_directory
from engagement.services.feature_names import learn_features, see_features
from engagement.services.rollups import Tallies, add_usage, lock_usage

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
    events: int


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


# An event with its account, as it is written: when it came and happened, account, feature's name, key, kind, user,
# message id, properties. A plain tuple: there are twenty thousand in a claim.
Placed = tuple[dt.datetime, dt.datetime, int, str, int, str, str, str, str]


# Which of these were stored before? The rest are from now on. In order of the digest: two workers with the same ones
# wait for each other.
TELL_SEEN = """
WITH given AS MATERIALIZED (SELECT * FROM unnest(%(digests)s::uuid[]) WITH ORDINALITY AS g(digest, place)), fresh AS (
    INSERT INTO engagement_seenmessage (digest, month) SELECT digest, %(month)s FROM given ORDER BY digest
    ON CONFLICT (digest, month) DO NOTHING RETURNING digest
)
SELECT place - 1 FROM given LEFT JOIN fresh USING (digest) WHERE fresh.digest IS NULL
"""
# A call without a time of its own is told over the turn of a month, too.
TELL_TIMELESS = """
SELECT DISTINCT digest::text FROM engagement_seenmessage
WHERE digest = ANY(%(digests)s::uuid[]) AND month IN %(months)s
"""
PUT_ASIDE = """
COPY engagement_quarantinedevent (
    batch_id, key_id, hint, hint_value, kind, name, user_key, message_id, received_at, happened_at, is_dropped,
    properties) FROM STDIN
"""
WRITE = """
COPY engagement_event (
    received_at, happened_at, account_id, feature_id, key_id, kind, user_key, message_id, properties) FROM STDIN
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

Found = tuple[int, Use]  # index of the request in the claim


def store_batches(batches: Sequence[Waiting]) -> Stored:
    """Store claimed requests and fill their receipts, inside the caller's transaction."""
    receipts = [Receipt() for _ in batches]
    uses, meetings = _read(batches, receipts)
    hold_names()
    lock_usage()
    has_learned = learn_identities(meetings) if meetings else False
    uses = _without_known(batches, receipts, uses)
    sources = [batch.source for batch in batches]
    asked = {(sources[at], *use.who) for at, use in uses}
    directory = read_directory([Asked(*each) for each in asked])
    places = {each: directory.place(Asked(*each)) for each in asked}
    placed: list[Placed] = []
    aside: list[str] = []
    for at, use in uses:
        place = places[sources[at], *use.who]
        batch, receipt = batches[at], receipts[at]
        if place.account_id is None:
            receipt.quarantined += 1
            receipt.say("ambiguous_account" if place.is_ambiguous else "unknown_account", use.place)
            aside.append(_aside(batch, use, place))
            continue
        receipt.accepted += 1
        placed.append(
            (
                *(batch.received_at, use.happened_at, place.account_id, use.name, batch.key_id, use.kind, place.user),
                *(use.message_id, use.properties),
            )
        )
    _copy(PUT_ASIDE, aside)
    write_events(placed)
    _finish(batches, receipts)
    return Stored(batches=len(batches), events=sum(each.events for each in receipts), has_learned=has_learned)


def write_events(placed: Sequence[Placed]) -> Tallies:
    """Write events, add them to the days and sums, mark their accounts; inside the caller's transaction, which holds
    the names and the usage lock. Returns what was added."""
    features = learn_features({each[3] for each in placed}) if placed else {}
    tallies = Tallies()
    lines: list[str] = []
    stamps: dict[dt.datetime, str] = {}
    days: dict[int, tuple[int, int]] = {}
    add_account, add_day = tallies.accounts.append, tallies.days.append
    add_feature, add_user, add_line = tallies.features.append, tallies.users.append, lines.append
    for received_at, happened_at, account_id, name, key_id, kind, user, message_id, properties in placed:
        named = features[name]
        feature, day = named.pk, happened_at.toordinal()
        add_account(account_id)
        add_day(day)
        add_feature(named.target)
        add_user(user)
        if (stamp := stamps.get(received_at)) is None:
            stamp = stamps[received_at] = received_at.isoformat()
        add_line(
            f"{stamp}\t{happened_at.isoformat()}\t{account_id}\t{feature}\t{key_id}\t{kind}\t{user}\t{message_id}"
            f"\t{properties}\n"
        )
        span = days.get(feature)
        if span is None:
            days[feature] = (day, day)
        elif not span[0] <= day <= span[1]:
            days[feature] = (min(span[0], day), max(span[1], day))
    _copy(WRITE, lines)
    add_usage(tallies)
    mark_changed(account_ids=tallies.account_ids, reason="events")
    see_features({pk: (dt.date.fromordinal(a), dt.date.fromordinal(b)) for pk, (a, b) in days.items()})
    return tallies


def _read(batches: Sequence[Waiting], receipts: Sequence[Receipt]) -> tuple[list[Found], list[Meeting]]:
    uses: list[Found] = []
    meetings: list[Meeting] = []
    window = dt.timedelta(days=settings.EVENT_WINDOW_DAYS)
    for at, (batch, receipt) in enumerate(zip(batches, receipts, strict=True)):
        reader = Reader(
            key_id=batch.key_id,
            received_at=batch.received_at,
            sent_at=batch.sent_at,
            window=None if batch.is_import else window,
            scopes=batch.scopes,
            fallback=batch.receipt,
        )
        for place, call in enumerate(read_calls(batch.body, batch.call)):
            receipt.events += 1
            read = reader.read(place, call)
            if type(read) is Use:
                uses.append((at, read))
            elif type(read) is Refused:
                receipt.rejected += 1
                receipt.say(read.code, place)
            else:
                receipt.accepted += 1
                meetings.append(read)  # type: ignore[arg-type]
    return uses, meetings


def _without_known(batches: Sequence[Waiting], receipts: Sequence[Receipt], uses: list[Found]) -> list[Found]:
    """The calls that were not stored before, in this claim or another; the others are duplicates in their receipts."""
    first: dict[str, Found] = {}
    for found in uses:
        if first.setdefault(found[1].digest, found) is not found:
            receipts[found[0]].duplicates += 1
    if not first:
        return []
    timeless = [digest for digest, (_at, use) in first.items() if use.month is None]
    with connection.cursor() as cursor:
        if timeless:
            arrivals = {batches[first[digest][0]].received_at.date().replace(day=1) for digest in timeless}
            spans = tuple(arrivals | {(month - dt.timedelta(days=1)).replace(day=1) for month in arrivals})
            cursor.execute(TELL_TIMELESS, {"digests": _list(timeless), "months": spans})
            for (known,) in cursor.fetchall():
                receipts[first.pop(known.replace("-", ""))[0]].duplicates += 1
        months: dict[dt.date, list[str]] = {}
        for digest, (at, use) in first.items():
            months.setdefault(use.month or batches[at].received_at.date().replace(day=1), []).append(digest)
        for month in sorted(months):
            digests = months[month]
            cursor.execute(TELL_SEEN, {"digests": _list(digests), "month": month})
            for (place,) in cursor.fetchall():
                receipts[first.pop(digests[place])[0]].duplicates += 1
    return list(first.values())


def _list(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _aside(batch: Waiting, use: Use, place: Place) -> str:
    return (
        f"{batch.pk}\t{batch.key_id}\t{place.hint}\t{place.value}\t{use.kind}\t{use.name}\t{place.user}"
        f"\t{use.message_id}\t{batch.received_at.isoformat()}\t{use.happened_at.isoformat()}"
        f"\t{'t' if place.is_dropped else 'f'}\t{use.properties}\n"
    )


def _copy(statement: str, lines: Sequence[str]) -> None:
    """Words hold no tabs and no line ends; what is left to escape is the sign of escapes itself."""
    if lines:
        with connection.cursor() as cursor:
            cursor.copy_expert(statement, io.BytesIO("".join(lines).replace("\\", "\\\\").encode()))


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
