"""Count every week of every theme from scratch."""

from typing import Any

from django.core.management.base import BaseCommand

from voc.services.theme_weeks import rebuild_theme_weeks


class Command(BaseCommand):
    help = "Count the weekly tallies of themes from scratch; safe at any time, the pages read on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_theme_weeks()} weeks counted")
