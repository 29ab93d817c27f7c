"""The contact budget over 100,000 accounts times `SCALE`: verdicts for as many people, the gate, a trial of rules."""

from bench.apart import measure_apart

ACCOUNTS = 100_000


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    accounts = max(int(ACCOUNTS * scale), 1000)
    measure_apart(database=f"bench_budget_{accounts}", code=f"from bench._budget import measure; measure({accounts})")
