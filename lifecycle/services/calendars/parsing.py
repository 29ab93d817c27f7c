"""Calendar files are read in a child process with an end."""

import datetime as dt
import json
import os
import subprocess
import sys

from django.conf import settings
from django.utils.translation import gettext as _

from lifecycle.formulas.ics import IcsFile, IcsMeeting, UnreadableCalendar

CPU_SECONDS = 5
WALL_SECONDS = 20


def parse_calendar(
    data: bytes,
    *,
    start: dt.datetime,
    end: dt.datetime,
    zone: str = "UTC",
    reader: str = "",
    cpu_seconds: int = CPU_SECONDS,
) -> IcsFile:
    """`read_ics` in a process of its own, with an end to its processor time and 1 GB.

    Raises:
        UnreadableCalendar: with words for people.
    """
    # SECURITY: a list of arguments, no shell; the file goes through standard input. The child gets no secret by its
    # environment and opens no connection.
    window = [start.isoformat(), end.isoformat(), zone, reader]
    command = [sys.executable, "-m", "lifecycle.formulas.ics", *window, str(cpu_seconds)]
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    try:
        child = subprocess.run(  # noqa: S603
            command, input=data, capture_output=True, timeout=WALL_SECONDS, cwd=settings.BASE_DIR, env=kept, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableCalendar(_("The calendar takes too long to read.")) from error
    if child.returncode == 1:
        reason = child.stdout.decode(errors="replace").strip()
        raise UnreadableCalendar(_said(reason))
    if child.returncode:
        raise UnreadableCalendar(_("The calendar takes too long to read."))
    told = json.loads(child.stdout)
    return IcsFile(
        method=told["method"],
        meetings=[IcsMeeting(**one) for one in told["meetings"]],
        called_off=[(uid, recurrence, sequence) for uid, recurrence, sequence in told["called_off"]],
        skipped=told["skipped"],
        people=told["people"],
    )


def _said(reason: str) -> str:
    words = {
        "too large": _("The calendar is too large to read."),
        "too many meetings": _("The calendar holds too many meetings."),
    }
    return words.get(reason, _("That is no calendar in the iCalendar format (.ics)."))
