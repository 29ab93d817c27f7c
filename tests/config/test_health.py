"""The health pages tell the truth: each fault by itself is seen, and nothing else is complained about."""

import datetime as dt
import shutil
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config.heartbeat import BEAT, TAKES_WORK, WORKER, leave_heartbeat
from config.logs import redacted
from outbox.models import Channel, Message
from team.models import Heartbeat

PARTS = (BEAT, f"{WORKER}here", f"{TAKES_WORK}here")


class Disk(NamedTuple):
    """What shutil.disk_usage answers."""

    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of whoever runs the tests is no part of them."""
    set_free(monkeypatch, 50)


@pytest.fixture
def alive(db: None) -> None:
    """Worker and beat gave a sign of life just now."""
    for part in PARTS:
        leave_heartbeat_at(part, seconds_ago=1)


def leave_heartbeat_at(part: str, *, seconds_ago: float) -> None:
    """Sets a part's last sign of life."""
    beat_at = timezone.now() - dt.timedelta(seconds=seconds_ago)
    Heartbeat.objects.update_or_create(part=part, defaults={"beat_at": beat_at})


def set_free(monkeypatch: pytest.MonkeyPatch, percent: int) -> None:
    """Pretends how much of the disk is free."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(100, 100 - percent, percent))


def readiness(client: Client) -> tuple[int, dict[str, Any]]:
    """Status and words of /readyz."""
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_all_is_well(client: Client, alive: None) -> None:
    assert readiness(client) == (200, {"status": "ready", "reasons": [], "degraded": []})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_asked_without_tls(client: Client, alive: None, settings: Any, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200


def test_healthz_asks_no_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_wrong_method_is_refused(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        (BEAT, "beat: silent for 9"),
        (f"{WORKER}here", "worker: silent for 9"),
        (f"{TAKES_WORK}here", "worker: took no work for 9"),
    ],
)
def test_a_minute_of_silence_is_seen(client: Client, alive: None, part: str, complaint: str) -> None:
    leave_heartbeat_at(part, seconds_ago=30)
    assert readiness(client)[0] == 200
    leave_heartbeat_at(part, seconds_ago=90)
    status, words = readiness(client)
    assert (status, words["status"], len(words["reasons"])) == (503, "not ready", 1)
    assert words["reasons"][0].startswith(complaint)


def test_parts_that_never_lived_are_silent(client: Client, db: None) -> None:
    assert readiness(client)[1]["reasons"] == ["beat: silent since ever", "worker: silent since ever"]


def test_one_of_two_workers_is_enough(client: Client, alive: None) -> None:
    leave_heartbeat_at(f"{WORKER}gone", seconds_ago=900)
    assert readiness(client)[0] == 200


def test_a_message_due_for_five_minutes_is_seen(client: Client, alive: None) -> None:
    message = Message.objects.create(
        channel=Channel.MAIL, kind="survey", recipient="a@b.example", message_id="<1@b.example>",
        due_at=timezone.now() - dt.timedelta(minutes=4),
    )  # fmt: skip
    assert readiness(client)[0] == 200
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now() - dt.timedelta(seconds=301))
    status, words = readiness(client)
    assert status == 503
    assert len(words["reasons"]) == 1
    assert words["reasons"][0].startswith("outbox: oldest due message waits for 30")


def test_a_nearly_full_disk_is_seen(client: Client, alive: None, monkeypatch: pytest.MonkeyPatch) -> None:
    set_free(monkeypatch, 10)
    assert readiness(client)[0] == 200
    set_free(monkeypatch, 9)
    assert readiness(client)[1]["reasons"] == ["disk: 9% free, 10% needed"]


def test_without_redis_it_is_degraded_and_still_ready(client: Client, alive: None, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert readiness(client) == (200, {"status": "degraded", "reasons": [], "degraded": ["redis: ConnectionError"]})


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_answers_503_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    status, words = readiness(client)
    assert status == 503
    assert len(words["reasons"]) == 1
    assert words["reasons"][0].startswith("database: ")


def test_metrics_are_for_this_machine(client: Client, alive: None) -> None:
    words = client.get("/metrics").content.decode()
    assert "perennial_outbox_due 0.0" in words
    assert 'perennial_heartbeat_age_seconds{part="beat"}' in words


def test_metrics_hide_from_strangers_and_from_what_a_proxy_passes_on(client: Client, alive: None) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7", headers={"authorization": "Bearer "}).status_code == 404


def test_metrics_open_with_the_token(client: Client, alive: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "a long token")
    for word, status in (("a long token", 200), ("another", 404)):
        bearer = {"authorization": f"Bearer {word}"}
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.7", headers=bearer).status_code == status


@pytest.mark.django_db(transaction=True)
def test_leaving_a_sign_of_life_twice_keeps_one_row() -> None:
    leave_heartbeat(BEAT)
    leave_heartbeat(BEAT)
    assert Heartbeat.objects.filter(part=BEAT).count() == 1


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/s/Xk3-secret/", "/s/…/"),
        ("/p/Xk3-secret?step=2", "/p/…?step=2"),
        ("GET /v/Xk3/done HTTP/1.1", "GET /v/…/done HTTP/1.1"),
        ("/accounts/7/", "/accounts/7/"),
        ("/join/Xk3-secret/", "/join/…/"),
        ("/password/reset/1-abc-def/ 200", "/password/reset/…/ 200"),
        ("/password/reset/sent/", "/password/reset/sent/"),
        ("/static/s/app.css", "/static/s/…"),
        ("/calendar/Xk3.secret.ics", "/calendar/…"),
        ("/settings/calendars/7/", "/settings/calendars/7/"),
    ],
)
def test_personal_tokens_stay_out_of_the_access_log(path: str, shown: str) -> None:
    assert redacted(path) == shown
