"""The ledger and the retention pages at 100,000 accounts times `SCALE`, a third of them in other currencies."""

from bench.apart import measure_apart

ACCOUNTS = 100_000


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    accounts = max(int(ACCOUNTS * scale), 100)
    measure_apart(
        database=f"bench_movements_{accounts}", code=f"from bench._movements import measure; measure({accounts})"
    )
