'''The access table: every route x every role x own, foreign and granted object, with answers written by hand.

How to write rows
-----------------
Each app has `tests/access/rows_<app>.py` with up to three names; `test_access.py` finds the files by itself.

    TABLE = """
    #                                  anon admin manager csm stranger granted member viewer [key_read key_write]
    GET   account_page pk=$account     in   200   200     200 404      200     404    200
    POST  account_edit pk=$account     in   422   422     422 404      404     404    404
    GET   api_accounts                 401  200   200     200 200      200     200    200    200 200
    """
    THINGS = {"ticket": lambda world: make_ticket(world.account).pk}
    DATA = {"POST touchpoint_log": {"kind": "call"}, "GET search": {"q": "x"}}

- One line: METHOD, URL name (`namespace:name` works), arguments, answers. `#` starts a comment.
- Arguments are `keyword=literal` or `keyword=$thing`. Things that always exist: `$account` (in the csm's book, and
  granted to the department of `granted`), `$foreign_account` (in the stranger's book, granted to nobody), and the
  people's ids `$admin $manager $csm $stranger $granted $member $viewer`. Your own things are callables in THINGS that
  make a row and return its id (or slug, token...); they run once per route, before the first line that names them.
  Routes that take several objects deserve a line with mixed ones (`pk=$foreign_account contact=$contact`): no parent
  opens another's child.
- The columns are who asks: nobody; an admin; a manager; the CSM who owns `$account` (own object); a CSM with another
  book (foreign object); a department member with a grant on `$account`; a member of another department without one; a
  viewer; and, for the API, keys of the owning csm with the scope read and write. On pages leave the two key columns
  out: a key opens no page, the one with both scopes must get the same answer as nobody.
- An answer is a status, or `in`: sent to the log-in page (302). A plain `302` is a redirect to anywhere else. Pick
  cells that tell: a POST without data answers 422 to those who may and 404 to those who may not. DATA gives the form
  (or the query string of a GET; JSON for paths under /api/): a dict, or a callable taking the world.
- A line that begins with `?` counts only while the route exists (demo mode).
- A page that is shown (GET, 200) is asked for as a whole by members and by one of the others in turn; the rest ask as
  htmx does, without its frame. What is not to be seen is asked for as a page by everybody.
- Each request runs in its own savepoint and is rolled back, so the cells of a line do not see each other's writes.

What fails: a wrong cell, a route without a line, a line without a route, and a method without a line that is answered
with anything but 405 (asked by an admin). Use paths or a SimpleRouter for the API; format suffixes count as one route.
'''

import functools
import importlib
import json
import pkgutil
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.signals import got_request_exception
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse

from accounts.models import Account, AccountGrant
from team.models import User
from tests import access
from tests.makers import make_account, make_api_key, make_department, make_user

PEOPLE = ("anon", "admin", "manager", "csm", "stranger", "granted", "member", "viewer")
KEYS = ("key_read", "key_write")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Data = dict[str, Any]
_PASSWORD = make_password("a password of the table")
# One for all requests: each new one would load the middleware again.
_HANDLER = ClientHandler(enforce_csrf_checks=False)
_TROUBLES: deque[BaseException | None] = deque(maxlen=1)


@receiver(got_request_exception)
def _keep_trouble(sender: object, **_more: object) -> None:
    """What a view raised, to be told beside the 500 that it became."""
    _TROUBLES.append(sys.exc_info()[1])


class Asker(RequestFactory):
    """Sends its requests through all of the middleware. A test client would copy the context of each template too."""

    def request(self, **request: Any) -> Any:
        return _HANDLER(self._base_environ(**request))  # type: ignore[attr-defined]


@dataclass
class World:
    """The people and objects that the table talks about."""

    people: dict[str, User]
    keys: dict[str, str]
    account: Account
    foreign_account: Account
    sessions: dict[str, str]
    made: dict[str, object] = field(default_factory=dict)

    def thing(self, name: str) -> object:
        """The id behind `$name`, made at the first use."""
        if name not in self.made:
            self.made[name] = self._make(name)
        return self.made[name]

    def _make(self, name: str) -> object:
        if name in self.people:
            return self.people[name].pk
        if name in {"account", "foreign_account"}:
            return getattr(self, name).pk
        return all_things()[name](self)


def make_world() -> World:
    """Everybody, one account of the csm that is granted to a department, and one of the stranger."""
    roles = {"admin": "admin", "manager": "manager", "csm": "csm", "stranger": "csm", "granted": "member"}
    roles |= {"member": "member", "viewer": "viewer"}
    people = {name: make_user(email=f"{name}@table.example", role=role) for name, role in roles.items()}
    for person in people.values():
        person.password = _PASSWORD
        person.save(update_fields=["password"])
    product = make_department("product", members=(people["granted"],))
    make_department("support", members=(people["member"],))
    account = make_account(csm=people["csm"], name="Own")
    foreign = make_account(csm=people["stranger"], name="Foreign")
    AccountGrant.objects.create(account=account, department=product, reason="An insight", source_ref="insight:1")
    keys = {
        "key_read": make_api_key(people["csm"], scopes=["read"]),
        "key_write": make_api_key(people["csm"], scopes=["read", "write"]),
    }
    sessions = {name: session_of(person) for name, person in people.items()}
    return World(people=people, keys=keys, account=account, foreign_account=foreign, sessions=sessions)


