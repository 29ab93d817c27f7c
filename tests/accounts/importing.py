"""Files for import tests, and the way in that the command line and the worker share."""

from pathlib import Path
from typing import Any

from accounts.models import ImportRow, ImportRun
from accounts.services.imports.runs import apply, open_run, prepare


def import_file(kind: str, path: Path, *, is_dry: bool = False, **data: Any) -> ImportRun:
    """Carry a file through, as `import_csv` does; `data` is the mapping."""
    run, _is_resumed = open_run(kind=kind, path=path, data=data, is_dry=is_dry)
    return apply(prepare(run, path))


def import_text(kind: str, text: str, folder: Path, *, is_dry: bool = False, **data: Any) -> ImportRun:
    """The same for the text of a CSV."""
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    return import_file(kind, path, is_dry=is_dry, **data)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, rejected), after checking that every row of the file has one outcome."""
    run.refresh_from_db()
    assert run.rows.count() == run.total == run.position
    found = tuple(run.rows.filter(outcome=outcome).count() for outcome in ImportRow.Outcome.values)
    assert found == (run.created_count, run.updated_count, run.unchanged_count, run.rejected_count)
    return found[0], found[1], found[2], found[3]


def reasons(run: ImportRun) -> list[str]:
    """Why rows were refused or flagged, by line."""
    return list(run.rows.exclude(reason="").order_by("number").values_list("reason", flat=True))
