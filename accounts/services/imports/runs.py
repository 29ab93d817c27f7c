"""A file on its way in: in batches, each one transaction with its outcomes, so that it can stop anywhere and go on."""

import csv
import datetime as dt
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pghistory
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ImportRow, ImportRun
from accounts.services.changes import mark_changed
from accounts.services.imports.converting import convert_line
from accounts.services.imports.inspecting import Shape, look_through, opened
from accounts.services.imports.mapping import FileMapping, custom_fields_of, read_mapping
from accounts.services.imports.planning import Plan, choose_rules, make_plan
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.reading import Line
from accounts.services.imports.registry import (
    REJECTED,
    UNCHANGED,
    UPDATED,
    Context,
    ImportKind,
    Outcome,
    Row,
    get_kind,
)
from accounts.services.imports.sniffing import examine
from accounts.services.summaries import refresh_summaries
from team.clock import today
from team.models import User

BATCH = 1000
LEASE = dt.timedelta(seconds=90)
_FINISH_BATCH = 2000
_FIRST = 200
# Advisory locks of imports have this first key, the run's id is the second.
_LOCK = 731_001
State = ImportRun.State
_COLUMNS = [
    *("run_id", "number", "outcome", "reason", "raw", "key", "content"),
    *("object_ref", "account_ref", "before", "after"),
]
# An empty text is a text and a missing value nothing: FORCE_NOT_NULL tells them apart.
_COPY = (
    f"COPY accounts_importrow ({', '.join(_COLUMNS)}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (reason, object_ref))"
)
# What tells a line from others of its file, and what it says; both as hashes.
Mark = tuple[int | None, int | None]


class TakenOver(Exception):
    """Another process works on this run."""


@dataclass
class Work:
    """All that a run needs while it is applied."""

    run: ImportRun
    path: Path
    kind: ImportKind
    shape: Shape
    mapping: FileMapping
    plan: Plan
    context: Context


