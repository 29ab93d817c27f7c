"""Errors of the API as RFC 9457 problems."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Errors as RFC 9457 problems: type, title, status, and the fields that are wrong."""
    response = exception_handler(error, context)
    if response is None:
        return None
    detail = response.data
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(getattr(error, "default_detail", "Error")),
        "status": response.status_code,
    }
    if isinstance(detail, dict) and set(detail) == {"detail"}:
        body["detail"] = detail["detail"]
    else:
        body["errors"] = detail
    response.data = body
    response.content_type = "application/problem+json"
    return response
