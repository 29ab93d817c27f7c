"""What the import pages show."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import ImportRow, ImportRun

PAGE = 50


@dataclass(frozen=True)
class Change:
    """One field of a row: what it was and what it becomes."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class ShownRow:
    """One line of the file on the page."""

    number: int
    outcome: str
    label: str
    reason: str
    cells: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class RowPage:
    """Some rows of a run, in the order of the file; `after` is where the next page begins."""

    rows: tuple[ShownRow, ...]
    after: int | None


# What each tab of the result shows.
TABS = ("rejected", "flagged", "updated", "created")


def read_rows(run: ImportRun, *, tab: str, after: int = 0, limit: int = PAGE) -> RowPage:
    """Rows of one tab from a line on, one query."""
    rows = run.rows.filter(number__gt=after).order_by("number")
    if tab == "rejected":
        rows = rows.rejected()
    elif tab == "flagged":
        rows = rows.flagged()
    else:
        rows = rows.filter(outcome=tab)
    found = list(rows[: limit + 1])
    shown = tuple(_shown(row) for row in found[:limit])
    return RowPage(shown, found[limit - 1].number if len(found) > limit else None)


def _shown(row: ImportRow) -> ShownRow:
    before, after = row.before or {}, row.after or {}
    changes = tuple(Change(_field(name), _words(before[name]), _words(after.get(name))) for name in before)
    cells = tuple(str(cell) for cell in row.raw or [])
    return ShownRow(row.number, row.outcome, row.get_outcome_display(), row.reason, cells, changes)


def _field(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ")


def _words(value: Any) -> str:
    if value is None or value == "":
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def counts_of(run: ImportRun) -> list[tuple[str, str, int]]:
    """(tab, label, number) of what became of the rows."""
    return [
        ("created", _("Created"), run.created_count),
        ("updated", _("Changed"), run.updated_count),
        ("unchanged", _("Unchanged"), run.unchanged_count),
        ("rejected", _("Rejected"), run.rejected_count),
        ("flagged", _("Flagged"), run.flagged_count),
    ]
