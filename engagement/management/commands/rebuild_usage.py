"""`manage.py rebuild_usage`: usage days of a range made anew from records and events."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement.services.rebuilding import OutOfRange, rebuild_usage


class Command(BaseCommand):
    """Make usage days, user days and their sums anew. Days that came from neither records nor events go."""

    help = "Make usage days of a range anew from imported records and stored events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", required=True, type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--to", dest="end", required=True, type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--account", type=int, action="append", help="only this account; may be repeated")

    def handle(self, *args: Any, start: dt.date, end: dt.date, account: list[int] | None, **options: Any) -> None:
        if end < start:
            raise CommandError("--to is before --from.")
        try:
            done = rebuild_usage(start=start, end=end, account_ids=account, report=self._tell)
        except OutOfRange as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done} accounts from {start} to {end}.")

    def _tell(self, done: int) -> None:
        self.stdout.write(f"{done} accounts")
