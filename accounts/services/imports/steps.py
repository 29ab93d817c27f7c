"""An import in the browser, step by step: each step is a state of the run, and a worker does whatever takes time."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ImportRow, ImportRun
from accounts.services.imports.inspecting import look_through
from accounts.services.imports.mapping import read_mapping
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.registry import get_kind
from accounts.services.imports.runs import LEASE, TakenOver, alone, apply, fail, prepare
from accounts.services.imports.undo import undo_run
from team.models import User
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action

State = ImportRun.State
# A check or an import may be asked for from these states.
_MAPPABLE = (State.READY, State.CHECKED, State.FAILED)
_DISCARDABLE = (State.UPLOADED, State.READY, State.CHECKED, State.FAILED)


def _require_importer(actor: User) -> None:
    # SECURITY: an import writes into every book.
    if actor.role not in {"admin", "manager"}:
        raise PermissionDenied(_("Only admins and managers import."))


@transaction.atomic
def upload_file(*, actor: User, kind: str, file: "File[Any]", data: Mapping[str, Any]) -> ImportRun:
    """Keep a file under a name of our own; a worker reads it. `data` is the mapping, as far as there is one.

    Raises ImportProblem for a mapping that does not fit the kind.
    """
    _require_importer(actor)
    mapping = read_mapping(data, kind=get_kind(kind))
    # SECURITY: the person's file name is shown, never used as a path.
    name = PurePath((file.name or "file").replace("\\", "/")).name[:200]
    run = ImportRun(
        kind=kind, source=mapping.source, file_name=name, mapping=dict(data), size=file.size, started_by=actor
    )
    run.file.save(f"{uuid.uuid4()}.data", file, save=False)
    run.save()
    return run


@transaction.atomic
def choose_mapping(*, actor: User, run: ImportRun, data: Mapping[str, Any]) -> bool:
    """Say what the columns are and have every row checked; False when the run is past that.

    Raises ImportProblem for a mapping that does not fit the kind.
    """
    _require_importer(actor)
    mapping = read_mapping(data, kind=get_kind(run.kind))
    return _move(run, _MAPPABLE, State.CHECKING, mapping=dict(data), source=mapping.source)


@transaction.atomic
def start_import(*, actor: User, run: ImportRun) -> bool:
    """Write what the check found; False when it is running, done or not checked."""
    _require_importer(actor)
    return _move(run, (State.CHECKED,), State.RUNNING, started_by=actor)


@transaction.atomic
def change_mapping(*, actor: User, run: ImportRun) -> bool:
    """Back to the columns, after a check."""
    _require_importer(actor)
    return _move(run, (State.CHECKED,), State.READY)


@transaction.atomic
def request_undo(*, actor: User, run: ImportRun) -> bool:
    """Have a worker take the import back; False when it holds nothing or is being taken back."""
    _require_importer(actor)
    asked = ImportRun.objects.undoable().filter(pk=run.pk).update(state=State.UNDOING, lease_until=None, message="")
    return asked == 1


def undo_import(*, actor: User, run_id: int) -> None:
    """The way back that `U` and the list of recent changes take. Raises CannotUndo when it is gone or undone."""
    run = ImportRun.objects.visible_to(actor).filter(pk=run_id).first()
    if run is None or not request_undo(actor=actor, run=run):
        raise CannotUndo(_("This import was taken back already."))


@transaction.atomic
def discard_run(*, actor: User, run: ImportRun) -> bool:
    """Drop an upload that wrote nothing, with its file; False when it wrote something."""
    _require_importer(actor)
    rows = ImportRun.objects.select_for_update().filter(pk=run.pk, state__in=_DISCARDABLE)
    found = rows.first()
    if found is None or (found.state == State.FAILED and found.rows.changing().exists()):
        return False
    ImportRow.objects.filter(run=found).delete()
    name, storage = found.file.name, found.file.storage
    found.delete()
    if name:
        transaction.on_commit(lambda: storage.delete(name))
    return True


def _move(run: ImportRun, states: tuple[str, ...], to: str, **columns: Any) -> bool:
    """Compare-and-set of the state, with the counts set back."""
    counts = {f"{name}_count": 0 for name in (*ImportRow.Outcome.values, "flagged")}
    fresh: dict[str, Any] = {
        "position": 0,
        "message": "",
        "notes": [],
        "lease_until": None,
        "finished_at": None,
        **counts,
    }
    if ImportRun.objects.filter(pk=run.pk, state__in=states).update(state=to, **fresh, **columns) != 1:
        return False
    run.refresh_from_db()
    return True


def work_on_run(*, run_id: int) -> str:
    """Do what the run's state asks for; returns the state it is in then, "" when it is gone or somebody is at it.

    Safe to run twice and to kill: reading has no effect, rows are applied once, an undo is one transaction.
    """
    run = ImportRun.objects.filter(pk=run_id, state__in=ImportRun.WORKING).first()
    if run is None:
        return ""
    _hold(run)
    work: dict[str, Callable[[ImportRun, Path], None]] = {
        State.UPLOADED: _read,
        State.CHECKING: _check,
        State.RUNNING: _import,
        State.UNDOING: _undo,
    }
    try:
        with alone(run.pk):
            work[run.state](run, stored_path(run))
    except TakenOver:
        return ""
    return run.state


def stored_path(run: ImportRun) -> Path:
    """Where the run's file is. Raises ImportProblem when it is not below MEDIA_ROOT."""
    if not run.file:
        return Path()
    path = Path(run.file.path).resolve()
    # SECURITY: no link and no odd name leads out of the folder of uploads.
    if not path.is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise ImportProblem(_("The file is not where uploads are kept."))
    return path