def session_of(person: User) -> str:
    """The key of a session in which that person is signed in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@dataclass(frozen=True)
class Row:
    method: str
    name: str
    arguments: tuple[tuple[str, str], ...]
    answers: dict[str, str]
    is_optional: bool
    source: str

    def __str__(self) -> str:
        return " ".join([self.method, self.name, *(f"{key}={value}" for key, value in self.arguments)])


def parse_table(text: str, source: str) -> Iterator[Row]:
    """Rows of a TABLE; a malformed line raises ValueError with the line in it."""
    for raw in text.splitlines():
        line = raw.split("#")[0].strip()
        if not line:
            continue
        words = line.lstrip("? ").split()
        method, name, rest = words[0], words[1], words[2:]
        arguments = tuple(tuple(word.split("=", 1)) for word in rest if "=" in word)
        answers = [word for word in rest if "=" not in word]
        if method not in METHODS or len(answers) not in {len(PEOPLE), len(PEOPLE) + len(KEYS)}:
            raise ValueError(f"{source}: not a row of the access table: {raw!r}")
        columns = dict(zip(PEOPLE + KEYS, answers, strict=False))
        if len(answers) == len(PEOPLE):
            columns[KEYS[-1]] = answers[0]
        yield Row(method, name, arguments, columns, line.startswith("?"), source)  # type: ignore[arg-type]


@functools.cache
def _modules() -> list[Any]:
    names = sorted(found.name for found in pkgutil.iter_modules(access.__path__) if found.name.startswith("rows_"))
    return [importlib.import_module(f"tests.access.{name}") for name in names]


def all_rows() -> list[Row]:
    """The rows of every rows_<app>.py."""
    return [row for module in _modules() for row in parse_table(module.TABLE, module.__name__)]


@functools.cache
def all_things() -> dict[str, Callable[[World], object]]:
    things: dict[str, Callable[[World], object]] = {}
    for module in _modules():
        for name, make in getattr(module, "THINGS", {}).items():
            if name in things:
                raise ValueError(f"{module.__name__}: ${name} is already somebody's thing")
            things[name] = make
    return things


def _data_of(row: Row, world: World) -> Data:
    for module in _modules():
        if module.__name__ == row.source:
            found = getattr(module, "DATA", {}).get(f"{row.method} {row.name}", {})
            made: Data = found(world) if callable(found) else found
            return made
    return {}


def url_of(row: Row, world: World) -> str:
    values = {key: world.thing(word[1:]) if word.startswith("$") else word for key, word in row.arguments}
    return reverse(row.name, kwargs=values)


def ask(world: World, who: str, method: str, url: str, data: Data, *, is_part: bool = False) -> HttpResponse:
    """One request as one person (or key), taken back afterwards; `is_part` as htmx asks."""
    headers = {"Authorization": f"Bearer {world.keys[who]}"} if who in KEYS else {}
    asker = Asker(headers=headers | ({"HX-Request": "true"} if is_part else {}))
    if who in world.people:
        asker.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[who]
    with transaction.atomic():
        if method == "GET":
            response: Any = asker.get(url, data)
        elif url.startswith("/api/"):
            response = asker.generic(method, url, data=json.dumps(data), content_type="application/json")
        elif method == "POST":
            response = asker.post(url, data)
        else:
            response = asker.generic(method, url)
        transaction.set_rollback(True)
    answer: HttpResponse = response
    return answer


def answer_of(response: HttpResponse) -> str:
    """The answer in the table's notation."""
    if response.status_code == 302 and urlsplit(response.headers["Location"]).path == resolve_url(settings.LOGIN_URL):
        return "in"
    return str(response.status_code)


def wrong_cells(row: Row, world: World) -> list[str]:
    """Every cell of the row whose answer is not the written one, as sentences."""
    url, data, wrong = url_of(row, world), _data_of(row, world), []
    in_turn = list(world.people)[crc32(str(row).encode()) % len(world.people)]
    whole = {"anon", "granted", "member", *KEYS, in_turn}
    for who, wanted in row.answers.items():
        is_part = row.method == "GET" and wanted == "200" and who not in whole
        _TROUBLES.clear()
        got = answer_of(ask(world, who, row.method, url, data, is_part=is_part))
        if got != wanted:
            trouble = f" ({_TROUBLES[-1]!r})" if _TROUBLES else ""
            wrong.append(f"{row.method} {url} as {who}: {got}, expected {wanted}{trouble}")
    return wrong
