"""Events through HTTP, counted when the sums hold them, against a raw COPY of the same rows.

Part one: batches of 100 by several senders, and /v1/import in bulk, each until the sums hold every event; then COPY
writes the very rows that are stored into the same table. Goal: 0.12 of the rate of COPY in batches, 0.3 in bulk.
Part two: the field's own client sends 100,000 events while workers are killed and the database is restarted; every one
is stored once. Part three: 1,000 events a second for ten minutes, p99 of the answers under 300 ms.
`SCALE` shortens all of it; `PARTS=rates,client,steady` chooses.
"""

import os

from bench.apart import measure_apart

EVENTS = 400_000
CLIENT_EVENTS = 100_000
SECONDS = 600


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own, with servers of its own."""
    parts = (os.environ.get("PARTS") or "rates,client,steady").split(",")
    sizes = {"events": int(EVENTS * scale), "client": int(CLIENT_EVENTS * scale), "seconds": max(SECONDS * scale, 5)}
    measure_apart(database="bench_ingest", code=f"from bench._ingest import measure; measure({parts!r}, {sizes!r})")
