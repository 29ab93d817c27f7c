"""Making renewals, their sweep and the forecast board at 100,000 accounts times `SCALE`, each with one contract."""

from bench.apart import measure_apart

ACCOUNTS = 100_000


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    accounts = max(int(ACCOUNTS * scale), 100)
    measure_apart(
        database=f"bench_renewals_{accounts}", code=f"from bench._renewals import measure; measure({accounts})"
    )
