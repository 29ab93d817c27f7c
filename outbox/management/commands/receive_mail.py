"""Take in mail from a file, the standard input (for a mail server's pipe) or a maildir."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.formulas.inbound import LARGEST
from outbox.models import ReceivedMail
from outbox.services.receiving import TooLarge, receive_mail


class Command(BaseCommand):
    help = (
        "Take in bounces, complaints, auto-replies and answers: manage.py receive_mail FILE, - for the standard input, "
        "or --maildir DIR (mails in new/ are taken in and moved to cur/). Safe to repeat: a mail counts once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="a mail as a file; - is the standard input")
        parser.add_argument("--maildir", type=Path, help="a folder with new/ and cur/")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path | None = options["maildir"]
        if folder is not None:
            self.take_folder(folder)
            return
        try:
            if options["file"] == "-":
                raw, source = sys.stdin.buffer.read(LARGEST + 1), "pipe"
            else:
                with Path(options["file"]).open("rb") as file:
                    raw, source = file.read(LARGEST + 1), "file"
            if not raw.strip():
                raise CommandError("nothing came in")
            self.say(receive_mail(raw=raw, source=source))
        except OSError as error:
            raise CommandError(f"cannot read {options['file']}: {error.strerror}") from error
        except TooLarge as error:
            raise CommandError(f"not taken: {error}") from error

    def take_folder(self, folder: Path) -> None:
        """Every mail in new/. One that was taken in moves to cur/; a crash in between repeats it, which is harmless."""
        new, current = folder / "new", folder / "cur"
        if not new.is_dir():
            raise CommandError(f"{folder} is no maildir: it has no new/")
        current.mkdir(exist_ok=True)
        number = 0
        for path in sorted(new.iterdir()):
            # SECURITY: a link would read a file from elsewhere into a list that people see.
            if path.is_symlink() or not path.is_file():
                continue
            try:
                with path.open("rb") as file:
                    self.say(receive_mail(raw=file.read(LARGEST + 1), source="maildir"))
                number += 1
            except TooLarge as error:
                self.stderr.write(f"{path.name}: not taken: {error}")
            path.rename(current / f"{path.name.split(':')[0]}:2,S")
        self.stdout.write(f"{number} taken in")

    def say(self, received: ReceivedMail) -> None:
        """One line for the log; no words of the mail."""
        self.stdout.write(f"{received.pk} {received.kind}: {received.get_outcome_display()}")
