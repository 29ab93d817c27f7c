"""Where a request comes from."""

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's IP address; "" when the server names none (a socket).

    SECURITY: X-Forwarded-For counts only behind a proxy of ours (`ALLAUTH_TRUSTED_PROXY_COUNT`), and then only the
    entry that this proxy wrote: whatever a caller puts in front of it is ignored.
    """
    return get_client_ip(request) or ""
