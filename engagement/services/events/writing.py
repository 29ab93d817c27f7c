"""Events with their accounts are written, and counted in the same transaction."""

import datetime as dt
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from accounts.services.changes import mark_changed
from engagement.formulas.segment_uses import EPOCH
from engagement.services.events.copying import copy_in, length, numbers
from engagement.services.feature_names import learn_features, see_features
from engagement.services.rollups import Tallies, Whole, add_usage

# Numbers first: they are packed as arrays.
WRITE = """
COPY engagement_event (
    received_at, happened_at, account_id, feature_id, key_id, kind, user_key, message_id, properties)
FROM STDIN (FORMAT binary)
"""
CELLS = 9
PIECE = 500
DAY = 24 * 3600 * 10**6
# The length of a jsonb in the binary format, and its version.
jsonb = struct.Struct(">iB").pack


@dataclass(frozen=True, slots=True)
class Placed:
    """Events with their accounts, in columns. Times are microseconds since 2000.

    `features` points into `names`, `people` into `users` (who it counts for; empty for nobody).
    """

    received: Whole
    happened: Whole
    accounts: Whole
    keys: Whole
    features: Whole
    names: Sequence[str]
    people: Whole
    users: Sequence[str]
    kinds: Sequence[str]
    message_ids: Sequence[str]
    properties: Sequence[bytes]


def write_events(placed: Placed) -> None:
    """Write events, add them to the days and sums, mark their accounts; inside the caller's transaction, which holds
    the names and the usage lock."""
    if not len(placed.accounts):
        return
    used = np.unique(placed.features).tolist()
    named = learn_features({placed.names[at] for at in used})
    features, targets = np.zeros((2, len(placed.names)), dtype=np.int64)
    for at in used:
        features[at], targets[at] = named[placed.names[at]].pk, named[placed.names[at]].target
    _copy(placed, features[placed.features])
    days = placed.happened // DAY + EPOCH.toordinal()
    tallies = Tallies(placed.accounts, days, targets[placed.features], placed.people, placed.users)
    add_usage(tallies)
    mark_changed(account_ids=tallies.account_ids, reason="events")
    see_features(_spans(features[placed.features], days))


def _copy(placed: Placed, features: Whole) -> None:
    heads = numbers((placed.received, placed.happened, placed.accounts, features, placed.keys), cells=CELLS)
    kinds = {kind: _sized(kind.encode()) for kind in set(placed.kinds)}
    users = [_sized(user.encode()) for user in placed.users]
    message_ids = (_sized(message_id.encode()) for message_id in placed.message_ids)
    rows = zip(
        heads,
        map(kinds.__getitem__, placed.kinds),
        map(users.__getitem__, placed.people.tolist()),
        message_ids,
        (jsonb(len(written) + 1, 1) for written in placed.properties),
        placed.properties,
        strict=True,
    )
    copy_in(WRITE, iter(lambda: b"".join(chain.from_iterable(islice(rows, PIECE))), b""))


def _sized(cell: bytes) -> bytes:
    return length(len(cell)) + cell


def _spans(features: Whole, days: Whole) -> dict[int, tuple[dt.date, dt.date]]:
    """The first and the last day of each feature."""
    order = np.argsort(features, kind="stable")
    found, firsts = np.unique(features[order], return_index=True)
    ends = (np.minimum.reduceat(days[order], firsts).tolist(), np.maximum.reduceat(days[order], firsts).tolist())
    return {
        pk: (dt.date.fromordinal(first), dt.date.fromordinal(last))
        for pk, first, last in zip(found.tolist(), *ends, strict=True)
    }
