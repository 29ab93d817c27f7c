"""From an event to the score that knows it, while 1,000 events a second arrive.

A web server, a process that stores, and one that judges every two seconds as the schedule does. Each second an account
of its own sends one event; the clock stops when its score in force has another usage trend. Goal: under 10 s at p95.
Ten minutes times `SCALE`.
"""

from bench.apart import measure_apart

SECONDS = 600


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own, with servers of its own."""
    seconds = max(SECONDS * scale, 20)
    measure_apart(database="bench_freshness", code=f"from bench._freshness import measure; measure({seconds})")
