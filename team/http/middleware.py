"""What every request of a signed-in person gets: their time zone and language, the MFA rule, a name in the audit."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.functional import lazy
from pghistory.middleware import HistoryMiddleware

from team.addresses import client_address
from team.models import User
from team.selectors.install import has_mfa, install_of_request, one_install_per_request, read_frame
from ui.http import go_to

GetResponse = Callable[[HttpRequest], HttpResponse]

# What somebody without the demanded second factor can still reach, by URL name.
OPEN_WITHOUT_MFA = {
    "mfa_activate_totp",
    "account_logout",
    "account_reauthenticate",
    "set_theme",
    "healthz",
    "readyz",
}


class AuditMiddleware(HistoryMiddleware):
    """Every change that a request makes is recorded with person, path and address.

    The path is looked up when there is something to record: most requests change nothing.
    """

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request)
        return {**context, "url": lazy(path_without_secret, str)(request.path), "address": client_address(request)}


@lru_cache(maxsize=256)
def path_without_secret(path: str) -> str:
    """A path as the audit keeps it. SECURITY: the token of a mailed link would let readers of the trail use it."""
    try:
        token = resolve(path).kwargs.get("token")
    except Resolver404:
        return path
    return path.replace(token, "…") if isinstance(token, str) and token else path


def _zone_of(user: User) -> dt.tzinfo:
    """A zone that the server's own data does not know (any more) must not lock a person out."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


class PersonMiddleware:
    """Time zone and language of the signed-in person; the install's settings as `request.install` for the frame.

    Where the install demands a second factor, a person without one is led to its set-up, whatever they ask for.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            with one_install_per_request():  # a caller with an API key is known later, and asks for sums, too
                return self.get_response(request)
        user: User = request.user
        with one_install_per_request(), timezone.override(_zone_of(user)), translation.override(user.language):
            request.LANGUAGE_CODE = translation.get_language() or user.language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", user.language)
            return response

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """SECURITY: after the route is known, so that the list of what stays open is one of names, not of prefixes."""
        if not request.user.is_authenticated:
            return None
        install = read_frame(request.user) if request.method in {"GET", "HEAD"} else install_of_request()
        request.install = install  # type: ignore[attr-defined]
        if not install.requires_mfa or has_mfa(request.user):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_WITHOUT_MFA:
            return None
        return go_to(request, resolve_url(reverse("mfa_activate_totp")))
