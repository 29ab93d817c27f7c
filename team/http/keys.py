"""Who calls the API, what the key allows, and how often."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import redis
from django.core.cache import cache
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from team.addresses import client_address
from team.formulas import digest_of
from team.models import ApiKey, User
from team.services.keys import see_key

if TYPE_CHECKING:
    from rest_framework.views import APIView

WINDOW = 60  # seconds
PER_KEY = 600
LONGEST_KEY = 200


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`: the request acts as the key's owner, narrowed by the key's scopes.

    A browser's session is the business of DRF's SessionAuthentication, which demands a CSRF token of every change.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer":
            return None
        found = None
        if 0 < len(key) <= LONGEST_KEY:
            # SECURITY: looked up by digest: no comparison of secrets, so none that could be timed.
            found = ApiKey.objects.live().select_related("owner").filter(digest=digest_of(key)).first()
        if found is None:
            raise AuthenticationFailed("This API key is unknown, has expired or was revoked.")
        see_key(key=found)
        return found.owner, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Reading needs the scope read or write, changing needs write; a browser session has both.

    A view names another scope for all its methods by `required_scope = "ingest"`: then that scope alone opens it, and a
    session does not.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        wanted: str | None = getattr(view, "required_scope", None)
        if not isinstance(request.auth, ApiKey):
            return wanted is None
        if wanted is not None:
            return wanted in request.auth.scopes
        enough = {"read", "write"} if request.method in SAFE_METHODS else {"write"}
        return bool(enough & set(request.auth.scopes))


class KeyThrottle(BaseThrottle):
    """600 requests a minute for each key or person (a view may set `requests_per_minute`); 429 with Retry-After."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        limit: int = getattr(view, "requests_per_minute", PER_KEY)
        if isinstance(request.auth, ApiKey):
            who = f"key:{request.auth.pk}"
        elif request.user.is_authenticated:
            who = f"user:{request.user.pk}"
        else:
            who = f"address:{client_address(request)}"
        return count_up(who, limit=limit)

    def wait(self) -> float | None:
        return WINDOW - dt.datetime.now(dt.UTC).timestamp() % WINDOW


def count_up(who: str, *, limit: int) -> bool:
    """Count one request in this minute; False beyond the limit. Exact under concurrency: Redis adds.

    Without Redis nothing is counted and everything is let through: the limit protects the server, not a secret.
    """
    slot = int(dt.datetime.now(dt.UTC).timestamp() // WINDOW)
    name = f"throttle:{who}:{slot}"
    try:
        cache.add(name, 0, timeout=2 * WINDOW)
        return bool(cache.incr(name) <= limit)
    except (redis.RedisError, ValueError):
        return True


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes keys."""

    target_class = "team.http.keys.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}
