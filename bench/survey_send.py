"""3,000 invitations times `SCALE` from the plan to a mail server on loopback: writing them, then handing them over.

Counted are mails per CPU second of the sending processes ("a core"), user and system time; what PostgreSQL works for
them stands beside it. The mail server runs in a process of its own and is not counted.
"""

from bench.apart import measure_apart

MAILS = 3_000


def run(scale: float) -> None:
    """Makes the database and measures in processes of their own."""
    mails = max(int(MAILS * scale), 100)
    code = f"from bench._survey_send import measure; measure({mails})"
    measure_apart(database=f"bench_survey_send_{mails}", code=code)
