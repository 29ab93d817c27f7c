"""Celery's doors to the services: thin, safe to run twice, found again by the schedule."""

from engagement.tasks.catalogue import count_features, ring_catalogue, work_catalogue
from engagement.tasks.events import (
    keep_event_months,
    replay_identifier,
    ring_events,
    ring_replay,
    ring_settling,
    settle_quarantine,
    store_events,
    sweep_events,
)
from engagement.tasks.scores import claim_and_recompute, mark_aged

__all__ = [
    "claim_and_recompute",
    "count_features",
    "keep_event_months",
    "mark_aged",
    "replay_identifier",
    "ring_catalogue",
    "ring_events",
    "ring_replay",
    "ring_settling",
    "settle_quarantine",
    "store_events",
    "sweep_events",
    "work_catalogue",
]
