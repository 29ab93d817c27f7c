"""`manage.py store_events`: a process that does nothing but store events, beside or in place of the worker's turns."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection

from engagement.services.events.partitions import keep_months
from engagement.services.events.working import store_events
from engagement.services.faults import is_away


class Command(BaseCommand):
    """Store events until it is told to stop; a database that is away is asked again every second."""

    help = "Store waiting events until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=0.0, help="end after so many seconds")

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        is_over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: is_over.set())
        if seconds:
            threading.Timer(seconds, is_over.set).start()
        self._keep_months()
        self.stdout.write("ready")
        self.stdout.flush()
        while not is_over.is_set():
            try:
                if not store_events(seconds=60, is_over=is_over.is_set):
                    is_over.wait(0.2)
            except Error as error:
                if not is_away(error):
                    raise
                self.stderr.write(f"the database is away: {str(error).partition(chr(10))[0]}")
                connection.close()
                is_over.wait(1)

    def _keep_months(self) -> None:
        try:
            keep_months()
        except Error as error:
            if not is_away(error):
                raise
            self.stderr.write(f"the months are made later: {error}")
