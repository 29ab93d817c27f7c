"""What `bench.understand` measures, in a process of its own."""

import resource
import time

from bench.results import keep, show
from voc.formulas.understanding.datasets import read_comments
from voc.formulas.understanding.features import LANGUAGES
from voc.formulas.understanding.reading import ThemeReader, read_texts
from voc.services.starter_themes import THEMES

WARM = 200
BATCH = 200
GOAL = 300


def measure(count: int) -> None:
    """Reads in batches of 200, as workers do; the time is the process's own (CPU), which others on the machine leave
    alone, beside the clock's."""
    texts = made_up(count + WARM)
    readers = [ThemeReader(at, one.keywords) for at, one in enumerate(THEMES.values())]
    started = time.perf_counter()
    read_texts(texts[:WARM], themes=readers)
    load = time.perf_counter() - started
    clock, cpu = time.perf_counter(), time.process_time()
    for at in range(WARM, len(texts), BATCH):
        read_texts(texts[at : at + BATCH], themes=readers)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "comments": count,
        "per_second_and_core": round(count / cpu),
        "per_second_by_the_clock": round(count / clock),
        "first_200_s": round(load, 2),
        "memory_mb": round(memory),
        "goal_per_second_and_core": GOAL,
    }
    keep("understand", figures)
    show(["what", "figure"], list(figures.items()))


def made_up(count: int) -> list[str]:
    """Two comments of one language after each other, in a fixed order."""
    found: list[str] = []
    own = {code: [row.text for part in ("tune", "test") for row in read_comments(part, code)] for code in LANGUAGES}
    step = 1
    while len(found) < count:
        for rows in own.values():
            found += [f"{text} {rows[(at + step) % len(rows)]}" for at, text in enumerate(rows)]
        step += 1
    return found[:count]
