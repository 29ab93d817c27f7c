"""Makes the database that the settings name, when it is missing."""

from typing import Any

from django.core.management.base import BaseCommand

from config import stack
from config.stack import postgres


class Command(BaseCommand):
    """`manage.py createdb`: for a second database beside the first one (DATABASE_NAME), or on a server of your own."""

    help = "Makes the database that the settings name, when it is missing."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Idempotent; says what it did."""
        made = postgres.make_database(stack.database_url())
        self.stdout.write("Made the database." if made else "The database was there already.")
