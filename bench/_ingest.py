"""The parts of the bench of ingestion; runs in a process of its own, with Django."""

import json
import os
import statistics
import time
from collections.abc import Sequence
from typing import Any

from django.db import connection

from bench._ingest_world import World, bodies_of, counted, free_port, send, send_steadily, served, storing, wait_until
from bench.results import keep, show
from engagement.services.events.partitions import keep_months

WORKERS = 2
LINES = 4
BATCH_GOAL, BULK_GOAL, P99_GOAL = 0.12, 0.3, 0.3
COLUMNS = "received_at, happened_at, account_id, feature_id, key_id, kind, user_key, message_id, properties"


def measure(parts: Sequence[str], sizes: dict[str, Any]) -> None:
    """Measure the chosen parts and keep the figures."""
    keep_months()
    world = World()
    figures: dict[str, Any] = {}
    if "rates" in parts:
        figures |= measure_rates(world, sizes["events"])
    if "client" in parts:
        from bench._ingest_client import send_with_faults  # noqa: PLC0415 needs the developer's packages

        figures |= send_with_faults(world, sizes["client"])
    if "steady" in parts:
        figures |= measure_steady(world, sizes["seconds"])
    keep("ingest", {"events": sizes["events"], "web_processes": 2, "storing_processes": WORKERS, **figures})


def measure_rates(world: World, events: int) -> dict[str, Any]:
    """Events per second in batches and in bulk, and of COPY alone."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    batches = bodies_of(world.calls(events))
    lines = [json.dumps(call).encode() for call in world.calls(events, days=7)]
    step = 50_000
    bulks = [b"\n".join(lines[at : at + step]) for at in range(0, len(lines), step)]
    del lines
    port = free_port()
    with served(port), storing(WORKERS):
        # Everything is met once before it counts: connections, keys, names, plans.
        known = counted()
        send(port, "/v1/batch", bodies_of(world.calls(2000)), world.login, lines=LINES)
        wait_until(lambda: counted() == known + 2000, "the warm-up")
        in_batches = _rate(port, "/v1/batch", batches, world, events, lines=LINES)
        in_bulk = _rate(port, "/v1/import", bulks, world, events, lines=1)
    raw = _copy_rate(events)
    rows: list[Sequence[object]] = [
        ["COPY alone", f"{raw:,.0f}", "", ""],
        ["batches of 100", f"{in_batches:,.0f}", f"{in_batches / raw:.3f}", BATCH_GOAL],
        ["/v1/import", f"{in_bulk:,.0f}", f"{in_bulk / raw:.3f}", BULK_GOAL],
    ]
    show(["way", "events/s", "of COPY", "goal"], rows)
    return {
        "copy_per_s": round(raw),
        "batches_per_s": round(in_batches),
        "bulk_per_s": round(in_bulk),
        "batches_of_copy": round(in_batches / raw, 3),
        "bulk_of_copy": round(in_bulk / raw, 3),
    }


def _rate(port: int, path: str, bodies: Sequence[bytes], world: World, events: int, *, lines: int) -> float:
    """Events per second from the first byte sent until the sums hold the last one."""
    before = counted()
    started = time.perf_counter()
    times = send(port, path, bodies, world.login, lines=lines)
    sent = time.perf_counter() - started
    wait_until(lambda: counted() >= before + events, "the sums")
    took = time.perf_counter() - started
    assert counted() == before + events
    print(
        f"{path}: sent in {sent:.1f} s, counted in {took:.1f} s; answers p50 {_ms(times, 50)} p99 {_ms(times, 99)} ms"
    )
    return events / took


def _ms(times: Sequence[float], percent: int) -> int:
    return round(1000 * statistics.quantiles(times, n=100)[percent - 1]) if len(times) > 1 else round(1000 * times[0])


def _copy_rate(events: int) -> float:
    """COPY of the rows that are stored, into the same table: best of three, each taken back."""
    path = f"/dev/shm/bench-ingest-{os.getpid()}"  # noqa: S108 our own file
    rates = []
    try:
        with connection.cursor() as cursor, open(path, "w+b") as rows:  # noqa: PTH123 for COPY
            cursor.copy_expert(
                f"COPY (SELECT {COLUMNS} FROM engagement_event ORDER BY received_at DESC LIMIT {events}) TO STDOUT",  # noqa: S608
                rows,
            )
            for _ in range(3):
                rows.seek(0)
                cursor.execute("BEGIN")
                started = time.perf_counter()
                cursor.copy_expert(f"COPY engagement_event ({COLUMNS}) FROM STDIN", rows)
                took = time.perf_counter() - started
                cursor.execute("ROLLBACK")
                rates.append(events / took)
    finally:
        os.unlink(path)  # noqa: PTH108 beside open
    return max(rates)


def measure_steady(world: World, seconds: float, per_second: int = 1000) -> dict[str, Any]:
    """So many events a second in batches of 100, at their time whether or not the last answer is there."""
    port = free_port()
    number = int(seconds * per_second / 100)
    bodies = bodies_of(world.calls(number * 100))
    before = counted()
    with served(port), storing(1):
        send(port, "/v1/batch", bodies_of(world.calls(2000)), world.login, lines=LINES)
        wait_until(lambda: counted() == before + 2000, "the warm-up")
        before += 2000
        times = send_steadily(port, bodies, world.login, gap=100 / per_second, lines=LINES)
        ended = time.perf_counter()
        wait_until(lambda: counted() >= before + number * 100, "the sums")
        lag = time.perf_counter() - ended
    assert counted() == before + number * 100
    show(
        ["1,000 events/s", "seconds", "p50 ms", "p95 ms", "p99 ms", "last counted after s"],
        [["batches of 100", round(seconds), _ms(times, 50), _ms(times, 95), _ms(times, 99), f"{lag:.1f}"]],
    )
    return {"steady_seconds": round(seconds), "steady_p99_ms": _ms(times, 99), "steady_p50_ms": _ms(times, 50)}
