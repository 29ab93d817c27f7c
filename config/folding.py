"""Until the first release, migrations are folded into initial ones: a database made before that starts anew."""

import hashlib
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

ADVICE = (
    "This database was made by an earlier state whose migrations have been folded since, so it cannot be brought up to "
    "date. Start anew: make stop, then remove the folder .data (or, with DATABASE_URL, the database)."
)


def fingerprint_of_applied() -> str:
    """A word for the content of those of our migrations that this database has; changes when one was rewritten."""
    seen = hashlib.sha256()
    for label, name in sorted(MigrationRecorder(connection).applied_migrations()):
        if not apps.is_installed(label) or not Path(apps.get_app_config(label).path).is_relative_to(settings.BASE_DIR):
            continue
        try:
            module = import_module(f"{label}.migrations.{name}")
        except ModuleNotFoundError:
            seen.update(f"{label}.{name} is gone".encode())
            continue
        seen.update(Path(str(module.__file__)).read_bytes())
    return seen.hexdigest()[:16]
