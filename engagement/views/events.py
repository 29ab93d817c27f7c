"""What comes in, as it comes in: the live stream and single events."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from engagement.http.event_guide import write_codes
from engagement.http.event_stream import build_stream, export_lines, hint_words
from engagement.models import WriteKey
from engagement.selectors.events.quarantine import identity_of
from engagement.selectors.events.single import find_event, find_quarantined, written
from engagement.selectors.events.stream import has_events, moment_of, newest_place
from engagement.services.keys import key_text
from team.http.access import current_user, requires_role
from team.models import Role, User
from ui.csv import csv_response
from ui.http import FRAGMENT_HEADERS, render_part, wants_part

READERS = (Role.ADMIN, Role.MANAGER)
PLACEHOLDER = "YOUR_WRITE_KEY"


def guide_of(user: User, key: WriteKey | None) -> dict[str, object]:
    """What the code for senders needs. SECURITY: only admins see a key's text."""
    is_shown = key is not None and key.revoked_at is None and user.role == Role.ADMIN
    text = key_text(key) if is_shown and key is not None else PLACEHOLDER
    codes = write_codes(key=text, base=settings.BASE_URL)
    return {"guide_key": text, "guide_codes": codes, "guide_is_real": is_shown}


@require_safe
@requires_role(*READERS)
def events(request: HttpRequest) -> HttpResponseBase:
    """The newest events and receipts, asked for again every two seconds; `?paused=1` holds still."""
    user = current_user(request)
    token = newest_place()
    if wants_part(request) and request.GET.get("seen") == token:
        # Nothing came: htmx swaps nothing and asks again.
        response = HttpResponse(status=204)
        patch_vary_headers(response, FRAGMENT_HEADERS)
        return response
    page, wanted, stream = build_stream(request, user)
    if request.GET.get("format") == "csv" and not page.problems:
        labels = [column.label for column in page.shown_columns]
        return csv_response("events.csv", labels, export_lines(page, wanted, user))
    is_paused = bool(page.keeps)
    context = {
        "page": page,
        "stream": stream,
        "token": token,
        "is_paused": is_paused,
        "is_live": not is_paused and not page.is_continued,
        "poll_url": page.url([*page.params(), ("seen", token)]),
        "pause_url": page.url([*page.params(), ("paused", "1")]),
        "resume_url": page.url([pair for pair in page.params() if pair[0] != "paused"]),
        "is_first_use": not stream.entries and not page.is_filtered and not has_events(),
    }
    if context["is_first_use"]:
        context |= guide_of(user, WriteKey.objects.filter(revoked_at=None).order_by("pk").first())
    response = render_part(request, "engagement/events/events.html", ("stream", "list"), context, status=page.status)
    if wants_part(request) and page.problems:
        response.status_code = 422
    return response


@require_safe
@requires_role(*READERS)
def event_seen(request: HttpRequest, micros: int, pk: int) -> HttpResponse:
    """One stored event: what it said and where it went. Its address is its moment in microseconds and its id."""
    at = moment_of(micros)
    found = find_event(user=current_user(request), received_at=at, pk=pk) if at and pk < 2**63 else None
    if found is None:
        raise Http404
    return render_part(request, "engagement/events/event.html", ("event", "peek"), {"found": found})


@require_safe
@requires_role(*READERS)
def event_held(request: HttpRequest, pk: int) -> HttpResponse:
    """One event in quarantine, and what is missing."""
    held = find_quarantined(pk=pk)
    if held is None:
        raise Http404
    context = {
        "held": held,
        "properties": written(held.properties),
        "hint": hint_words(held.hint, held.hint_value),
        "identity": identity_of(hint=held.hint, value=held.hint_value),
    }
    return render_part(request, "engagement/events/held.html", ("event", "peek"), context)
