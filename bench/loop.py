"""The loop at 1,000,000 pieces of feedback and 100,000 insights times `SCALE`.

The world is written by SQL into its own database, the tallies of themes by the worker's own service. Timed as server
time inside the application, for a manager and for a department member: the queue, accepting an insight, the theme
pages, and the analysis as its readers meet it (what is heavy is a worker's, timed apart).
"""

from bench.apart import measure_apart

FEEDBACK = 1_000_000


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    pieces = max(int(FEEDBACK * scale), 2_000)
    measure_apart(database=f"bench_loop_{pieces}", code=f"from bench._loop import measure; measure({pieces})")
