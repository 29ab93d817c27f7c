"""Reading comments on one core: language, sentiment and its evidence, themes and vectors; comments a second."""

import os
import subprocess
import sys
from pathlib import Path

COMMENTS = 4_000
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}


def run(scale: float) -> None:
    """One process, one thread; the texts are our own comments in three languages, joined so that none comes twice."""
    code = f"from bench._understand import measure; measure({max(int(COMMENTS * scale), 200)})"
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], cwd=root, env=os.environ | ONE_THREAD, check=True)
