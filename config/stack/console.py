"""What the person at the keyboard reads: every line with the name of the part that said it."""

import os
import sys
import threading

COLOURS = {"web": "36", "worker": "32", "beat": "35", "setup": "33", "postgres": "34", "redis": "31"}
WIDTH = max(len(name) for name in COLOURS)
writing = threading.Lock()


def is_coloured() -> bool:
    """Whether colours are wanted: on a terminal, unless NO_COLOR says no; FORCE_COLOR says yes."""
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def say(line: str, part: str = "perennial") -> None:
    """Writes one line. A closed terminal is no reason to stop."""
    label = f"{part:<{WIDTH}} |"
    if is_coloured():
        label = f"\033[{COLOURS.get(part, '1')}m{label}\033[0m"
    try:
        with writing:
            sys.stdout.write(f"{label} {line}\n" if part in COLOURS else f"{line}\n")
            sys.stdout.flush()
    except (OSError, ValueError):
        return


def complain(sentence: str) -> None:
    """Writes the one sentence that says why nothing runs."""
    try:
        sys.stderr.write(f"perennial: {sentence}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return
