"""Answering a survey (open, send, thanks) against a bare form view that writes one row.

Both run in one gunicorn with one worker over one database that commits synchronously; requests go to both in turn. The
figure is the ratio of their rates per HTTP request, which shall be 0.4 at least.
"""

from bench.apart import measure_apart

VISITS = 300


def run(scale: float) -> None:
    """Makes the database and measures in a process of its own."""
    visits = max(int(VISITS * scale), 20)
    measure_apart(database="bench_survey_answer", code=f"from bench._survey_answer import measure; measure({visits})")
