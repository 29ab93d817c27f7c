"""Celery's doors to the services: thin, safe to run twice, found again by the schedule."""

from engagement.tasks.events import keep_event_months, ring_events, store_events, sweep_events
from engagement.tasks.scores import claim_and_recompute, mark_aged

__all__ = [
    "claim_and_recompute",
    "keep_event_months",
    "mark_aged",
    "ring_events",
    "store_events",
    "sweep_events",
]
