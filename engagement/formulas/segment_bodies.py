"""Bodies of the tracking API: unpacking within bounds, and the calls that a body holds."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from lz4 import block

EVENT_BYTES = 32 * 1024
BATCH_BYTES = 500 * 1024
IMPORT_BYTES = 32 * 1024 * 1024
SINGLE_CALLS = ("track", "identify", "group", "page", "screen", "alias")


class BadBody(Exception):
    """A body that cannot be taken: `code` for programs, words for people."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class TooLarge(BadBody):
    """A body over the limit of its address."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the request needs to know of a body: how many calls (of lines: about so many, the blank ones too), the
    sender's clock, a key in the body."""

    events: int
    sent_at: object = None
    write_key: str = ""


def most_bytes(call: str) -> int:
    """The limit of an address, inflated."""
    return {"import": IMPORT_BYTES, "batch": BATCH_BYTES}.get(call, EVENT_BYTES)


def inflate(packed: bytes, most: int) -> bytes:
    """The unpacked gzip body. SECURITY: never unpacks more than `most` bytes and one.

    Raises TooLarge above it, BadBody when it is no gzip or ends early.
    """
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(packed, most + 1)
    except zlib.error as error:
        raise BadBody("malformed", "The body is not gzip.") from error
    if len(plain) > most:
        raise TooLarge("too_large", f"The body may have {most} bytes.")
    if not unpacker.eof:
        raise BadBody("malformed", "The gzip body ends early.")
    return plain


def pack(plain: bytes) -> bytes:
    """The body as it waits in the inbox: a fifth of its size for a thousandth of a second a megabyte."""
    packed: bytes = block.compress(plain)
    return packed


def unpack(packed: bytes) -> bytes:
    """The body that was packed. Raises BadBody. SECURITY: never takes more memory than the largest body."""
    try:
        # It begins with its size.
        if int.from_bytes(packed[:4], "little") > IMPORT_BYTES:
            raise ValueError("larger than any body")
        plain: bytes = block.decompress(packed)
    except (block.LZ4BlockError, ValueError) as error:
        raise BadBody("malformed", "The stored body is broken.") from error
    return plain


def look_into(body: bytes, call: str) -> Body:
    """Check that the body can be read and count its calls. Raises BadBody."""
    if call == "import" and _is_lines(body):
        return Body(events=max(body.count(b"\n"), body.count(b"\r")) + (body[-1:] not in {b"\r", b"\n"}))
    content = _load(body)
    if call in SINGLE_CALLS:
        if not isinstance(content, dict):
            raise BadBody("malformed", "The body must be a JSON object.")
        return Body(1, content.get("sentAt"), _word(content.get("writeKey")))
    calls, head = _calls_in(content)
    return Body(len(calls), head.get("sentAt"), _word(head.get("writeKey")))


def read_calls(body: bytes, call: str) -> Iterator[Any]:
    """The calls of a body in order, as decoded JSON; a line of an import that is no JSON comes as None.

    Raises BadBody for what `look_into` refuses.
    """
    if call == "import" and _is_lines(body):
        for line in body.splitlines():
            if line.strip():
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError:
                    yield None
        return
    content = _load(body)
    if call in SINGLE_CALLS:
        content["type"] = call
        yield content
        return
    yield from _calls_in(content)[0]


def _is_lines(body: bytes) -> bool:
    """Whether a body is one JSON object per line: its first line is whole and no envelope."""
    body = body.lstrip()
    end = body.find(b"\n")
    first = body if end < 0 else body[:end]
    if not first.startswith(b"{"):
        return False
    try:
        content = orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, dict) and "batch" not in content


def _load(body: bytes) -> Any:
    if not body.strip():
        raise BadBody("malformed", "The body is empty.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadBody("malformed", f"The body is not JSON: {error}") from error


def _calls_in(content: Any) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(content, list):
        return content, {}
    if isinstance(content, dict) and isinstance(content.get("batch"), list):
        return content["batch"], content
    if isinstance(content, dict) and "type" in content and "batch" not in content:
        return [content], content
    raise BadBody("malformed", 'The body must be {"batch": [...]} or a list of calls.')


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
