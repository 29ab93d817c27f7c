"""What customers' programs send in the demo world: requests of the last days, stored as any other, so that receipts,
events, the quarantine and the sums of usage agree. Does not grow with the world."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from typing import Any

import orjson

from accounts.models import Account, Contact
from engagement.formulas.segment_bodies import pack
from engagement.models import EventBatch, EventIdentity, Feature, UsageDay, WriteKey
from engagement.services.catalogue.working import count_features
from engagement.services.events.claiming import store_waiting
from engagement.services.keys import make_write_key
from team.clock import now, today
from team.models import Role, User
from team.selectors.install import DEMO_DOMAIN
from workspace.demo.stories import STORIES

ACCOUNTS = 6
REQUESTS = 14
PYTHON, NODE, BROWSER = "analytics-python/2.3.4", "analytics-node/2.1.3", "analytics-next/1.76"
# name, properties of one call
SAID: tuple[tuple[str, dict[str, Any]], ...] = (
    ("plan_edited", {"plan": "Autumn staffing", "rows": 14, "from": "grid", "saved": True}),
    ("forecast_submitted", {"period": "2026-Q4", "lines": 212, "currency": "EUR", "seconds": 3.4}),
    ("dashboard_viewed", {"dashboard": "Utilisation", "filters": ["team", "month"], "widgets": 9}),
    ("approval_given", {"request": "PR-1182", "amount": 18400, "steps": [{"by": "lead"}, {"by": "finance"}]}),
    ("report_scheduled", {"report": "Weekly load", "every": "monday", "format": "pdf"}),
    ("export_run", {"format": "xlsx", "rows": 4810, "with_history": False}),
    ("comment_written", {"on": "plan", "length": 164, "mentions": 2}),
    ("api_called", {"route": "/v2/plans", "status": 200, "ms": 48}),
)
# Names that nobody has looked at: a new one, and another name for what there is.
NEW = ("scenario_compared", {"scenarios": 3, "kept": "B"}), ("plan_edit", {"plan": "Autumn staffing", "rows": 2})


def write_events(*, seed: int) -> int:
    """Two write keys, requests with a few hundred events, and what goes wrong with some; returns the requests."""
    if EventBatch.objects.exists():
        return 0
    accounts = _accounts()
    if not accounts:
        return 0
    admin = User.objects.filter(email__endswith=f"@{DEMO_DOMAIN}", role=Role.ADMIN).order_by("pk").first()
    web = make_write_key(name="Web app", source="web-app", actor=admin)
    past = make_write_key(name="Warehouse", source="warehouse", scopes=["import"], actor=admin, events_per_second=500)
    WriteKey.objects.filter(pk__in=[web.pk, past.pk]).update(last_used_on=today())
    EventIdentity.objects.bulk_create(
        [EventIdentity(kind="group", value=_group(account), account=account) for account in accounts]
    )
    rng = random.Random(f"{seed}:events")
    batches = [*_usual(rng, web, accounts, seed), *_unusual(rng, web, past, accounts, seed)]
    batches.append(_failed(web, seed))
    EventBatch.objects.bulk_create(sorted(batches, key=lambda batch: batch.received_at))
    while store_waiting().batches:
        continue
    names = [name for name, _properties in NEW]
    Feature.objects.exclude(name__in=names).filter(is_reviewed=False).update(is_reviewed=True)
    count_features()
    return len(batches)


def _accounts() -> list[Account]:
    """Accounts without a story that have used the product lately, of the demo's CSM first."""
    lately = UsageDay.objects.filter(day__gt=today() - dt.timedelta(days=14), events__gt=0)
    rows = Account.objects.filter(status=Account.Status.CUSTOMER, csm__email=f"csm@{DEMO_DOMAIN}").order_by("pk")
    book = [account for account in rows[len(STORIES) : len(STORIES) + 40] if account.domains]
    used = set(lately.filter(account__in=book).values_list("account_id", flat=True))
    return [account for account in book if account.pk in used][:ACCOUNTS]


def _group(account: Account) -> str:
    return f"org_{4100 + account.pk * 7}"


def _people(accounts: list[Account]) -> dict[int, list[str]]:
    """Mails of up to four people per account."""
    found: dict[int, list[str]] = {account.pk: [] for account in accounts}
    rows = Contact.objects.filter(account__in=accounts).exclude(email="").order_by("pk")
    for account_id, mail in rows.values_list("account_id", "email"):
        if len(found[account_id]) < 4:
            found[account_id].append(mail)
    return found