@contextmanager
def alone(run_id: int) -> Iterator[None]:
    """Hold the run's lock, which ends with the connection, so that a killed process never blocks its successor.

    Raises TakenOver when somebody else holds it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, run_id])
        if not cursor.fetchone()[0]:
            raise TakenOver(_("Another process is at work on this import."))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, run_id])


def prepare(run: ImportRun, path: Path, *, tick: Callable[[int], None] = lambda lines: None) -> Work:
    """Look through the run's file and fit its mapping; reads the file, writes nothing but the run's `shape`.

    A shape that was found before is kept while the file is the same. Raises ImportProblem, NeedsAnswer.
    """
    kind = get_kind(run.kind)
    mapping = read_mapping(run.mapping, kind=kind)
    if run.shape and run.shape.get("size") == path.stat().st_size and not _is_read_otherwise(run, mapping):
        shape = Shape.from_dict(run.shape)
    else:

        def accept(header: list[str]) -> None:
            choose_rules(header, mapping, kind=kind, data=run.mapping)

        shape = look_through(path, mapping, accept=accept, tick=tick)
        run.shape, run.total, run.digest, run.size = shape.as_dict(), shape.total, shape.digest, shape.size
        run.save(update_fields=["shape", "total", "digest", "size"])
    plan = make_plan(shape, mapping, kind=kind, data=run.mapping)
    context = Context(
        run_id=run.pk,
        source=run.source,
        is_dry=run.is_dry or run.state == State.CHECKING,
        today=today(),
        user=run.started_by,
        custom_fields=custom_fields_of(run.mapping),
    )
    return Work(run, path, kind, shape, mapping, plan, context)


def _is_read_otherwise(run: ImportRun, mapping: FileMapping) -> bool:
    """Whether the mapping reads the bytes in another way than the shape was found with."""
    given = [mapping.encoding, mapping.delimiter, mapping.sheet]
    return bool(given != run.shape.get("given", ["", "", ""]))


def apply(work: Work, *, tick: Callable[[ImportRun], None] = lambda run: None) -> ImportRun:
    """Carry the rows that were not handled yet through, then finish. `tick` is called after each batch.

    Safe to repeat and to kill: a batch, its outcomes and the run's position are one transaction; the position is
    compared before it moves, so that no row is handled twice (`one_outcome_per_line` holds it too).
    """
    run = work.run
    with (
        alone(run.pk),
        pghistory.context(user=run.started_by_id, url=f"import:{run.pk}"),
        opened(work.path, work.shape, work.mapping) as table,
    ):
        run.refresh_from_db()
        if not run.position:  # what a check left behind
            ImportRow.objects.filter(run=run).delete()
        lines = islice(table.lines, run.position, None)
        while batch := list(islice(lines, BATCH)):
            _apply_lines(work, batch)
            tick(run)
        _finish(work)
        tick(run)
    return run


@transaction.atomic
def _apply_lines(work: Work, lines: Sequence[Line]) -> None:
    run = work.run
    end = run.position + len(lines)
    moved = ImportRun.objects.filter(
        pk=run.pk, position=run.position, state__in=[State.RUNNING, State.CHECKING]
    ).update(position=end, lease_until=timezone.now() + LEASE)
    if moved != 1:
        raise TakenOver(_("The import was stopped, or another process went on with it."))
    outcomes = _judge(work, lines)
    _copy_rows(outcomes)
    tally = Counter(row.outcome for row in outcomes)
    flagged = sum(1 for row in outcomes if row.reason and row.outcome != REJECTED)
    counts = {f"{name}_count": F(f"{name}_count") + tally[name] for name in ImportRow.Outcome.values}
    ImportRun.objects.filter(pk=run.pk).update(**counts, flagged_count=F("flagged_count") + flagged)
    run.position = end
    for name in ImportRow.Outcome.values:
        setattr(run, f"{name}_count", getattr(run, f"{name}_count") + tally[name])
    run.flagged_count += flagged


def _judge(work: Work, lines: Sequence[Line]) -> list[ImportRow]:
    """An ImportRow for each line: converted, told apart from earlier lines, handed to the kind."""
    width = len(work.shape.columns)
    outcomes: dict[int, Outcome] = {}
    rows: list[Row] = []
    for line in lines:
        try:
            rows.append(convert_line(line, work.plan.readers, width=width, today=work.context.today))
        except ImportProblem as problem:
            outcomes[line.number] = Outcome(line.number, REJECTED, str(problem))
    marks = {row.number: (_hash(work.kind.key_of(row)), _hash(repr(row.values))) for row in rows}
    repeats = _repeats(work.run, marks)
    for outcome in _applied(work, [row for row in rows if row.number not in repeats]):
        outcomes[outcome.number] = outcome
    for number, (first, is_same) in repeats.items():
        outcomes[number] = _repeated(number, first, is_same, outcomes.get(first))
    return [_import_row(work.run, line, outcomes[line.number], marks.get(line.number, (None, None))) for line in lines]


def _import_row(run: ImportRun, line: Line, found: Outcome, mark: Mark) -> ImportRow:
    return ImportRow(
        run_id=run.pk,
        number=line.number,
        outcome=found.outcome,
        reason=found.reason[:300],
        raw=[cell[:500] for cell in line.cells[:100]] if _is_shown(line, found) else None,
        key=mark[0],
        content=mark[1],
        object_ref=found.object_ref,
        account_ref=found.account_id,
        before=found.before,
        after=found.after,
    )


def _is_shown(line: Line, found: Outcome) -> bool:
    """Whether a person may want to see the cells: refused, flagged and changed rows, and the first ones."""
    return bool(found.reason) or found.outcome == UPDATED or line.number <= _FIRST


def _copy_rows(rows: Sequence[ImportRow]) -> None:
    """Outcomes into their table by COPY: each line of a file has one, so this is most of what an import writes."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        values = (getattr(row, name) for name in _COLUMNS)
        writer.writerow([json.dumps(one) if isinstance(one, dict | list) else one for one in values])
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(_COPY, text)


def _hash(text: str) -> int | None:
    """64 bits of a text, None for the empty one."""
    if not text:
        return None
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _repeats(run: ImportRun, marks: dict[int, Mark]) -> dict[int, tuple[int, bool]]:
    """Lines whose key an earlier line of the file has: {line: (earlier line, whether it says the same)}."""
    wanted = {key for key, _content in marks.values() if key is not None}
    rows = ImportRow.objects.filter(run=run, key__in=wanted).exclude(outcome=REJECTED).order_by("-number")
    earlier = {key: (number, content) for key, number, content in rows.values_list("key", "number", "content")}
    repeats = {}
    for number, (key, content) in marks.items():
        if key is None:
            continue
        first, said = earlier.setdefault(key, (number, content))
        if first != number:
            repeats[number] = (first, said == content)
    return repeats


