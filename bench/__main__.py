"""`python -m bench [name]`: run one bench, or all; a bench is a module here with `run(scale: float) -> None`."""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import bench


def names() -> list[str]:
    """The benches of this folder."""
    found = (module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))
    return [name for name in found if hasattr(importlib.import_module(f"bench.{name}"), "run")]


def main() -> int:
    """Run what was asked for; an unknown name is told with those that exist."""
    wanted = sys.argv[1:] or names()
    if unknown := [name for name in wanted if name not in names()]:
        print(f"There is no bench {', '.join(unknown)}; there are: {', '.join(names())}.", file=sys.stderr)
        return 2
    # Pages that are measured name their style files: without this a fresh clone has none.
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=Path(__file__).parent.parent, check=True)
    scale = float(os.environ.get("SCALE") or 1)
    for name in wanted:
        print(f"\n{name}")
        importlib.import_module(f"bench.{name}").run(scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
