"""Where figures go: a table on the screen, and `bench/results.json`, in which each bench keeps its own part."""

import datetime as dt
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "results.json"


def keep(name: str, figures: Mapping[str, Any]) -> None:
    """Put one bench's figures into the file; those of other benches stay."""
    known: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    known[name] = {
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpus": os.cpu_count(),
            "load": round(os.getloadavg()[1], 1),  # more than the cpus: others worked too, the times are upper bounds
            "python": platform.python_version(),
            "system": platform.system(),
        },
        **figures,
    }
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")


def show(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    for row in [list(head), ["-" * width for width in widths], *cells]:
        first = row[0].ljust(widths[0])
        print("  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]))
