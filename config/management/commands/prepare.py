"""Makes an install ready to run: database, migrations, static files, starters and, on the first run, the demo world."""

import fcntl
import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import stack
from config.folding import ADVICE, fingerprint_of_applied
from config.stack import postgres
from lifecycle.services.starters import give_starters

# Remembered as the database's comment: it is dropped, copied and restored with the database itself.
UNFINISHED = "Perennial: first run not finished"
FINISHED = "Perennial"
UNUSED = ["redoc*"]  # a second viewer of the API, never shown
DEMO_ACCOUNTS, DEMO_SEED = 200, 7


class Command(BaseCommand):
    """`manage.py prepare`: each step is skipped when there is nothing to do, so that a second start is quick."""

    help = "Makes the install ready to run: database, migrations, static files, demo world on the first run."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Idempotent; an interrupted first run is taken up again."""
        postgres.make_database(stack.database_url())
        is_first = is_first_run()
        if is_first:
            note_on_database(UNFINISHED)
        else:
            refuse_folded()
        self.migrate()
        self.collect_static()
        if is_first and settings.DEMO_MODE and "demo" in get_commands():
            self.stdout.write(f"First run: making a demo world of {DEMO_ACCOUNTS} accounts (DEMO=0 starts empty)")
            call_command("demo", accounts=DEMO_ACCOUNTS, seed=DEMO_SEED, stdout=self.stdout)
        if given := give_starters():
            self.stdout.write(f"Gave the install what it starts with: {', '.join(given)}")
        mark = f"{FINISHED} {fingerprint_of_applied()}"
        if is_first or comment_of_database() != mark:
            note_on_database(mark)

    def migrate(self) -> None:
        """Applies what is missing; says nothing when nothing is."""
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            self.stdout.write(f"Applying {len(missing)} migrations")
            call_command("migrate", interactive=False, verbosity=0)

    def collect_static(self) -> None:
        """Collects and compresses the static files when one of them, or the set of them, changed.

        Former versions stay: a page that is open in a browser still asks for them.
        """
        if settings.WHITENOISE_USE_FINDERS:
            return
        root = Path(settings.STATIC_ROOT)
        mark, seen = root / ".fingerprint", fingerprint_of_static()
        root.mkdir(parents=True, exist_ok=True)
        with (root / ".lock").open("ab") as lock:
            # Two that start at once would compress the same files under each other's hands.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if mark.exists() and mark.read_text() == seen:
                return
            self.stdout.write("Collecting static files")
            call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
            mark.write_text(seen)


def is_first_run() -> bool:
    """Whether this database never finished a first run: it has no tables of ours, or its comment says so."""
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return True
    return comment_of_database() == UNFINISHED


def comment_of_database() -> str:
    """What the last run noted on the database; empty when nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
    return (row[0] or "") if row else ""


def refuse_folded() -> None:
    """Raises CommandError when a migration that this database has was rewritten since."""
    words = comment_of_database().split()
    if words[:1] == [FINISHED] and len(words) == 2 and words[1] != fingerprint_of_applied():
        raise CommandError(ADVICE)


def note_on_database(words: str) -> None:
    """Writes the database's comment; only its owner may, and an external server's owner may be somebody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
        if row is not None and row[0]:
            name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
            cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [words])


def fingerprint_of_static() -> str:
    """A word that changes when a static file is added, removed, or written."""
    seen = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return seen.hexdigest()
