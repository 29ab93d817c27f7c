"""Plays at 100,000 waiting triggers and 30 playbooks times `SCALE`: the sweep, the steps, and a dry run."""

from bench.apart import measure_apart

TRIGGERS = 100_000


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    triggers = max(int(TRIGGERS * scale), 100)
    measure_apart(database=f"bench_plays_{triggers}", code=f"from bench._plays import measure; measure({triggers})")
