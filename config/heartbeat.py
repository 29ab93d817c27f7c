"""Signs of life of the worker and of beat, left in Postgres where /readyz reads them.

Two questions, two rows: does the process live (`worker:<host>`), and does work reach it (`worker-takes-work:<host>`)?
A consumer that came back deaf from a Redis restart lives and takes nothing; a busy one takes nothing and is well.
"""

import datetime as dt
import logging
import time
from typing import Any

from celery import bootsteps, current_app
from celery.beat import PersistentScheduler
from celery.worker import state
from django.db import DatabaseError, connection
from django.utils import timezone

from team.models import Heartbeat

logger = logging.getLogger(__name__)

INTERVAL = 10.0  # seconds
BEAT = "beat"
WORKER = "worker:"
TAKES_WORK = "worker-takes-work:"
KEPT_FOR = dt.timedelta(days=1)
SPEAKERS = ("celery.beat", "celery.worker.strategy", "celery.app.trace")


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """False when a scheduled task came and went well: every few seconds, three lines each, they would bury the rest."""
    if record.levelno > logging.INFO:
        return True
    words = record.getMessage()
    return not any(entry["task"] in words for entry in current_app.conf.beat_schedule.values())


def hush_schedule() -> None:
    """Keeps the schedule's routine out of the log of this process; what goes wrong stays."""
    for name in SPEAKERS:
        logging.getLogger(name).addFilter(is_worth_a_line)


def leave_heartbeat(part: str) -> None:
    """Notes that a part lives. Idempotent; a database that is away is logged, and is /readyz's own complaint."""
    try:
        Heartbeat.objects.update_or_create(part=part, defaults={"beat_at": timezone.now()})
    except DatabaseError as error:
        logger.warning("heartbeat of %s not stored: %s", part, error)
    finally:
        connection.close()  # pool processes are forked from here and must not inherit it


def forget_old_heartbeats() -> None:
    """Removes the rows of hosts that are gone: containers get a new name at each start."""
    try:
        Heartbeat.objects.filter(beat_at__lt=timezone.now() - KEPT_FOR).delete()
    except DatabaseError as error:
        logger.warning("old heartbeats not removed: %s", error)
    finally:
        connection.close()


class WorkerHeartbeat(bootsteps.StartStopStep):  # type: ignore[misc]
    """Leaves the worker's signs of life from its main process, every ten seconds."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None
        self.taken = -1

    def start(self, parent: Any) -> None:
        """Begins; the first sign comes at once."""
        hush_schedule()
        forget_old_heartbeats()
        self.beat(parent.hostname)
        self.timer = parent.timer.call_repeatedly(INTERVAL, self.beat, (parent.hostname,), priority=10)

    def stop(self, parent: Any) -> None:
        """Ends."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def beat(self, hostname: str) -> None:
        """One sign of life, and one more when work arrived since the last, or is being done."""
        leave_heartbeat(f"{WORKER}{hostname}")
        taken = sum(state.total_count.values())
        if taken != self.taken or state.active_requests:
            self.taken = taken
            leave_heartbeat(f"{TAKES_WORK}{hostname}")


class BeatScheduler(PersistentScheduler):  # type: ignore[misc]
    """The scheduler, with a sign of life at most every ten seconds."""

    left_at = 0.0

    def setup_schedule(self) -> None:
        """Reads the schedule."""
        hush_schedule()
        super().setup_schedule()

    def tick(self, *args: Any, **options: Any) -> float:
        """Runs what is due and leaves a sign of life."""
        if time.monotonic() - self.left_at > INTERVAL:
            self.left_at = time.monotonic()
            leave_heartbeat(BEAT)
        return min(float(super().tick(*args, **options)), INTERVAL)
