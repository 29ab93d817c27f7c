"""Makers of requests as a sender writes them, and what the sums say of the events."""

import base64
import datetime as dt
import itertools
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from engagement.formulas.segment_bodies import pack
from engagement.models import (
    AccountDay,
    Event,
    EventBatch,
    Feature,
    FeatureUse,
    ProductUser,
    UsageDay,
    UserDay,
    WriteKey,
)
from engagement.services.events.claiming import store_waiting
from engagement.services.events.replaying import replay_waiting
from engagement.services.keys import key_text, make_write_key
from engagement.services.rollups import KEPT_DAYS

_serial = itertools.count(1)
NOON = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=2)


def make_key(**fields: Any) -> WriteKey:
    return make_write_key(name="Web app", source=f"app-{next(_serial)}", **fields)


def track(name: str = "Report opened", *, at: dt.datetime = NOON, **fields: Any) -> dict[str, Any]:
    """A track call."""
    return {
        "type": "track",
        "event": name,
        "userId": "ann",
        "timestamp": at.isoformat(),
        "messageId": str(uuid.uuid4()),
        "properties": {},
        **fields,
    }


def post(key: WriteKey | None, body: object, *, call: str = "batch", **headers: str) -> HttpResponse:
    """One request with the key as the user of Basic authentication; bytes are sent as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if key is not None:
        login = base64.b64encode(f"{key_text(key)}:".encode()).decode()
        headers = {"authorization": f"Basic {login}", **headers}
    response: HttpResponse = Client(enforce_csrf_checks=True).post(  # type: ignore[assignment]
        f"/v1/{call}", raw, content_type="application/json", headers=headers
    )
    return response


def wait_with(key: WriteKey, calls: Sequence[dict[str, Any]], *, is_import: bool = False, **fields: Any) -> EventBatch:
    """A request that waits, as `post` leaves it."""
    raw = json.dumps({"batch": list(calls)}).encode()
    values: dict[str, Any] = {
        "receipt": uuid.uuid4(),
        "call": "import" if is_import else "batch",
        "received_at": timezone.now(),
        "size": len(raw),
        "events": len(calls),
        **fields,
    }
    return EventBatch.objects.create(key=key, is_import=is_import, body=pack(raw), **values)


def store_all() -> None:
    """Everything that waits, and what can leave the quarantine since."""
    while store_waiting().batches:
        continue
    replay_waiting()


def receipt_of(batch: EventBatch) -> tuple[int, int, int, int, int]:
    """Events, accepted, duplicates, rejected, quarantined."""
    batch.refresh_from_db()
    return batch.events, batch.accepted, batch.duplicates, batch.rejected, batch.quarantined


def sums() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is counted, comparable between runs."""
    name = "feature__name"
    return {
        "days": sorted(UsageDay.objects.values_list("account", name, "day", "events", "seconds", "errors", "users")),
        "people": sorted(UserDay.objects.values_list("account", "user_key", "day", "events")),
        "account_days": sorted(AccountDay.objects.values_list("account", "day", "events", "core_events")),
        "uses": sorted(FeatureUse.objects.values_list("account", name, "first_on", "last_on")),
        "users": sorted(ProductUser.objects.values_list("account", "user_key", "first_on", "last_on", "recent")),
    }


def sums_of_events() -> dict[str, list[tuple[Any, ...]]]:
    """The same, told from the stored events alone, one by one."""
    core = set(Feature.objects.filter(is_core_action=True).values_list("name", flat=True))
    names = dict(Feature.objects.values_list("pk", "name"))
    into = dict(Feature.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into__name"))
    days: dict[Any, list[Any]] = defaultdict(lambda: [0, set()])
    people: dict[Any, int] = defaultdict(int)
    account_days: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    uses: dict[Any, list[dt.date]] = defaultdict(list)
    users: dict[Any, list[dt.date]] = defaultdict(list)
    for account, feature, user, at in Event.objects.values_list(
        "account_id", "feature_id", "user_key", "happened_at"
    ).order_by(F("happened_at")):
        day, name = at.astimezone(dt.UTC).date(), into.get(feature, names[feature])
        days[account, name, day][0] += 1
        account_days[account, day][0] += 1
        account_days[account, day][1] += name in core
        uses[account, name].append(day)
        if user:
            days[account, name, day][1].add(user)
            people[account, user, day] += 1
            users[account, user].append(day)
    return {
        "days": sorted((*key, events, 0, 0, len(seen)) for key, (events, seen) in days.items()),
        "people": sorted((*key, events) for key, events in people.items()),
        "account_days": sorted((*key, *both) for key, both in account_days.items()),
        "uses": sorted((*key, min(seen), max(seen)) for key, seen in uses.items()),
        "users": sorted((*key, min(seen), max(seen), recent_bits(seen)) for key, seen in users.items()),
    }


def recent_bits(days: Iterable[dt.date]) -> int:
    """Days of use as bits before the last of them."""
    last = max(days := set(days))
    return sum(1 << (last - day).days for day in days if (last - day).days < KEPT_DAYS)