def _call(rng: random.Random, number: str, at: dt.datetime, user: str, group: str = "") -> dict[str, Any]:
    if rng.random() < 0.12:
        page = rng.choice(("Home", "Plans", "Reports"))
        said: dict[str, Any] = {"type": "page", "name": page, "properties": {"path": f"/{page.lower()}", "ms": 320}}
    else:
        name, properties = rng.choice(SAID) if rng.random() > 0.06 else rng.choice(NEW)
        said = {"type": "track", "event": name, "properties": properties}
    said |= {"messageId": f"demo-{number}", "userId": user, "timestamp": at.isoformat()}
    if group:
        said["context"] = {"groupId": group, "library": {"name": "analytics-node", "version": "2.1.3"}}
    return said


def _batch(
    key: WriteKey, number: str, *, at: dt.datetime, calls: list[Any], client: str = BROWSER, call: str = "batch"
) -> EventBatch:
    body = orjson.dumps({"batch": calls, "sentAt": at.isoformat()})
    return EventBatch(
        receipt=uuid.uuid5(uuid.NAMESPACE_URL, f"demo:{number}"),
        key=key,
        call=call,
        is_import=call == "import",
        received_at=at,
        sent_at=at,
        client=client,
        size=len(body),
        body=pack(body),
        events=len(calls),
    )


def _usual(rng: random.Random, key: WriteKey, accounts: list[Account], seed: int) -> Iterator[EventBatch]:
    """Working hours of two days: some thirty calls a request, of one account each."""
    people = _people(accounts)
    for number in range(REQUESTS):
        account = accounts[number % len(accounts)]
        at = now() - dt.timedelta(minutes=4 + 190 * number, seconds=number * 7)
        users = people[account.pk] or [f"u_{account.pk}"]
        calls = [
            _call(rng, f"{seed}-{number}-{n}", at - dt.timedelta(seconds=9 * n), rng.choice(users), _group(account))
            for n in range(rng.randint(18, 34))
        ]
        yield _batch(key, f"{seed}:{number}", at=at, calls=calls, client=rng.choice((PYTHON, NODE, BROWSER)))


def _unusual(
    rng: random.Random, web: WriteKey, past: WriteKey, accounts: list[Account], seed: int
) -> Iterator[EventBatch]:
    """A repeat, calls that are refused, who is who, an import, and three hints that nobody knows."""
    at = now() - dt.timedelta(minutes=9)
    group = _group(accounts[0])
    repeated = [_call(rng, f"{seed}-0-{n}", at, f"repeat@{accounts[0].domains[0]}", group) for n in range(6)]
    yield _batch(web, f"{seed}:repeat", at=at, calls=repeated, client=NODE)
    refused: list[Any] = [_call(rng, f"{seed}-r-{n}", at, "u_77", group) for n in range(5)]
    refused += [{"type": "track", "userId": "u_77", "messageId": f"{seed}-no-name"}, "ping"]
    refused += [{"type": "track", "event": "plan_edited", "userId": "u_77", "timestamp": "yesterday"}]
    yield _batch(web, f"{seed}:refused", at=at - dt.timedelta(minutes=33), calls=refused, client="okhttp/4.12")
    meetings = [{"type": "group", "userId": "u_77", "groupId": group, "traits": {"plan": "Business"}}]
    yield _batch(web, f"{seed}:group", at=at - dt.timedelta(minutes=2), calls=meetings, client=PYTHON)
    days = [at - dt.timedelta(days=40 + n) for n in range(30)]
    old = [_call(rng, f"{seed}-i-{n}", day, f"u_{n % 3}", _group(accounts[-1])) for n, day in enumerate(days)]
    came = at - dt.timedelta(hours=5)
    yield _batch(past, f"{seed}:import", at=came, calls=old, client="curl/8.5", call="import")
    stem = accounts[0].name.split()[0].lower()
    for who, hint, calls, minutes in (
        (f"kim@{stem}-labs.example", "", 11, 6),
        ("u_48213", "org_9921", 19, 21),
        ("robot-7", "", 7, 75),
    ):
        when = at - dt.timedelta(minutes=minutes)
        waiting = [_call(rng, f"{seed}-{who}-{n}", when - dt.timedelta(minutes=n), who, hint) for n in range(calls)]
        yield _batch(web, f"{seed}:{who}", at=when, calls=waiting)


def _failed(key: WriteKey, seed: int) -> EventBatch:
    """One request that could not be stored, for the page that tries it again."""
    at = now() - dt.timedelta(minutes=50)
    calls = [{"type": "track", "event": "export_run", "userId": "u_77"}]
    failed = _batch(key, f"{seed}:failed", at=at, calls=calls, client="okhttp/4.12")
    failed.state, failed.attempts, failed.done_at = EventBatch.State.FAILED, 5, at
    failed.reasons = {"failed": {"count": 1, "examples": [[0, "OperationalError: the disk was full"]]}}
    return failed
