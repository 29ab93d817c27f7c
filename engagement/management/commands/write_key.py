"""`manage.py write_key`: write keys on the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement.models import WriteKey
from engagement.services.keys import key_text, make_write_key

DEMO = "demo"


class Command(BaseCommand):
    """Make a write key, or show one: its text stands alone on the last line."""

    help = "Make or show a write key; --show prints the demo key and makes it when it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", default=DEMO, help="where its events come from, such as web-app")
        parser.add_argument("--name", default="", help="a name for people; the source without it")
        parser.add_argument("--show", action="store_true", help="print the key that exists already")

    def handle(self, *args: Any, source: str, name: str, show: bool, **options: Any) -> None:
        key = WriteKey.objects.filter(source=source).first()
        if key is not None and not show:
            raise CommandError(f"There is a key for {source} already: show it with --show.")
        if key is None:
            if show and source != DEMO:
                raise CommandError(f"There is no key for {source}: make it without --show.")
            key = make_write_key(name=name or source.replace("-", " ").capitalize(), source=source)
            self.stdout.write(f"Made a key for {source}.")
        if key.revoked_at:
            raise CommandError(f"The key for {source} was revoked: make one for another source.")
        self.stdout.write(key_text(key))
