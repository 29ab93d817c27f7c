"""`manage.py movements`: bring the ledger in line with contracts and rates, or check that it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lifecycle.services.movements import check_movements, refresh_movements


class Command(BaseCommand):
    help = "Derives the movements of recurring revenue from the versions of contracts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="derive all of it again and name the differences")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            self.stdout.write(f"{refresh_movements()} movements written")
            return
        differences = check_movements()
        for line in differences:
            self.stdout.write(line)
        if differences:
            raise CommandError("The ledger differs from the contracts. Run: manage.py movements")
        self.stdout.write("The ledger says what the contracts say.")
