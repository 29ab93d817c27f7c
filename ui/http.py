"""Answers for pages that htmx fetches in parts: which part, which headers, what the toast says."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise

FRAGMENT_HEADERS = ("HX-Request", "HX-Target")

Text = str | Promise


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asked for a piece of the page; Back asks for the whole one."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def id_in(text: str) -> int | None:
    """A row's id as it stands in an address; None for anything that can be none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def is_prefetch(request: HttpRequest) -> bool:
    """Whether the browser only guesses that the person will come here: such a GET must leave no trace."""
    return "prefetch" in request.headers.get("Sec-Purpose", "")


def part_of(request: HttpRequest, parts: Sequence[str]) -> str:
    """The part whose name is the id that htmx will replace; the first one when none has it."""
    target = getattr(getattr(request, "htmx", None), "target", None)
    return str(target) if target in parts else parts[0]


def render_part(
    request: HttpRequest,
    template: str,
    part: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render the whole page, or for htmx only the `{% partialdef %}` named like its target.

    `part` is one name or several, or none; the server picks, never the client. An invalid form passes `status=422`.
    """
    parts = (part,) if isinstance(part, str) else tuple(part)
    name = f"{template}#{part_of(request, parts)}" if parts and wants_part(request) else template
    response = render(request, name, dict(context or {}), status=status)
    patch_vary_headers(response, FRAGMENT_HEADERS)
    return response


def trigger(response: HttpResponse, event: str, detail: object = True) -> HttpResponse:
    """Let the browser fire an event on the element that asked; several calls add up."""
    sent = json.loads(response.headers.get("HX-Trigger", "{}"))
    sent[event] = detail
    response.headers["HX-Trigger"] = json.dumps(sent, default=str)
    return response


def toast(response: HttpResponse, text: Text, *, undo: str | None = None, is_bad: bool = False) -> HttpResponse:
    """Say something at the bottom right for ten seconds; `undo` is the URL that a POST to takes it back."""
    return trigger(response, "toast", {"text": str(text), "undo": undo, "isBad": is_bad})


def close_dialog(response: HttpResponse | None = None) -> HttpResponse:
    """Close the dialog that the form stood in; without a response an empty one that changes nothing."""
    return trigger(response if response is not None else HttpResponse(status=204), "close-dialog")


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to another page: 302, or HX-Redirect when htmx asked."""
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def say(request: HttpRequest, text: Text, *, undo: str | None = None, is_bad: bool = False) -> None:
    """Show a toast on the next whole page (for answers that redirect)."""
    level = messages.ERROR if is_bad else messages.SUCCESS
    messages.add_message(request, level, str(text), extra_tags=f"undo:{undo}" if undo else "")


def done(
    request: HttpRequest, url: str, text: Text, *, undo: str | None = None, event: str | None = None
) -> HttpResponse:
    """Answer a finished write: htmx gets a toast and closes its dialog, a plain form goes on to `url`, told there.

    `event` names what changed ("account-changed"), so that parts with `hx-trigger="account-changed from:body"` reload.
    """
    if not wants_part(request):
        say(request, text, undo=undo)
        return HttpResponseRedirect(url)
    response = toast(close_dialog(), text, undo=undo)
    return trigger(response, event) if event else response


def current_path(request: HttpRequest) -> str:
    """The path of the page that a fragment belongs to, from htmx; never another host's."""
    htmx = getattr(request, "htmx", None)
    address = htmx.current_url_abs_path if htmx else None
    # SECURITY: only a path of ours, so that log-in cannot send people elsewhere.
    if not address or urlsplit(address).netloc or address.startswith("//"):
        return request.get_full_path()
    return str(address)
