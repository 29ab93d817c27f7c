"""Events leave the quarantine when their account is known: a person mapped them, a call said who is who, or the account
came."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection, transaction

from engagement.formulas.segment_uses import EPOCH, MICROSECOND, Numbered
from engagement.models import QuarantinedEvent
from engagement.services.catalogue.names import hold_names
from engagement.services.events.resolving import Asked, read_directory
from engagement.services.events.writing import Placed, write_events
from engagement.services.rollups import lock_usage

PAGE = 5000
MOST_HINTS = 20_000
Hint = QuarantinedEvent.Hint
Waiter = tuple[str, str, str, str]
START: Waiter = ("", "", "", "")
# Where this process goes on looking: of very many whom nobody knows, each has its turn.
_after = START

# Who waits, by what could tell the account.
WAITING = """
SELECT DISTINCT q.hint, q.hint_value, q.user_key, k.source
FROM engagement_quarantinedevent q JOIN engagement_writekey k ON k.id = q.key_id
WHERE NOT q.is_dropped AND (%(hint)s = '' OR (q.hint = %(hint)s AND q.hint_value = %(value)s))
  AND (q.hint, q.hint_value, q.user_key, k.source) > %(after)s
ORDER BY 1, 2, 3, 4 LIMIT %(most)s
"""
# Taken, each by one worker. What comes back is written in the same transaction.
TAKE = """
WITH wanted AS (
    SELECT q.id, g.account_id, g.user_key
    FROM unnest(%(hints)s::text[], %(values)s::text[], %(users)s::text[], %(sources)s::text[], %(accounts)s::bigint[],
                %(names)s::text[]) AS g(hint, hint_value, said, source, account_id, user_key)
    JOIN engagement_quarantinedevent q ON NOT q.is_dropped AND q.hint = g.hint AND q.hint_value = g.hint_value
         AND q.user_key = g.said
    JOIN engagement_writekey k ON k.id = q.key_id AND k.source = g.source
    ORDER BY q.id LIMIT %(page)s FOR UPDATE OF q SKIP LOCKED
)
DELETE FROM engagement_quarantinedevent q USING wanted w WHERE q.id = w.id
RETURNING q.received_at, q.happened_at, w.account_id, q.name, q.key_id, q.kind, w.user_key, q.message_id,
          q.properties::text, q.hint, q.hint_value
"""
# Where the written events lie, for the way back of what a person mapped.
REMEMBER = """
INSERT INTO engagement_mappedevent (identity_id, event_id, received_at, happened_at, account_ref, mapped_at)
SELECT i.id, e.id, e.received_at, e.happened_at, e.account_id, clock_timestamp()
FROM unnest(%(kinds)s::text[], %(values)s::text[], %(received)s::timestamptz[], %(happened)s::timestamptz[],
            %(accounts)s::bigint[], %(keys)s::bigint[], %(messages)s::text[])
     AS g(kind, value, received_at, happened_at, account_id, key_id, message_id)
JOIN engagement_eventidentity i ON i.kind = g.kind AND i.value = g.value AND i.is_manual AND i.account_id = g.account_id
JOIN engagement_event e ON e.account_id = g.account_id AND e.happened_at = g.happened_at
     AND e.received_at = g.received_at AND e.key_id = g.key_id AND e.message_id = g.message_id
"""


def replay_waiting(*, hint: str = "", value: str = "") -> int:
    """Store the events in quarantine (or those under one hint) whose account is known by now; returns how many.

    Pages of 5,000, each a transaction: what was stored is gone from the quarantine. Several at once share the work.
    Each page asks again whose they are: it ends when that is taken back meanwhile. Without a hint 20,000 waiters are
    looked at, the next ones by the next call.
    """
    global _after  # noqa: PLW0603 - where this process goes on
    after, done = START if hint else _after, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(WAITING, {"hint": hint, "value": value, "after": after, "most": MOST_HINTS})
            waiting = cursor.fetchall()
        done += _replay(waiting)
        after = waiting[-1] if len(waiting) == MOST_HINTS else START
        if not hint:
            _after = after
        if not hint or after == START:
            return done


def _replay(waiting: Sequence[Waiter]) -> int:
    """Store what those brought who are known by now."""
    asked = [(row, _asked(*row)) for row in waiting]
    directory = read_directory([each for _row, each in asked])
    known = [(row, each) for row, each in asked if directory.place(each).account_id is not None]
    done = 0
    while known and (taken := _replay_page(known)):
        done += taken
    return done


def _asked(hint: str, value: str, user: str, source: str) -> Asked:
    """What is left of what an event said about its account."""
    email = f"@{value}" if hint == Hint.DOMAIN and "@" not in user else ""
    return Asked(source, value if hint == Hint.GROUP else "", user, email)


@transaction.atomic
def _replay_page(known: Sequence[tuple[Waiter, Asked]]) -> int:
    hold_names()
    lock_usage()
    directory = read_directory([each for _row, each in known])
    found = [(row, place) for row, each in known if (place := directory.place(each)).account_id is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "hints": [row[0] for row, _ in found],
                "values": [row[1] for row, _ in found],
                "users": [row[2] for row, _ in found],
                "sources": [row[3] for row, _ in found],
                "accounts": [place.account_id for _, place in found],
                "names": [place.user for _, place in found],
                "page": PAGE,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        if rows:
            write_events(_placed(rows))
            columns = [list(column) for column in zip(*rows, strict=True)]
            received, happened, accounts, _names, keys, _kinds, _users, messages, _properties, hints, values = columns
            cursor.execute(
                REMEMBER,
                {
                    "kinds": hints,
                    "values": values,
                    "received": received,
                    "happened": happened,
                    "accounts": accounts,
                    "keys": keys,
                    "messages": messages,
                },
            )
    return len(rows)


def _placed(rows: Sequence[tuple[Any, ...]]) -> Placed:
    received, happened, accounts, names, keys, kinds, users, messages, properties = list(zip(*rows, strict=True))[:9]
    named, known = Numbered(), Numbered()
    return Placed(
        received=np.array([(moment - EPOCH) // MICROSECOND for moment in received]),
        happened=np.array([(moment - EPOCH) // MICROSECOND for moment in happened]),
        accounts=np.array(accounts),
        keys=np.array(keys),
        features=np.array([named[name] for name in names]),
        names=list(named),
        people=np.array([known[user] for user in users]),
        users=list(known),
        kinds=kinds,
        message_ids=messages,
        properties=[written.encode() for written in properties],
    )
