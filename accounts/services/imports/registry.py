"""The kinds of things that can be imported: what each promises, and where the installed ones are found."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import ImportRow
from accounts.services.imports.problems import ImportProblem
from team.models import User

Text = str | Promise
CREATED, UPDATED, UNCHANGED, REJECTED = ImportRow.Outcome.values


@dataclass(frozen=True)
class Field:
    """One thing that a column can mean. `type` is one of `converting.CONVERTERS`; aliases are other names of it."""

    name: str
    label: Text
    type: str = "text"
    is_required: bool = False
    aliases: tuple[str, ...] = ()
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    # Words of other systems for a choice: {"urgent": "p1"}.
    words: tuple[tuple[str, str], ...] = ()
    max_length: int = 0
    minimum: int | None = None
    maximum: int | None = None
    # Digits that a decimal keeps.
    places: int = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line with its values by field name; fields that no column feeds are missing, empty cells are None."""

    number: int
    cells: list[str]
    values: dict[str, Any]

    def get(self, name: str) -> Any:
        return self.values.get(name)


@dataclass(slots=True)
class Outcome:
    """What became of a row. `reason` of a row that is in is a flag; `before` and `after` hold what changed."""

    number: int
    outcome: str
    reason: str = ""
    key: str = ""
    object_ref: str = ""
    account_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass
class Context:
    """What a kind needs to know of the run; `memo` lives as long as the run does in this process."""

    run_id: int
    source: str
    is_dry: bool
    today: dt.date
    user: User | None = None
    custom_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)
    tally: "Counter[str]" = field(default_factory=Counter)


class ImportKind(Protocol):
    """What an app promises about a kind of row; apps above accounts register theirs in `settings.IMPORT_KINDS`."""

    name: str
    label: Text
    description: Text
    # Groups of fields of which each row needs one: (("subscription", "account"),).
    one_of: tuple[tuple[str, ...], ...]

    def fields(self) -> tuple[Field, ...]:
        """What its columns can mean, in the order of the mapping page."""
        ...

    def key_of(self, row: Row) -> str:
        """What tells this row from others of its file; equal keys on different lines are refused, "" never."""
        ...

    def apply_batch(self, rows: Sequence[Row], *, context: Context) -> list[Outcome]:
        """Write rows (when not dry) in the caller's transaction and say what became of each. Run twice equals once."""
        ...

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        """What must be derived once the rows of these accounts are in; returns sentences worth saying. Idempotent."""
        ...

    def refuse_undo(self, rows: Sequence[ImportRow]) -> list[str]:
        """Why these rows cannot be taken back: one sentence per thing that a later edit depends on."""
        ...

    def undo(self, rows: Sequence[ImportRow]) -> None:
        """Delete what the rows created and put back what they changed, in the caller's transaction."""
        ...


@cache
def all_kinds() -> dict[str, ImportKind]:
    """The installed kinds by name, in the order of the settings (accounts before what refers to them)."""
    kinds: Iterable[ImportKind] = (import_string(path) for path in settings.IMPORT_KINDS)
    return {kind.name: kind for kind in kinds}


def get_kind(name: str) -> ImportKind:
    """The kind of that name. Raises ImportProblem that lists the known ones."""
    try:
        return all_kinds()[name]
    except KeyError as error:
        raise ImportProblem(
            _("%(name)r is not a kind of import; these are: %(kinds)s.")
            % {"name": name, "kinds": ", ".join(all_kinds())}
        ) from error
