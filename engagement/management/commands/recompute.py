"""Judge accounts anew from the command line."""

import argparse
import datetime as dt
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement.services.recompute import RecomputeResult, claim_and_recompute, recompute_everyone
from engagement.services.runs import mark_aged
from team.clock import today


def day(text: str) -> dt.date:
    """A day as YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2024-12-31") from error


class Command(BaseCommand):
    help = "Judges accounts: those that changed, or all of them, now or as of a past day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every account, not only those that changed")
        parser.add_argument("--as-of", type=day, metavar="DAY", help="judge again as of a past day (implies --all)")
        parser.add_argument(
            "--history", type=int, default=0, metavar="WEEKS", help="judge again the last WEEKS weeks, then now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how many accounts are scored, hollow and unobserved, and how long it took. Safe to repeat."""
        as_of: dt.date | None = options["as_of"]
        weeks: int = options["history"]
        if as_of and as_of > today():
            raise CommandError(f"{as_of} is in the future; today is {today()}.")
        if not 0 <= weeks <= 104:
            raise CommandError("--history takes 0 to 104 weeks.")
        for week in range(weeks, 0, -1):
            self._judge((as_of or today()) - dt.timedelta(weeks=week))
        if as_of or weeks or options["all"]:
            self._judge(as_of)
            return
        started = time.monotonic()
        mark_aged()
        done = 0
        while batch := claim_and_recompute():
            done += batch
        self.stdout.write(f"{done} changes judged in {time.monotonic() - started:.1f} s.")

    def _judge(self, as_of: dt.date | None) -> None:
        started = time.monotonic()
        result: RecomputeResult = recompute_everyone(as_of=as_of)
        kind = "as of" if as_of is None or as_of >= today() else "judged again as of"
        self.stdout.write(
            f"{kind} {as_of or today()}: {result.judged} accounts, {result.scored} scored, {result.hollow} hollow, "
            f"{result.unobserved} unobserved, {result.late} had a newer score; {time.monotonic() - started:.1f} s"
        )
