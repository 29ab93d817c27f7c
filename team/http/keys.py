"""Who calls the API and what the key allows."""

import hashlib
from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from team.models import ApiKey, User

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`: the request acts as the key's owner, narrowed by the key's scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return None
        digest = hashlib.sha256(key.strip().encode()).hexdigest()
        found = ApiKey.objects.live().select_related("owner").filter(digest=digest).first()
        if found is None:
            raise AuthenticationFailed("This API key is unknown or was revoked.")
        return found.owner, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Reading needs the scope read or write, changing needs write; a browser session has both."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiKey):
            return True
        wanted = {"read", "write"} if request.method in SAFE_METHODS else {"write"}
        return bool(wanted & set(request.auth.scopes))
