"""Fast writing: rows are gathered per table and go in by COPY, with ids reserved ahead."""

import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pgtrigger
from django.db import connection, models
from django.utils import timezone

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def encode_cell(value: Any) -> str:
    """One value in the text format of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def encode_array(values: Sequence[str]) -> str:
    """A text array in the text format of COPY."""
    inner = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return ("{" + inner + "}").translate(_ESCAPES)


class Sheet:
    """Rows for one model. `add` returns the id that the row will have; `flush` writes all of it at once."""

    def __init__(self, model: type[models.Model], *, first_id: int = 1) -> None:
        self.model = model
        self.table = model._meta.db_table
        fields: list[tuple[str, models.Field[Any, Any]]] = [
            (field.attname if field.column is None else field.column, field) for field in model._meta.concrete_fields
        ]
        self.columns = [column for column, _field in fields]
        primary = model._meta.pk
        self.has_own_id = isinstance(primary, models.AutoField | models.BigAutoField)
        self.next_id = first_id
        self.lines: list[str] = []
        self.written = 0
        moment = timezone.now()
        self.defaults: dict[str, Any] = {}
        self.arrays: set[str] = set()
        self.jsons: set[str] = set()
        for column, field in fields:
            kind = field.get_internal_type()
            if kind == "ArrayField":
                self.arrays.add(column)
            if kind == "JSONField":
                self.jsons.add(column)
            if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
                self.defaults[column] = moment
            elif not field.primary_key:
                self.defaults[column] = field.get_default() if field.has_default() or not field.null else None

    def add(self, **values: Any) -> int:
        """One row by column names (`account_id`, not `account`); unknown names raise KeyError."""
        row_id: int = values.get("account_id", 0)
        if self.has_own_id:
            row_id = self.next_id
            self.next_id += 1
            values["id"] = row_id
        cells = []
        for column in self.columns:
            value = values.pop(column) if column in values else self.defaults[column]
            if column in self.arrays:
                cells.append(encode_array(value))
            elif column in self.jsons and value is not None:
                cells.append(json.dumps(value).translate(_ESCAPES))
            else:
                cells.append(encode_cell(value))
        if values:
            raise KeyError(f"{self.table} has no column {', '.join(values)}")
        self.lines.append("\t".join(cells))
        return row_id

    def flush(self) -> None:
        """Write what was gathered."""
        if self.lines:
            copy_lines(self.table, self.columns, self.lines)
            self.written += len(self.lines)
            self.lines = []


def copy_lines(table: str, columns: Iterable[str], lines: list[str]) -> None:
    """COPY prepared lines into a table of our own models; names come from the models, never from outside."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', io.StringIO("\n".join(lines) + "\n"))


def next_free_id(model: type[models.Model]) -> int:
    """The id after the highest one in use."""
    return (model._default_manager.aggregate(top=models.Max("pk"))["top"] or 0) + 1


def move_sequences(sheets: Iterable[Sheet]) -> None:
    """Let the database go on numbering after the rows that were written with ids of ours."""
    with connection.cursor() as cursor:
        for sheet in sheets:
            if sheet.has_own_id and sheet.written:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [sheet.table, sheet.next_id - 1])


@contextmanager
def without_audit(sheets: Iterable[Sheet]) -> Iterator[None]:
    """Inside a transaction: rows go in without audit rows, for a made-up world has no history of edits."""
    models_ = [sheet.model._meta for sheet in sheets]
    names = [f"{meta.label}:{trigger.name}" for meta in models_ for trigger in getattr(meta, "triggers", ())]
    with pgtrigger.ignore(*[name for name in names if name.endswith(":insert_insert")]):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # COPY passes by Django: this statement carries the setting into the transaction
        yield
