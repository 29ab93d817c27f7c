"""The tracking API's requests: who sends, what the body says, and answers that the field's clients understand."""

import base64
import binascii
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from engagement.formulas.segment_bodies import BadBody, TooLarge, inflate, most_bytes
from engagement.services.keys import FoundKey, find_write_key

JSON = "application/json"
PROBLEM = "application/problem+json"
TITLES = {
    400: "Malformed",
    401: "Unknown write key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    411: "Length required",
    413: "Too large",
    415: "Unknown encoding",
    429: "Too many events",
    503: "Try again later",
}


def ok(**words: Any) -> HttpResponse:
    """The answer that clients take for success."""
    return _open(HttpResponse(orjson.dumps({"success": True, **words}), content_type=JSON))


def problem(status: int, code: str, detail: str, **headers: str) -> HttpResponse:
    """An RFC 9457 problem; `code` and `message` are what the field's clients log."""
    body = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    content = orjson.dumps({**body, "code": code, "message": detail, "success": False})
    return _open(HttpResponse(content, status=status, content_type=PROBLEM, headers=headers))


def preflight() -> HttpResponse:
    """What a browser asks before it sends to another origin."""
    return _open(
        HttpResponse(
            status=204,
            headers={
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
                "Access-Control-Max-Age": "86400",
            },
        )
    )


def _open(response: HttpResponse) -> HttpResponse:
    """SECURITY: any origin may send, none with credentials: a write key is all that counts here."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response


def sent_key(request: HttpRequest) -> str:
    """The write key of the Authorization header: the user of Basic, or Bearer; "" without one."""
    scheme, _, word = str(request.META.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if scheme.lower() == "bearer":
        return word.strip()[:200]
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(word.strip()[:400], validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def find_key(text: str) -> FoundKey | None:
    """The living key of a text."""
    return find_write_key(text) if 0 < len(text) <= 200 else None


def read_body(request: HttpRequest, call: str) -> bytes:
    """The body, unpacked. Raises TooLarge and BadBody; never holds more than the limit of the address and one byte."""
    most = most_bytes(call)
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise BadBody("length_required", "Content-Length is missing.")
    if int(length) > most:
        raise TooLarge("too_large", f"The body may have {most} bytes.")
    body = request.read(most + 1)
    if len(body) < int(length):
        raise BadBody("malformed", "The body ends early.")
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise BadBody("unknown_encoding", "Content-Encoding may be gzip.")
    return inflate(body, most)
