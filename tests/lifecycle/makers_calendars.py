"""Makers of calendar files, a calendar server on loopback, and meetings."""

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lifecycle.models import Meeting
from team.clock import now
from team.models import User

COPENHAGEN = """BEGIN:VTIMEZONE
TZID:Copenhagen of ours
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def ics(*events: str, method: str = "", head: str = "") -> bytes:
    """A calendar file of these events; each is the lines between BEGIN and END."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN"]
    lines += [f"METHOD:{method}"] if method else []
    lines += [head] if head else []
    for event in events:
        lines += ["BEGIN:VEVENT", event.strip(), "END:VEVENT"]
    return "\r\n".join("\n".join([*lines, "END:VCALENDAR", ""]).splitlines()).encode() + b"\r\n"


def stamp(moment: dt.datetime) -> str:
    """A moment as a calendar writes it."""
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def event(
    uid: str = "one@customer.example", *, at: dt.datetime | None = None, more: str = "", title: str = "Review"
) -> str:
    """One meeting of an hour, tomorrow unless said otherwise."""
    start = at or now() + dt.timedelta(days=1)
    return f"UID:{uid}\nSUMMARY:{title}\nDTSTART:{stamp(start)}\nDTEND:{stamp(start + dt.timedelta(hours=1))}\n{more}"


def make_meeting(user: User, **fields: Any) -> Meeting:
    start = fields.pop("starts_at", None) or now() - dt.timedelta(minutes=90)
    ends_at = fields.pop("ends_at", start + dt.timedelta(hours=1))
    number = Meeting.objects.count()
    given = {"uid": f"meeting-{number}", "title": "Review", **fields}
    return Meeting.objects.create(user=user, starts_at=start, ends_at=ends_at, **given)


@dataclass
class CalendarServer:
    """A server of one calendar; `asked` holds the headers of each request."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    address: str = ""
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}/calendar.ics"


@contextlib.contextmanager
def calendar_server(**fields: Any) -> Iterator[CalendarServer]:
    """A real HTTP server on a free port of loopback."""
    state = CalendarServer(**fields)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(dict(self.headers))
            if state.answer is not None:
                state.answer(self)
                return
            etag = state.headers.get("ETag")
            status = 304 if etag and self.headers.get("If-None-Match") == etag else state.status
            self.send_response(status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            body = b"" if status == 304 else state.body
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
