"""`manage.py lint_templates`: fails on anything in a template that the policy would drop, or that is not translated."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ui.template_lint import lint_tree


class Command(BaseCommand):
    help = "Check all templates against the rules of the interface."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        faults = lint_tree(Path(settings.BASE_DIR))
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} faults in templates.")
        self.stdout.write("Templates are clean.")
