"""Servers on the loopback that receive what leaves the outbox, and write down what they saw."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Script = Callable[[int], str]


@dataclass
class MailSink:
    """A small SMTP server. `script(n)` says what happens to the n-th mail that reaches DATA (from 1):

    `ok` answers 250; `drop` takes the body and hangs up without a word; `late` stores the mail and then hangs up;
    `slow` answers a moment later; a number such as `451` or `550` is the answer. What it stored stands in the ledger.
    """

    script: Script = lambda _number: "ok"
    ledger: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    path: Path | None = None
    pause: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counts(self) -> Counter[str]:
        """Message-ID -> how often it was stored."""
        return Counter(self.ledger)

    def serve(self, connection: socket.socket) -> None:
        """One connection."""
        stream = connection.makefile("rwb", buffering=0)
        try:
            stream.write(b"220 sink\r\n")
            while line := stream.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    stream.write(b"354 go\r\n")
                    if not self.take(stream):
                        return
                elif word == b"QUIT":
                    stream.write(b"221 bye\r\n")
                    return
                else:
                    stream.write(b"250 ok\r\n")
        except OSError:
            return
        finally:
            stream.close()
            connection.close()

    def take(self, stream: socket.SocketIO) -> bool:
        """One body. False when the line is to be cut."""
        lines = []
        while (line := stream.readline()) not in (b".\r\n", b""):
            lines.append(line)
        with self.lock:
            self.seen += 1
            act = self.script(self.seen)
        if act == "drop" or not line:
            return False
        if act.isdigit():
            stream.write(f"{act} no\r\n".encode())
            return True
        body = b"".join(lines)
        name = str(message_from_bytes(body)["Message-ID"])
        with self.lock:
            self.ledger.append(name)
            self.bodies.append(body)
            if self.path is not None:
                with self.path.open("a") as file:
                    file.write(f"{name}\n")
        if act == "late":
            return False
        if act == "slow":
            self.pause.wait(0.3)
        stream.write(b"250 stored\r\n")
        return True


@contextmanager
def mail_sink(script: Script = lambda _number: "ok") -> Iterator[MailSink]:
    """A mail server on a free port."""
    sink = MailSink(script=script)
    listener = socket.create_server(("127.0.0.1", 0))
    sink.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=sink.serve, args=(connection,), daemon=True)
            thread.start()
            threads.append(thread)

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield sink
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for thread in threads:
            thread.join(0.5)


@dataclass
class Call:
    """One request that a receiver saw."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> object:
        return json.loads(self.body)


@dataclass
class CallSink:
    """A web receiver; `script(n)` answers the n-th call: a status, with ` Retry-After` seconds or `Location` after it,
    `reset` (hang up), `slow` (answer, then drip)."""

    script: Script
    calls: list[Call] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def call_sink(script: Script = lambda _number: "200") -> Iterator[CallSink]:
    """A web server on a free port."""
    sink = CallSink(script=script)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sink.calls.append(Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            words = sink.script(len(sink.calls)).split()
            if words[0] == "reset":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(int(words[0]))
            if len(words) > 1:
                self.send_header("Location" if words[0].startswith("3") else "Retry-After", words[1])
            self.end_headers()
            self.wfile.write(b"thanks")

        do_GET = do_POST

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
