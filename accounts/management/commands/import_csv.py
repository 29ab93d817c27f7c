"""Brings a CSV or XLSX file in from the command line."""

import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ImportRun
from accounts.services.imports import reports
from accounts.services.imports.mapping import load_mapping
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.registry import all_kinds
from accounts.services.imports.runs import TakenOver, apply, fail, open_run, prepare
from team.models import User

SOME_REJECTED, NOTHING_IN = 3, 1
_SHOWN = 15


class Command(BaseCommand):
    """`manage.py import_csv KIND FILE --map MAP.yaml`: exit 0 all rows are in, 3 some were refused, 1 nothing is in."""

    help = (
        "Imports a CSV or XLSX file. Exit 0: all rows are in; 3: some were refused (a file names them); 1: none is in."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(all_kinds()), help="What the rows are.")
        parser.add_argument("file", type=Path, help="The CSV or XLSX file.")
        parser.add_argument(
            "--map", type=Path, help="Mapping file; without one the columns are matched by their names."
        )
        parser.add_argument(
            "--source", help="Name of the system the file comes from (default: the mapping's, else csv)."
        )
        parser.add_argument("--date-order", choices=["day_first", "month_first"], help="How 03/04/2024 is meant.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would change; change nothing.")
        parser.add_argument(
            "--resume", action="store_true", help="Say so when no interrupted import can be gone on with."
        )
        parser.add_argument("--errors", type=Path, help="Where refused rows are written.")
        parser.add_argument("--as", dest="actor", help="Mail address of the person who imports.")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            run, is_resumed = open_run(
                kind=options["kind"],
                path=options["file"],
                data=self._mapping(options),
                is_dry=options["dry_run"],
                actor=self._actor(options["actor"]),
            )
            if is_resumed:
                self.stdout.write(f"Going on with import {run.pk} after {run.position:,} rows.")
            elif options["resume"]:
                self.stdout.write("Nothing was interrupted: starting at the first row.")
            self._carry(run, options["file"])
        except (ImportProblem, TakenOver) as problem:
            raise CommandError(str(problem), returncode=NOTHING_IN) from problem
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.", returncode=NOTHING_IN) from error
        self._tell(run, time.monotonic() - started, options["errors"])

    def _mapping(self, options: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if options["map"]:
            try:
                data = load_mapping(options["map"].read_text(encoding="utf-8-sig"))
            except UnicodeDecodeError as error:
                raise ImportProblem(f"{options['map']} is not UTF-8 text.") from error
        if options["source"]:
            data["source"] = options["source"]
        if options["date_order"]:
            data["date_order"] = options["date_order"]
        return data

    def _actor(self, email: str | None) -> User | None:
        if not email:
            return None
        found = User.objects.filter(email=email.lower(), is_active=True, role__in=["admin", "manager"]).first()
        if found is None:
            raise ImportProblem(f"{email} is no admin or manager here.")
        return found

    def _carry(self, run: ImportRun, path: Path) -> None:
        is_shown = sys.stderr.isatty()

        def tick(state: ImportRun) -> None:
            if is_shown:
                self.stderr.write(f"\r{state.position:,} of {state.total:,} rows", ending="")

        try:
            apply(prepare(run, path), tick=tick)
        except ImportProblem as problem:
            if not run.position:
                run.delete()
            else:
                fail(run, str(problem))
            raise
        if is_shown:
            self.stderr.write("")

    def _tell(self, run: ImportRun, seconds: float, errors: Path | None) -> None:
        counts = (
            f"{run.created_count:,} created, {run.updated_count:,} updated, {run.unchanged_count:,} unchanged, "
            f"{run.rejected_count:,} rejected, {run.flagged_count:,} flagged"
        )
        if run.is_dry:
            self._tell_changes(run)
        self.stdout.write(f"{run.kind}: {run.total:,} rows in {seconds:.1f} s: {counts}.")
        for note in run.notes:
            self.stdout.write(f"  {note}")
        for reason, count in reports.top_reasons(run, rejected=False):
            self.stdout.write(f"  flagged {count:,}: {reason}")
        for reason, count in reports.top_reasons(run, rejected=True):
            self.stdout.write(f"  rejected {count:,}: {reason}")
        if run.is_dry:
            self.stdout.write(f"Dry run {run.pk}: nothing was changed.")
        else:
            self.stdout.write(f"Import {run.pk}; take it back with: manage.py undo_import {run.pk}")
        if run.rejected_count:
            self.stdout.write(f"Rejected rows: {self._write_errors(run, errors)}")
            is_nothing_in = run.rejected_count == run.total
            sys.exit(NOTHING_IN if is_nothing_in else SOME_REJECTED)

    def _tell_changes(self, run: ImportRun) -> None:
        """The diff of the first rows."""
        for row in run.rows.changing().order_by("number")[:_SHOWN]:
            before, after = row.before or {}, row.after or {}
            diff = "; ".join(f"{name}: {before[name]!r} -> {after.get(name)!r}" for name in before)
            self.stdout.write(f"  line {row.number}: {row.outcome}{' ' if diff else ''}{diff}")
        if run.created_count + run.updated_count > _SHOWN:
            self.stdout.write(f"  and {run.created_count + run.updated_count - _SHOWN:,} more")

    def _write_errors(self, run: ImportRun, path: Path | None) -> Path:
        if path is None:
            folder = Path(settings.MEDIA_ROOT) / "imports" / "errors"
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"import-{run.pk}-rejected.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            reports.write_errors(run, file)
        return path