def _repeated(number: int, first: int, is_same: bool, outcome: Outcome | None) -> Outcome:
    if outcome is not None and outcome.outcome == REJECTED:
        return Outcome(number, REJECTED, outcome.reason)
    if is_same:
        return Outcome(number, UNCHANGED, _("The same as line %(line)d.") % {"line": first})
    reason = _("Line %(line)d has the same id and says something else: keep one of them.") % {"line": first}
    return Outcome(number, REJECTED, reason)


def _applied(work: Work, rows: Sequence[Row]) -> list[Outcome]:
    """The kind's outcomes. What the database refuses costs its row, not its batch."""
    if not rows:
        return []
    try:
        with transaction.atomic():
            return work.kind.apply_batch(rows, context=work.context)
    except (IntegrityError, DataError):
        return [_applied_alone(work, row) for row in rows]


def _applied_alone(work: Work, row: Row) -> Outcome:
    try:
        with transaction.atomic():
            return work.kind.apply_batch([row], context=work.context)[0]
    except (IntegrityError, DataError) as error:
        return Outcome(row.number, REJECTED, _("The database refuses it: %(why)s.") % {"why": _promise(error)})


def _promise(error: DatabaseError) -> str:
    """The promise that a row would break: the constraint's name in words, else the first line of the error."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return name.replace("_", " ") if name else str(error).partition("\n")[0][:200]


def touched_accounts(run: ImportRun) -> list[int]:
    """Accounts that the run changed something of."""
    refs = ImportRow.objects.filter(run=run, account_ref__isnull=False).changing()
    return sorted(pk for pk in refs.values_list("account_ref", flat=True).distinct() if pk is not None)


def _finish(work: Work) -> None:
    """Derive what hangs on the rows, mark the accounts, close the run: one transaction, so that no mark is lost."""
    run = work.run
    notes = [*work.plan.notes, *work.context.tally]
    with transaction.atomic():
        if not work.context.is_dry:
            accounts = touched_accounts(run)
            notes += work.kind.finish(accounts, context=work.context)
            for start in range(0, len(accounts), _FINISH_BATCH):
                refresh_summaries(account_ids=accounts[start : start + _FINISH_BATCH])
            mark_changed(account_ids=accounts, reason=f"import {run.kind}")
        done = State.CHECKED if work.context.is_dry else State.DONE
        run.state, run.notes, run.finished_at, run.lease_until, run.message = done, notes, timezone.now(), None, ""
        run.save(update_fields=["state", "notes", "finished_at", "lease_until", "message"])


def fail(run: ImportRun, problem: str) -> None:
    """Close a run that cannot go on; what is in stays in until it is undone."""
    run.state, run.message, run.lease_until, run.finished_at = State.FAILED, problem[:500], None, timezone.now()
    run.save(update_fields=["state", "message", "lease_until", "finished_at"])


def open_run(
    *, kind: str, path: Path, data: dict[str, Any], is_dry: bool, actor: User | None = None
) -> tuple[ImportRun, bool]:
    """The run for a file on this machine: the interrupted one of the same file and mapping, else a new one.

    Returns the run and whether it goes on. Raises ImportProblem when the file cannot be an import or the mapping is
    wrong.
    """
    mapping = read_mapping(data, kind=get_kind(kind))
    facts = examine(path, encoding=mapping.encoding)
    if not is_dry:
        same = ImportRun.objects.interrupted().filter(
            kind=kind, digest=facts.digest, mapping=data, source=mapping.source
        )
        if found := same.order_by("-pk").first():
            return found, True
    run = ImportRun.objects.create(
        kind=kind,
        source=mapping.source,
        file_name=path.name[:200],
        size=facts.size,
        digest=facts.digest,
        mapping=data,
        state=State.CHECKING if is_dry else State.RUNNING,
        is_dry=is_dry,
        started_by=actor,
    )
    return run, False
