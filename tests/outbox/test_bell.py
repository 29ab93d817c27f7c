"""The bell: told at once or after the commit, and quiet for a while where nobody hears it."""

import time
from queue import Empty
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction
from kombu.utils import functional

from outbox import bell

ROLLED_BACK = RuntimeError("rolled back")


def heard(app: Celery) -> Any:
    """The next message as a worker would get it, or None."""
    with app.connection() as connection:
        try:
            message = connection.SimpleQueue("bell").get_nowait()
        except Empty:
            return None
        message.ack()
        return message.payload[0]


@pytest.fixture
def app() -> Celery:
    """An app whose broker lives in this process."""
    return Celery("bell", broker="memory://", task_default_queue="bell", set_as_current=False)


@pytest.fixture(autouse=True)
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    monkeypatch.setattr(bell, "_rung_at", {})


def work(one: int, words: str) -> None: ...


def test_a_worker_is_told_with_what_the_task_asks_for(app: Celery) -> None:
    assert bell.ring(app.task(work), 3, "æ中")
    assert heard(app) == [3, "æ中"]


def test_a_task_is_told_of_once_in_a_while_and_others_meanwhile(app: Celery) -> None:
    often, other = app.task(work, name="often"), app.task(work, name="other")
    told = [bell.ring(task, number, "", every=60) for number, task in enumerate([often, often, other])]
    assert told == [True, False, True]
    assert [heard(app), heard(app), heard(app)] == [[0, ""], [2, ""], None]
    bell._rung_at["often"] -= 61
    assert bell.ring(often, 3, "", every=60)
    assert bell.ring(often, 4, ""), "whoever asks for no pause has none"
    assert [heard(app), heard(app), heard(app)] == [[3, ""], [4, ""], None]


@pytest.mark.django_db(transaction=True)
def test_a_commit_is_waited_for(app: Celery) -> None:
    with transaction.atomic():
        bell.ring_after_commit(app.task(work), 1, "kept")
        assert heard(app) is None
    assert heard(app) == [1, "kept"]
    with pytest.raises(RuntimeError), transaction.atomic():
        bell.ring_after_commit(app.task(work), 2, "lost")
        raise ROLLED_BACK
    assert heard(app) is None


def test_where_nobody_hears_it_the_bell_is_spared(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the options of the product: a page that rings does not sleep until Redis is back."""
    slept: list[float] = []
    monkeypatch.setattr(functional, "sleep", slept.append)
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    before = time.monotonic()
    assert not bell.ring(away.task(work), 1, "nobody")
    assert bell._silent_until >= before + bell.SILENT_SECONDS
    assert slept == []
    assert not bell.ring(app.task(work), 1, "spared")
    assert heard(app) is None
