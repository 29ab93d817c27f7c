"""What `bench.outbox` starts over its own servers: `python -m bench._outbox NUMBER`; one JSON line at the end.

Real invitations: people, a published survey, personal links, contact budget, timeline; written by two processes, sent
by Celery workers while everything is broken.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

import redis as redis_client  # noqa: E402
from django.db import OperationalError, connection  # noqa: E402

from bench._survey_send import plan, send  # noqa: E402
from config import stack  # noqa: E402
from config.stack import postgres, redis  # noqa: E402
from outbox.models import Message, State  # noqa: E402
from tests.outbox.sinks import MailSink, mail_sink  # noqa: E402
from voc.models import Invitation  # noqa: E402

ROOT = Path(__file__).parent.parent
PROCESSES = 2
# After which share of the mails what is broken.
FAULTS = (
    (0.10, "empty"),
    (0.18, "workers"),
    (0.26, "postgres"),
    (0.35, "empty"),
    (0.44, "workers"),
    (0.53, "redis"),
    (0.62, "workers"),
    (0.71, "postgres"),
    (0.80, "empty"),
)
LONGEST = 3000.0
FOLDER = stack.data_folder()


class Workers:
    """A Celery worker with beat, in a process group of its own."""

    def __init__(self, mail_port: int) -> None:
        self.started = 0
        self.environment = {**os.environ, "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}", stack.SUPERVISED: "1"}
        self.start()

    def start(self) -> None:
        """A new one, with a schedule file of its own."""
        self.started += 1
        celery = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", str(PROCESSES), "-l", "CRITICAL"]
        beat = ["-B", "-s", str(FOLDER / f"beat-{self.started}")]
        self.child = subprocess.Popen(
            [*celery, *beat], cwd=ROOT, env=self.environment, start_new_session=True, stdout=sys.stderr
        )

    def kill(self) -> None:
        """kill -9 of all of them at once."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


def break_something(what: str, workers: Workers) -> None:
    """One fault, and what an operator's supervisor would start again."""
    if what == "empty":
        with redis_client.Redis.from_url(redis.url(FOLDER, 0)) as client:
            client.flushall()
    elif what == "workers":
        workers.kill()
        workers.start()
    else:
        server = postgres if what == "postgres" else redis
        pid = server.running_pid(FOLDER)
        if pid is not None:
            os.kill(pid, signal.SIGQUIT if what == "postgres" else signal.SIGKILL)
        while server.running_pid(FOLDER) is not None:
            time.sleep(0.05)
        stack.ensure()


def wait_for(is_so: Callable[[], bool], until: float) -> None:
    """Until it is so, or the time is over."""
    while not is_so() and time.monotonic() < until:
        time.sleep(0.2)


def waiting() -> int:
    """How many have not left; unknown (1) while the database is away."""
    try:
        return Message.objects.filter(state__in=[State.QUEUED, State.SENDING]).count()
    except OperationalError:
        connection.close()
        return 1


def measure(number: int, sink: MailSink) -> dict[str, int | float]:
    """Write the invitations, break things while they leave, wait until none is left, and count."""
    plan(number)
    writing = send("write", sink.port)["wall"]
    connection.close()
    started, workers = time.monotonic(), Workers(sink.port)
    until = started + LONGEST
    try:
        for share, what in FAULTS:
            goal = share * number
            wait_for(lambda goal=goal: len(sink.ledger) >= goal, until)  # type: ignore[misc]
            break_something(what, workers)
        wait_for(lambda: waiting() == 0, until)
    finally:
        workers.kill()
    seconds = round(time.monotonic() - started, 1)
    counts, states = sink.counts(), dict(Message.objects.values_list("message_id", "state"))
    refs = dict(Invitation.objects.values_list("message_ref", "state"))
    listed = {f"message:{uuid}" for uuid in Message.objects.filter(state=State.UNKNOWN).values_list("uuid", flat=True)}
    return {
        "n": number,
        "invitations": len(refs),
        "told_sent": sum(1 for state in refs.values() if state == Invitation.State.SENT),
        "unknown_listed": sum(1 for ref in refs if ref in listed),
        "writing_seconds": round(writing, 1),
        "once": sum(1 for name in states if counts[name] == 1),
        "dup": sum(1 for name in states if counts[name] > 1),
        "lost": sum(1 for name, state in states.items() if state == State.SENT and not counts[name]),
        "unknown": sum(1 for state in states.values() if state == State.UNKNOWN),
        "left": sum(1 for state in states.values() if state not in {State.SENT, State.UNKNOWN}),
        "faults": len(FAULTS),
        "seconds": seconds,
    }


if __name__ == "__main__":
    with mail_sink() as opened:
        print(json.dumps(measure(int(sys.argv[1]), opened)))
