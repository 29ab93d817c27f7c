"""Takes invitations to meetings out of a mail or a calendar file, as a mail server's pipe would hand them over."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lifecycle.formulas.ics import MOST_BYTES, UnreadableCalendar
from lifecycle.services.calendars.invitations import receive_invitation


class Command(BaseCommand):
    help = "Reads METHOD:REQUEST and METHOD:CANCEL from a mail (.eml) or calendar file (.ics); - is standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")

    def handle(self, *args: Any, **options: Any) -> None:
        name = str(options["file"])
        try:
            data = sys.stdin.buffer.read(2 * MOST_BYTES) if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}") from error
        try:
            received = receive_invitation(data=data)
        except UnreadableCalendar as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{received.written} meetings written, {received.called_off} called off, for {received.people} people"
        )
