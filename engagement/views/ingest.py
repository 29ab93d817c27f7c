"""The tracking API: a request is one row, durable before it is answered."""

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from engagement.formulas.segment_bodies import SINGLE_CALLS, BadBody, look_into
from engagement.http.ingest import find_key, ok, preflight, problem, read_body, sent_key
from engagement.models import EventBatch, WriteKey
from engagement.services.events.receiving import Backlog, TooFast, receive_batch
from engagement.services.faults import is_away
from engagement.services.keys import FoundKey
from engagement.tasks import ring_events

logger = logging.getLogger(__name__)
AGAIN_SECONDS = "2"
USES = {"track", "page", "screen"}
STATUS = {"too_large": 413, "length_required": 411, "unknown_encoding": 415}


@csrf_exempt
@login_not_required
def ingest(request: HttpRequest, call: str) -> HttpResponse:
    """POST /v1/<call>: Segment's HTTP tracking API.

    200 {"success": true, "receipt": ...} when the request is stored; 400 malformed, 401 unknown key, 403 a key
    without the scope, 413 too large, 429 too many events, 503 when the database or the backlog takes no more, the last
    two with Retry-After. Errors are RFC 9457 problems.
    """
    if request.method != "POST":
        return preflight() if request.method == "OPTIONS" else problem(405, "method", "Send a POST.", Allow="POST")
    try:
        return _take(request, call)
    except BadBody as error:
        return problem(STATUS.get(error.code, 400), error.code, error.words)
    except TooFast as error:
        headers = {"Retry-After": str(error.seconds)}
        return problem(429, "too_fast", "More events per second than the key may send.", **headers)
    except Backlog:
        return _later("Too much waits to be stored.")
    except Error as error:
        if not is_away(error):
            raise
        logger.warning("an event request found no database: %s", str(error).partition("\n")[0])
        return _later("The database is away.")


@login_not_required
def ingest_receipt(request: HttpRequest, receipt: Any) -> HttpResponse:
    """GET /v1/receipts/<receipt>: what became of a request, for the key that sent it."""
    if request.method != "GET":
        return problem(405, "method", "Send a GET.", Allow="GET")
    try:
        key = find_key(sent_key(request))
        if key is None:
            return _unknown()
        found = EventBatch.objects.filter(receipt=receipt, key_id=key.pk).first()
    except Error as error:
        if not is_away(error):
            raise
        return _later("The database is away.")
    if found is None:
        return problem(404, "not_found", "This key has sent no such request, or it is too long ago.")
    names = ("state", "events", "accepted", "duplicates", "rejected", "quarantined", "reasons")
    return ok(receipt=str(found.receipt), **{name: getattr(found, name) for name in names})


def _take(request: HttpRequest, call: str) -> HttpResponse:
    text = sent_key(request)
    key = find_key(text) if text else None
    if text and key is None:
        return _unknown()
    raw = read_body(request, call)
    body = look_into(raw, call)
    key = key or find_key(body.write_key)
    if key is None:
        return _unknown()
    if not _may(key, call):
        return problem(403, "scope", f"The key may not send to /v1/{call}.")
    receipt, _received_at = receive_batch(
        key_id=key.pk,
        events_per_second=key.events_per_second,
        call=call,
        raw=raw,
        body=body,
        client=request.META.get("HTTP_USER_AGENT", ""),
    )
    ring_events()
    return ok(receipt=receipt)


def _may(key: FoundKey, call: str) -> bool:
    scope = WriteKey.Scope
    if call in SINGLE_CALLS:
        return (scope.TRACK if call in USES else scope.IDENTIFY) in key.scopes
    if call == "import":
        return scope.IMPORT in key.scopes
    return bool({scope.TRACK, scope.IDENTIFY} & key.scopes)


def _unknown() -> HttpResponse:
    headers = {"WWW-Authenticate": 'Basic realm="write key"'}
    return problem(401, "unknown_key", "Send a living write key as the user of Basic authentication.", **headers)


def _later(detail: str) -> HttpResponse:
    return problem(503, "later", detail, **{"Retry-After": AGAIN_SECONDS})
