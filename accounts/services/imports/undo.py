"""Taking a whole import back: all of it or nothing, and nothing where later work depends on it."""

from collections.abc import Iterator

import pghistory
from django.db import transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, ImportRow, ImportRun
from accounts.services.changes import mark_changed
from accounts.services.imports.registry import get_kind
from accounts.services.imports.runs import alone, touched_accounts
from accounts.services.summaries import refresh_summaries

_BATCH = 1000
_NAMED = 50


def undo_run(*, run: ImportRun) -> list[str]:
    """Delete what the run created and put back what it changed, in one transaction; [] when that is done.

    Otherwise nothing has changed and the sentences say why, at most 50 of them: something was edited since, or hangs on
    what would go. A run that was undone before is left alone. Raises TakenOver while somebody else works on the run.
    """
    kind = get_kind(run.kind)
    with alone(run.pk), pghistory.context(user=run.started_by_id, url=f"import:{run.pk}:undo"), transaction.atomic():
        run.refresh_from_db()
        if run.state == ImportRun.State.UNDONE:
            return []
        refusals: list[str] = []
        for rows in _batches(run.rows.changing()):
            refusals += kind.refuse_undo(rows)
            if len(refusals) >= _NAMED:
                break
        if refusals:
            _stay(run, refusals[:_NAMED])
            return refusals[:_NAMED]
        accounts = touched_accounts(run)
        try:
            with transaction.atomic():
                for rows in _batches(run.rows.changing()):
                    kind.undo(rows)
        except (ProtectedError, RestrictedError) as error:
            holders = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
            refusals = sorted({_("%(thing)s would be lost.") % {"thing": str(one)[:80]} for one in holders})[:_NAMED]
            _stay(run, refusals)
            return refusals
        left = list(Account.everything.filter(pk__in=accounts).values_list("pk", flat=True))
        refresh_summaries(account_ids=left)
        mark_changed(account_ids=left, reason=f"undo import {run.kind}")
        run.state, run.undone_at, run.lease_until = ImportRun.State.UNDONE, timezone.now(), None
        run.message, run.notes = "", []
        run.save(update_fields=["state", "undone_at", "lease_until", "message", "notes"])
    return []


def _stay(run: ImportRun, refusals: list[str]) -> None:
    is_whole = run.position >= run.total
    run.state = ImportRun.State.DONE if is_whole else ImportRun.State.FAILED
    run.message, run.lease_until = _("It cannot be undone: later work depends on it."), None
    run.notes = refusals
    run.save(update_fields=["state", "message", "lease_until", "notes"])


def _batches(rows: "QuerySet[ImportRow]") -> Iterator[list[ImportRow]]:
    """Rows from the last line to the first, a thousand at a time; memory does not grow with their number."""
    last: int | None = None
    ordered = rows.order_by("-number")
    while True:
        found = list(ordered.filter(number__lt=last)[:_BATCH] if last is not None else ordered[:_BATCH])
        if not found:
            return
        yield found
        last = found[-1].number
