"""The newest events and receipts in one stream, however fast they come.

Events have no index by name or user, for that would be paid for with every event. So the stream looks at what the
newest receipts brought, in the order of arrival, and stops after a bounded number of events: the page says so.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Account
from engagement.models import Event, EventBatch, EventKind, Feature, QuarantinedEvent, WriteKey
from team.models import User

LIMIT = 50
# Receipts that one look goes back over, and events in them that it reads through.
MOST_RECEIPTS = 5_000
MOST_EVENTS = 200_000
# Processes write their receipts at the same time: ids follow the arrival, but for so many.
ALMOST_IN_ORDER = 200
# Events of one account are found by its index: the latest ones.
OF_ACCOUNT = 5_000
STORED, QUARANTINED, REJECTED, DUPLICATE = "stored", "quarantined", "rejected", "duplicate"
WAITING, FAILED, TAKEN = "waiting", "failed", "taken"
# Calls that say who is who: they leave no event, their receipt stands for them.
MEETINGS = ("identify", "group", "alias")
State = EventBatch.State


@dataclass(frozen=True, order=True)
class Place:
    """Where an entry stands: by arrival, then events before quarantined ones before receipts, then by id."""

    at: dt.datetime
    rank: int
    pk: int


@dataclass
class Wanted:
    """What the page asks for; empty means everything. `outcomes` are the words of this module."""

    outcomes: frozenset[str] = frozenset()
    key_ids: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def takes(self, *outcomes: str) -> bool:
        return not self.outcomes or bool(self.outcomes & set(outcomes))

    @property
    def is_about_events(self) -> bool:
        """Receipts have no name, kind, user or account."""
        return bool(self.kinds or self.names or self.accounts or self.users)


@dataclass(frozen=True)
class Entry:
    """One line of the stream: an event, one in quarantine, or a receipt (then `batch` is set)."""

    place: Place
    outcome: str
    at: dt.datetime
    name: str
    kind: str = ""
    user_key: str = ""
    key: WriteKey | None = None
    account: Account | None = None
    happened_at: dt.datetime | None = None
    feature: Feature | None = None
    hint: str = ""
    hint_value: str = ""
    batch: EventBatch | None = None

    @property
    def pk(self) -> int:
        return self.place.pk

    @property
    def micros(self) -> int:
        return micros_of(self.at)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Stream:
    """A page of entries, newest first; `searched_since` is how far back it looked (None: all the way)."""

    entries: Sequence[Entry]
    next: Place | None
    searched_since: dt.datetime | None = None


@dataclass
class _Window:
    since: dt.datetime | None = None
    is_cut: bool = False
    batches: list[EventBatch] = field(default_factory=list)


def micros_of(moment: dt.datetime) -> int:
    """A moment as whole microseconds, exact, for addresses."""
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def moment_of(micros: int) -> dt.datetime | None:
    """The way back; None for what is no moment."""
    try:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
    except OverflowError:
        return None


def read_stream(*, user: User, wanted: Wanted, before: Place | None = None, limit: int = LIMIT) -> Stream:
    """The newest entries before a place; at most eight queries, none of which reads more than the bounds above."""
    window = _look_back(wanted, before, limit)
    sources: list[list[Entry]] = []
    if wanted.takes(STORED):
        sources.append(_events(user, wanted, window, before, limit))
    if wanted.takes(QUARANTINED) and not wanted.accounts:
        sources.append(_quarantined(wanted, window, before, limit))
    if not wanted.is_about_events:
        sources.append([entry for entry in map(_receipt, window.batches) if _shows(wanted, entry, before)])
    found = list(islice(merge(*sources, key=lambda entry: entry.place, reverse=True), limit + 1))
    shown = found[:limit]
    rest = shown[-1].place if len(found) > limit else None
    if rest is None and window.is_cut and window.since is not None:
        # Nothing more in the window: the next page looks further back.
        rest = Place(window.since, 0, 0)
    return Stream(shown, rest, window.since if window.is_cut else None)


def newest_place() -> str:
    """A word that changes whenever something came or became of it; two queries by index."""
    newest = EventBatch.objects.order_by("-pk").values_list("pk", flat=True).first()
    done = EventBatch.objects.order_by("-pk").values_list("state", "done_at")[:20]
    stored = sum(1 for state, _done in done if state != State.WAITING)
    return f"{newest or 0}-{stored}"


def has_events() -> bool:
    """Whether anything ever came."""
    return EventBatch.objects.exists() or Event.objects.exists()


def _look_back(wanted: Wanted, before: Place | None, limit: int) -> _Window:
    """The newest receipts, as many as hold enough events to look through."""
    rows = EventBatch.objects.defer("body").select_related("key")
    if before is not None:
        last = EventBatch.objects.filter(received_at__lte=before.at).order_by("-received_at").values("pk")[:1]
        top = last.first()
        if top is None:
            return _Window(since=before.at)
        rows = rows.filter(pk__lte=top["pk"] + ALMOST_IN_ORDER, received_at__lte=before.at)
    if wanted.key_ids:
        rows = rows.filter(key__in=wanted.key_ids)
    if wanted.outcomes and not wanted.takes(STORED, QUARANTINED) and not wanted.takes(WAITING, TAKEN, DUPLICATE):
        rows = rows.filter(Q(state=State.FAILED) if wanted.outcomes == {FAILED} else Q(rejected__gt=0))
    is_sparse = bool(wanted.names or wanted.users or wanted.kinds or not wanted.takes(STORED))
    enough = MOST_EVENTS if is_sparse else 2 * limit
    window, events = _Window(), 0
    for batch in rows.order_by("-pk")[: MOST_RECEIPTS if is_sparse else 4 * limit].iterator(chunk_size=500):
        window.batches.append(batch)
        events += batch.accepted + batch.quarantined
        if events >= enough:
            window.is_cut = True
            break
    else:
        window.is_cut = len(window.batches) == (MOST_RECEIPTS if is_sparse else 4 * limit)
    if window.batches:
        window.since = min(batch.received_at for batch in window.batches)
    return window


def _narrow(rows: QuerySet[Any], wanted: Wanted, window: _Window, before: Place | None, rank: int) -> QuerySet[Any]:
    if wanted.key_ids:
        rows = rows.filter(key__in=wanted.key_ids)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    said = Q()
    for text in wanted.users:
        said |= Q(user_key__icontains=text)
    rows = rows.filter(said)
    if before is not None:
        rows = rows.filter(received_at__lte=before.at).exclude(_at_or_after(before, rank))
    return rows if window.since is None else rows.filter(received_at__gte=window.since)


def _at_or_after(before: Place, rank: int) -> Q:
    """Of those that came at the same moment, the ones that were shown."""
    if rank > before.rank:
        return Q(received_at=before.at)
    return Q(received_at=before.at, id__gte=before.pk) if rank == before.rank else Q(pk__in=[])


def _events(user: User, wanted: Wanted, window: _Window, before: Place | None, limit: int) -> list[Entry]:
    rows = Event.objects.all()
    if wanted.accounts:
        of_them = accounts_named(user, wanted.accounts)
        latest = rows.filter(account__in=of_them).order_by("-happened_at").values("received_at")[:OF_ACCOUNT]
        oldest = min((row["received_at"] for row in latest), default=None)
        if oldest is None:
            return []
        window.since, window.is_cut = oldest, False
        rows = rows.filter(account__in=of_them)
    if wanted.names:
        rows = rows.filter(feature__in=features_named(wanted.names))
    rows = (
        _narrow(rows, wanted, window, before, 2)
        if before is None or before.rank >= 2
        else _narrow(rows.filter(received_at__lt=before.at), wanted, window, None, 2)
    )
    columns = ("id", "received_at", "happened_at", "account_id", "feature_id", "key_id", "kind", "user_key")
    found = list(rows.order_by("-received_at", "-id").values(*columns)[: limit + 1])
    accounts = Account.everything.visible_to(user).in_bulk({row["account_id"] for row in found})
    features = Feature.objects.in_bulk({row["feature_id"] for row in found})
    keys = WriteKey.objects.in_bulk({row["key_id"] for row in found})
    return [
        Entry(
            place=Place(row["received_at"], 2, row["id"]),
            outcome=STORED,
            at=row["received_at"],
            name=features[row["feature_id"]].name if row["feature_id"] in features else "",
            kind=str(EventKind(row["kind"]).label),
            user_key=row["user_key"],
            key=keys.get(row["key_id"]),
            account=accounts.get(row["account_id"]),
            happened_at=row["happened_at"],
            feature=features.get(row["feature_id"]),
        )
        for row in found
    ]


def _quarantined(wanted: Wanted, window: _Window, before: Place | None, limit: int) -> list[Entry]:
    rows = QuarantinedEvent.objects.select_related("key").defer("properties")
    said = Q()
    for text in wanted.names:
        said |= Q(name__icontains=text)
    rows = _narrow(rows.filter(said), wanted, window, before, 1)
    return [
        Entry(
            place=Place(row.received_at, 1, row.pk),
            outcome=QUARANTINED,
            at=row.received_at,
            name=row.name,
            kind=row.get_kind_display(),
            user_key=row.user_key,
            key=row.key,
            happened_at=row.happened_at,
            hint=row.hint,
            hint_value=row.hint_value,
        )
        for row in rows.order_by("-received_at", "-pk")[: limit + 1]
    ]


def outcome_of(batch: EventBatch) -> str:
    """What a receipt says first: what went wrong, else what was new about it."""
    if batch.state != State.DONE:
        return FAILED if batch.state == State.FAILED else WAITING
    if batch.rejected:
        return REJECTED
    return DUPLICATE if batch.duplicates and not batch.accepted else TAKEN


def _receipt(batch: EventBatch) -> Entry:
    place = Place(batch.received_at, 0, batch.pk)
    return Entry(place, outcome_of(batch), batch.received_at, batch.call, key=batch.key, batch=batch)


def _shows(wanted: Wanted, entry: Entry, before: Place | None) -> bool:
    """A receipt that says no more than its single event is left out."""
    batch = entry.batch
    assert batch is not None
    if before is not None and entry.place >= before:
        return False
    if not wanted.outcomes:
        return entry.outcome != TAKEN or batch.call in MEETINGS or batch.events > 1 or not batch.accepted
    said = {entry.outcome}
    said |= {REJECTED} if batch.rejected else set()
    said |= {DUPLICATE} if batch.duplicates else set()
    return bool(said & wanted.outcomes)


def accounts_named(user: User, words: Sequence[str]) -> list[int]:
    """Ids of visible accounts whose name has one of the words; at most 200."""
    said = Q()
    for word in words:
        said |= Q(name__icontains=word)
    return list(Account.objects.visible_to(user).filter(said).values_list("pk", flat=True)[:200])


def features_named(words: Sequence[str]) -> list[int]:
    """Ids of features whose name or label has one of the words; at most 500."""
    said = Q()
    for word in words:
        said |= Q(name__icontains=word) | Q(label__icontains=word)
    return list(Feature.objects.filter(said).values_list("pk", flat=True)[:500])


def seconds_ago(moment: dt.datetime) -> float:
    """How long ago, for the page's first words."""
    return (timezone.now() - moment).total_seconds()
