"""Takes a whole import back from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ImportRun
from accounts.services.imports.runs import TakenOver
from accounts.services.imports.undo import undo_run


class Command(BaseCommand):
    """`manage.py undo_import RUN`: exit 0 when it is taken back, 1 with the reasons when later work depends on it."""

    help = "Deletes what an import created and puts back what it changed, unless later work depends on it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="The number that import_csv printed.")

    def handle(self, *args: Any, **options: Any) -> None:
        run = ImportRun.objects.filter(pk=options["run"], is_dry=False).first()
        if run is None:
            raise CommandError(f"There is no import {options['run']}.")
        try:
            refusals = undo_run(run=run)
        except TakenOver as problem:
            raise CommandError(str(problem)) from problem
        if refusals:
            for refusal in refusals:
                self.stderr.write(refusal)
            raise CommandError(f"Import {run.pk} was not undone: later work depends on it.")
        self.stdout.write(f"Import {run.pk} is undone.")
