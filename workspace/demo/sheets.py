"""Fast writing: rows are gathered per table and go in by COPY, with ids reserved ahead."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def encode_array(values: Sequence[str] | None) -> str:
    """A text array in the text format of COPY."""
    if values is None:
        return "\\N"
    inner = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return ("{" + inner + "}").translate(_ESCAPES)


def encode_json(value: Any) -> str:
    """A JSON value in the text format of COPY; None is no value, not the JSON null."""
    return "\\N" if value is None else json.dumps(value).translate(_ESCAPES)


def _encoder_of(field: "models.Field[Any, Any]") -> Callable[[Any], str]:
    return {"ArrayField": encode_array, "JSONField": encode_json}.get(field.get_internal_type(), encode_cell)


def _default_of(field: "models.Field[Any, Any]", moment: dt.datetime) -> Any:
    """The model's default; the moment of the sheet for what Django stamps; nothing where the caller must say."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return moment
    if field.primary_key or not (field.has_default() or not field.null):
        return None
    return field.get_default()


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
        self.place = {column: place for place, column in enumerate(self.columns)}
        self.encoders = [_encoder_of(field) for _column, field in fields]
        moment = timezone.now()
        # What a row says of a column that nobody named, ready to be written.
        self.blank = [
            encode(_default_of(field, moment)) for encode, (_column, field) in zip(self.encoders, fields, strict=True)
        ]

    def add(self, **values: Any) -> int:
        """One row by column names (`account_id`, not `account`); unknown names raise KeyError."""
        row_id: int = values.get("account_id", 0)
        if self.has_own_id:
            row_id = self.next_id
            self.next_id += 1
            values["id"] = row_id
        cells = self.blank.copy()
        for column, value in values.items():
            place = self.place[column]
            cells[place] = self.encoders[place](value)
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