def _hold(run: ImportRun) -> None:
    ImportRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() + LEASE)


def _read(run: ImportRun, path: Path) -> None:
    """Find out what the file is; its columns wait for a person then."""

    def tick(lines: int) -> None:
        ImportRun.objects.filter(pk=run.pk).update(total=lines, lease_until=timezone.now() + LEASE)

    try:
        shape = look_through(path, read_mapping(run.mapping, kind=get_kind(run.kind)), tick=tick)
    except (ImportProblem, FileNotFoundError) as problem:
        fail(run, str(problem) if isinstance(problem, ImportProblem) else _("The file is gone: upload it again."))
        return
    run.shape, run.total, run.digest, run.size = shape.as_dict(), shape.total, shape.digest, shape.size
    run.state, run.lease_until = State.READY, None
    run.save(update_fields=["shape", "total", "digest", "size", "state", "lease_until"])


def _check(run: ImportRun, path: Path) -> None:
    """Judge every row without writing one; a mapping that does not fit goes back to the person."""
    try:
        apply(prepare(run, path))
    except (ImportProblem, FileNotFoundError) as problem:
        run.state, run.lease_until, run.position = State.READY, None, 0
        run.message = str(problem)[:500] if isinstance(problem, ImportProblem) else _("The file is gone.")
        run.save(update_fields=["state", "lease_until", "message", "position"])


def _import(run: ImportRun, path: Path) -> None:
    try:
        apply(prepare(run, path))
    except (ImportProblem, FileNotFoundError) as problem:
        fail(run, str(problem) if isinstance(problem, ImportProblem) else _("The file is gone: undo what is in."))
        return
    _tell(run)


def _undo(run: ImportRun, path: Path) -> None:
    undo_run(run=run)


def _tell(run: ImportRun) -> None:
    """The person who started it hears of the end, and may take it back with the other recent changes."""
    person = run.started_by
    if person is None:
        return
    words = {"file": run.file_name, "in": run.total - run.rejected_count, "out": run.rejected_count}
    text = _("%(file)s is in: %(in)d rows, %(out)d rejected.") % words
    is_new = notify(user=person, kind="import", text=text, url=f"/imports/{run.pk}/", dedupe_key=f"import:{run.pk}")
    if is_new and run.created_count + run.updated_count:
        verb = _("Imported %(file)s (%(in)d rows)") % words
        log_action(
            actor=person,
            verb=verb,
            service="accounts.undo_import",
            arguments={"run_id": run.pk},
            url=f"/imports/{run.pk}/",
        )


def runs_to_work_on(*, moment: dt.datetime) -> list[int]:
    """Runs that wait for a worker, oldest first: what a lost message or a killed worker left behind."""
    return list(ImportRun.objects.waiting(moment).order_by("pk").values_list("pk", flat=True)[:100])


def purge_files(*, before: dt.datetime, limit: int) -> int:
    """Delete uploaded files of runs that ended before; their rows stay. Returns how many. Idempotent."""
    over = ImportRun.objects.exclude(file="").filter(created_at__lt=before).exclude(state__in=ImportRun.WORKING)
    purged = 0
    for run in over.order_by("pk")[:limit]:
        run.file.delete(save=False)
        ImportRun.objects.filter(pk=run.pk).update(file="")
        purged += 1
    return purged
