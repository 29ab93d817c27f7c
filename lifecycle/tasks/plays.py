"""Plays in the background; each task calls one service and may run beside itself."""

import time

from celery import shared_task

from lifecycle.services.plays import measuring, running, starting, sweeping

# One task works for at most this long; the next one of the schedule goes on.
SECONDS = 50


@shared_task(name="lifecycle.sweep_triggers", expires=10)  # type: ignore[untyped-decorator]
def sweep_triggers() -> None:
    """Start plays on what happened."""
    starting.sweep_triggers()


@shared_task(name="lifecycle.run_due_plays", expires=10)  # type: ignore[untyped-decorator]
def run_due_plays() -> None:
    """Do the steps that are due until none is."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and running.run_due_plays():
        continue


@shared_task(name="lifecycle.record_time_triggers", expires=600)  # type: ignore[untyped-decorator]
def record_time_triggers() -> None:
    """Find what only time has changed, and steps whose task is gone."""
    sweeping.record_time_triggers()
    sweeping.close_orphaned_runs()


@shared_task(name="lifecycle.measure_effects", expires=3600)  # type: ignore[untyped-decorator]
def measure_effects() -> None:
    """Write down what became of accounts whose time of measuring has come."""
    measuring.measure_effects()
