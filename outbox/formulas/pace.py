"""How fast messages may follow each other, and how long a domain that asks for patience is left alone."""

import datetime as dt
from dataclasses import dataclass

FIRST_HOLD = 60
LONGEST_HOLD = 3600
# A tenth of a minute's messages may leave at once: the sweep comes every few seconds, not every few milliseconds.
BURSTS_PER_MINUTE = 10
# Answers by which a server asks for patience with everything, not with this one mail.
SLOW_DOWN = frozenset({421, 450})


@dataclass(frozen=True)
class Step:
    """Where the allowance stands after one more message: whole again at `ready_at`, the next may go at `free_at`."""

    ready_at: dt.datetime
    free_at: dt.datetime


def step(*, ready_at: dt.datetime, at: dt.datetime, per_minute: int) -> Step:
    """One message leaves at a time when it may. Generic cell rate with a burst of b = max(1, n / 10) and n - b + 1 a
    minute, so that no span of 60 seconds sees more than `per_minute`."""
    if per_minute < 1:
        raise ValueError("a pace is at least one message a minute")
    burst = max(1, per_minute // BURSTS_PER_MINUTE)
    apart = dt.timedelta(minutes=1) / (per_minute - burst + 1)
    ready = max(ready_at, at) + apart
    return Step(ready, ready - apart * (burst - 1))


def hold_seconds(holds: int) -> int:
    """How long a domain is left alone that asks for the `holds`-th time in a row (from 1): 1, 2, 4 ... 60 minutes."""
    return min(FIRST_HOLD << min(max(holds - 1, 0), 10), LONGEST_HOLD)


def rate_of(domain: str, rates: dict[str, int]) -> int:
    """Messages a minute to a domain: its own number, else that of the nearest domain above it, else the default under
    an empty name; 0 means without limit."""
    labels = domain.lower().split(".")
    names = [".".join(labels[place:]) for place in range(len(labels))]
    return next((rates[name] for name in [*names, ""] if name in rates), 0)
