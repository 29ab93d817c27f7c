"""The visits of the bench of answering, and what is timed in them; runs in a process of its own, with Django."""

import contextlib
import datetime as dt
import gzip
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from accounts.models import Account, Contact
from accounts.services.summaries import make_missing_summaries
from bench.results import keep, show
from team.models import Role, User
from voc.formulas.humans import YOUNGEST_FORM
from voc.formulas.tokens import digest_of, new_token
from voc.models import Invitation, Response
from voc.services.defaults import ensure_default_routing, ensure_default_survey

ROOT = Path(__file__).parent.parent
HIDDEN = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">')
HEADERS = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Accept-Encoding": "gzip"}
WORDS = "The export drops the filters, and the support is quick to answer."
ACCOUNTS = 100


@dataclass
class Times:
    """Seconds of each request of one kind of visit."""

    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.seconds) / sum(self.seconds)


def fill(visits: int) -> list[str]:
    """Accounts, contacts, the starter survey; the tokens of one invitation for each visit."""
    owner = User.objects.create_user(email="owner@vendor.example", name="Olga", role=Role.ADMIN)
    ensure_default_routing()
    version = ensure_default_survey(owner=owner)
    accounts = Account.objects.bulk_create(Account(name=f"Account {n}", csm=owner) for n in range(ACCOUNTS))
    make_missing_summaries()
    people = Contact.objects.bulk_create(
        Contact(account=accounts[n % ACCOUNTS], name=f"Person {n}", email=f"p{n}@customer.example")
        for n in range(visits)
    )
    tokens = [new_token() for _person in people]
    Invitation.objects.bulk_create(
        Invitation(
            version=version,
            account_id=person.account_id,
            contact=person,
            occasion="bench",
            digest=digest_of(token),
            state=Invitation.State.SENT,
            expires_at=timezone.now() + dt.timedelta(days=30),
        )
        for person, token in zip(people, tokens, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_row")
        cursor.execute("CREATE TABLE bench_row (id bigserial PRIMARY KEY, score integer, words text)")
        cursor.execute("ANALYZE")
    return tokens


@contextlib.contextmanager
def served() -> Iterator[int]:
    """A real gunicorn with one worker; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bench._survey_settings",
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "WEB_CONCURRENCY": "1",
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--access-logfile", "/dev/null"]
    server = subprocess.Popen(
        [*command, "config.wsgi"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _attempt in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


@dataclass
class Visitor:
    """Somebody with a browser: keeps the cookie, and what the last page's form holds."""

    line: http.client.HTTPConnection
    times: Times
    cookie: str = ""
    form: dict[str, str] = field(default_factory=dict)
    leads_to: str = ""

    def ask(self, path: str, sent: dict[str, str] | None = None) -> int:
        """One request, timed until its last byte; the status."""
        headers = HEADERS | ({"Cookie": self.cookie} if self.cookie else {})
        body = None
        if sent is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(self.form | sent)
        started = time.perf_counter()
        self.line.request("GET" if body is None else "POST", path, body, headers)
        answer = self.line.getresponse()
        content = answer.read()
        self.times.seconds.append(time.perf_counter() - started)
        page = gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).split(";")[0]
        self.form = dict(HIDDEN.findall(page.decode()))
        self.leads_to = answer.headers.get("Location", "")
        return answer.status


def measure(visits: int) -> None:
    """Open all, wait until a person could have read, send all, see the thanks; the bare form in turn with each."""
    tokens = fill(visits)
    whole, bare = Times(), Times()
    with served() as port:
        lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _which in range(2)]
        for warm in (Times(), Times()):
            visitors = [(Visitor(lines[0], warm), f"/s/{token}/") for token in tokens[:20]]
            for visitor, path in visitors:
                visitor.ask(path)
                Visitor(lines[1], warm).ask("/bare/")
        people = [(Visitor(lines[0], whole), Visitor(lines[1], bare), f"/s/{token}/") for token in tokens]
        for person, other, path in people:
            expect(person.ask(path), 200)
            expect(other.ask("/bare/"), 200)
        time.sleep(YOUNGEST_FORM + 0.3)
        for number, (person, other, path) in enumerate(people):
            expect(person.ask(path, {"q.nps": str(number % 11), "q.reason": WORDS}), 303)
            expect(other.ask("/bare/", {"score": str(number % 11), "words": WORDS}), 302)
        for person, other, _path in people:
            expect(person.ask(person.leads_to), 200)
            expect(other.ask(other.leads_to), 200)
    stored = Response.objects.counted().count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_row")
        rows = cursor.fetchone()[0]
    report(visits, whole, bare, stored=stored, rows=rows)


def expect(status: int, wanted: int) -> None:
    """A bench that measures error pages measures nothing."""
    if status != wanted:
        raise SystemExit(f"answered {status}, not {wanted}")


def report(visits: int, whole: Times, bare: Times, *, stored: int, rows: int) -> None:
    """The table, and the part of results.json."""
    ratio = whole.rate / bare.rate
    parts = ("open", "send", "thanks")
    table, figures = [], {}
    for place, name in enumerate(parts):
        ours, theirs = (
            statistics.median(times.seconds[place * visits : (place + 1) * visits]) * 1000 for times in (whole, bare)
        )
        table.append((name, f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.2f}"))
        figures[name] = {"survey_ms": round(ours, 2), "bare_ms": round(theirs, 2)}
    show(("request", "survey, median ms", "bare form, median ms", "ratio"), table)
    print(f"{stored} of {visits} answers stored, {rows} rows; rate per request {ratio:.2f} of the bare form's")
    keep("survey_answer", {"visits": visits, "stored": stored, "ratio": round(ratio, 3), "parts": figures})
