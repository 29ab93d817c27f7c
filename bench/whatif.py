"""New weights and scales over a whole book: 100,000 accounts x 30 measures, judged from arrays on one core.

Told are new weights alone (the points are kept), new weights with three other scales, and every scale anew with
exceptions and judgements by hand; the judging includes the bands. Apart: what it takes to read the book from its stored
scores, once, by a worker, and to take it from the cache, once per look. Goal: new weights under 150 ms.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import numpy as np

from bench.apart import ROOT, manage
from bench.results import keep, show
from engagement.formulas import (
    Band,
    ComponentRule,
    Effect,
    ExceptionRule,
    MeasureRule,
    Model,
    RawTest,
    build_model,
    read_scale,
)
from engagement.formulas import judge as judge_rows
from engagement.formulas.whatif import Book, BookPoints, BookScores, judge_book, point_book

ACCOUNTS, MEASURES, REPEATS = 100_000, 30, 15
GOAL_MS = 150
DATABASE = "bench_whatif"


def _model(version: int, *, weight: int = 1, other_scales: int = 0, exceptions: int = 0) -> Model:
    dice = np.random.default_rng(version)
    corners = [[0, 0], [20, 30], [45, 55], [70, 90], [100, 100]]
    other = [[0, 5], [25, 35], [50, 60], [75, 80], [100, 95]]
    return build_model(
        version=version,
        components=[ComponentRule(f"c{n}", Decimal(int(dice.integers(5, 30))) * weight, Decimal(75)) for n in range(8)],
        measures=[
            MeasureRule(
                code=f"m{n}",
                component=f"c{n % 8}",
                weight=Decimal(int(dice.integers(1, 9))),
                scale=read_scale(other if n < other_scales else corners),
                valid_days=None if n % 8 == 0 else 60,
                is_knowledge=n % 8 == 0,
            )
            for n in range(MEASURES)
        ],
        bands=[Band(f"b{n}", Decimal(floor)) for n, floor in enumerate((0, 40, 60, 70, 80))],
        exceptions=[
            ExceptionRule(n, (RawTest(f"m{n + 1}", "<", 10.0),), Effect.CAP, 400 + n) for n in range(exceptions)
        ],
    )


def _book(accounts: int) -> Book:
    dice = np.random.default_rng(7)
    raw = np.round(dice.uniform(-5, 105, (MEASURES, accounts)), 4)
    raw[dice.random(raw.shape) < 0.2] = np.nan
    return Book(
        codes=tuple(f"m{n}" for n in range(MEASURES)),
        account_ids=np.arange(accounts),
        raw=raw,
        age=dice.integers(0, 90, raw.shape).astype(np.float32),
        manual={row: {"c1": (1, 8_000)} for row in range(0, accounts, max(accounts // 100, 1))},
    )


def _best(act: Callable[[], object]) -> tuple[float, float]:
    """Median and slowest milliseconds on one core: the process's own time, whatever else the machine does."""
    act()
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        act()
        times.append((time.process_time() - began) * 1000)
    return round(statistics.median(times), 1), round(max(times), 1)


def _judge(model: Model, book: Book, known: BookPoints) -> BookScores:
    return judge_book(model, book, point_book(model, book, known))


def _load(accounts: int) -> dict[str, float]:
    """Reading a book of stored scores, in a database of its own."""
    manage(DATABASE, "createdb")
    manage(DATABASE, "migrate", "--verbosity", "0")
    manage(DATABASE, "flush", "--no-input", "--verbosity", "0")
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", "import bench._whatif_load"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_NAME": DATABASE, "BENCH_ACCOUNTS": str(accounts)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def run(scale: float) -> None:
    """100,000 accounts times `scale`."""
    accounts = max(int(ACCOUNTS * scale), 500)
    book, base = _book(accounts), _model(1)
    known = point_book(base, book)
    cases = {
        "new weights": _model(2),
        "new weights, three scales": _model(2, other_scales=3),
        "everything": _model(2, other_scales=MEASURES, exceptions=5),
    }
    judged = {name: _best(partial(_judge, model, book, known)) for name, model in cases.items()}
    # The same numbers as the engine gives, or the speed means nothing.
    sample = list(range(0, accounts, max(accounts // 400, 1)))
    model = cases["everything"]
    plain = Book(book.codes, book.account_ids, book.raw, book.age, {})
    found = judge_book(model, plain, point_book(model, plain)).scores[sample]
    expected = judge_rows(model, book.raw[:, sample].T, book.age[:, sample].T.astype(np.float64)).scores
    if not np.array_equal(found, expected):
        raise SystemExit("the book is judged otherwise than its accounts")
    loading = _load(accounts)
    keep(
        "whatif",
        {
            "accounts": accounts,
            "measures": MEASURES,
            "goal_ms": GOAL_MS,
            "judging_ms": {name: {"median": median, "slowest": slowest} for name, (median, slowest) in judged.items()},
            "loading": loading,
        },
    )
    show(
        ["", "ms, median", "slowest"],
        [
            *([name, median, slowest] for name, (median, slowest) in judged.items()),
            ["reading the book, once", round(loading["read_s"] * 1000), ""],
            ["taking it from the cache, a process's first look", round(loading["cache_s"] * 1000), ""],
            ["its next looks", round(loading["again_s"] * 1000, 1), ""],
        ],
    )
