"""Fixtures: a real database, three known people and a stranger."""

import contextlib
import gc
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, TransactionTestCase
from playwright.sync_api import Browser
from pytest_django import Settings

from config import stack
from team.models import User
from tests.chromium import MISSING, chromium_path, open_browser
from tests.databases import empty_database, template_database
from tests.makers import make_user

HERE = Path(__file__).resolve().parent
# Playwright runs an event loop in the thread of the test; the ORM is used between its calls, never inside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# How long an example takes is a matter of the machine, not of what it proves.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


def pytest_configure() -> None:
    """WhiteNoise warns where nothing was collected yet, and a warning is an error here.

    It looks for a file when it is asked for one: to list them all took 100 ms in each test client.
    """
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    settings.WHITENOISE_AUTOREFRESH = True
    if stack.is_embedded():
        TransactionTestCase._fixture_teardown = forget_everything  # type: ignore[attr-defined]


def forget_everything(_test: TransactionTestCase) -> None:
    """What `flush` does behind a test that commits, without a TRUNCATE of all tables and without making content types
    and permissions anew: those stay."""
    link = connections["default"]
    tables = set(link.introspection.django_table_names()) - {"django_content_type", "auth_permission"}
    empty_database(str(link.settings_dict["NAME"]), tables)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long text names no test: one with the time in it would differ between the processes that collect it."""
    return argname if isinstance(val, bytes | str) and len(val) > 60 else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """On a fresh clone each process compiles a part of the tests and finds the rest compiled by the others."""
    mine = getattr(session.config, "workerinput", None)
    if mine is None or [Path(name).resolve() for name in session.config.args] != [HERE]:
        return
    names = [".".join(path.relative_to(HERE.parent).with_suffix("").parts) for path in sorted(HERE.rglob("test_*.py"))]
    first = len(names) * int(mine["workerid"].removeprefix("gw")) // mine["workercount"]
    for name in names[first:] + names[:first]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # whoever collects it says what is wrong
            importlib.import_module(name)


def pytest_collection_finish() -> None:
    """What was loaded and collected stays until the end: to look through it for garbage again and again took a
    twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium, browser tests are skipped; with REQUIRE_BROWSER=1 that is a failure.

    They come first, then those that are slow: the longest would keep one worker busy when all others are done. Groups
    are handed out in this order, not by their number of tests: the walk has few and takes longest.
    """
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("browser", "slow")])
    put_in_order(items)
    if chromium_path():
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(MISSING)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=MISSING))


def put_in_order(items: list[pytest.Item]) -> None:
    """Tests of a module marked `in_order` run as they stand there: what is started for one serves the next."""
    places = [place for place, item in enumerate(items) if item.get_closest_marker("in_order")]
    ordered = sorted((items[place] for place in places), key=lambda item: (str(item.path), item.location[1] or 0))
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Copy the migrated template instead of migrating again for each worker."""
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = template_database()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which browser tests were skipped, and how to get them run."""
    skipped = [report.nodeid for report in terminalreporter.getreports("skipped") if MISSING in str(report.longrepr)]
    if skipped:
        terminalreporter.section("browser tests skipped")
        terminalreporter.write_line(MISSING)
        for name in skipped:
            terminalreporter.write_line(f"  {name}")


@pytest.fixture(autouse=True)
def media_folder(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads of tests never land among the install's own."""
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "media"


@pytest.fixture
def csm(db: None) -> User:
    """A CSM with an own book."""
    return make_user(email="csm@vendor.example", name="Carla Smith", role="csm")


@pytest.fixture
def stranger(db: None) -> User:
    """A CSM with another book."""
    return make_user(email="stranger@vendor.example", name="Sten Ranger", role="csm")


@pytest.fixture
def manager(db: None) -> User:
    return make_user(email="manager@vendor.example", name="Mona Nager", role="manager")


@pytest.fixture
def admin(db: None) -> User:
    return make_user(email="admin@vendor.example", name="Adam Min", role="admin")


@pytest.fixture
def as_csm(csm: User) -> Client:
    """A browser in which the CSM is signed in."""
    client = Client()
    client.force_login(csm)
    return client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process: a second Playwright beside the first does not start."""
    with open_browser() as opened:
        yield opened
