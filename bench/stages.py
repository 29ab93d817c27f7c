"""The stage sweep and the journey board at 100,000 accounts times `SCALE`.

The world is written by SQL into its own database: every account in the second of five stages, half of them over the
target, one in ten ready for the rule. Three sweeps are timed: what moves, what stalls, and one that finds nothing.
"""

from bench.apart import measure_apart

ACCOUNTS = 100_000


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    accounts = max(int(ACCOUNTS * scale), 100)
    measure_apart(database=f"bench_stages_{accounts}", code=f"from bench._stages import measure; measure({accounts})")
