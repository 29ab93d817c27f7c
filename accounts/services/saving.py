"""Saving one row that a person or another system asked for: validated as its model and the database demand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.services.versions import save_version

M = TypeVar("M", bound=Model)


@contextmanager
def told_as_invalid() -> Iterator[None]:
    """A constraint that somebody else's row broke in the same instant is told like any other wrong value.

    Raises:
        ValidationError: instead of IntegrityError; the transaction around stays usable.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ValidationError(_("This contradicts another row, perhaps saved a moment ago.")) from error


def make_row(model: type[M], fields: Mapping[str, Any]) -> M:
    """Check and insert one row.

    Raises:
        ValidationError: for a value that the model or a constraint refuses.
    """
    row = model(**fields)
    _check(row)
    with told_as_invalid():
        row.save(force_insert=True)
    return row


def change_row(row: Model, *, version: int | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Check and write changed fields against `version`; returns former values (empty: nothing differed).

    Raises:
        ValidationError: for a value that the model or a constraint refuses.
        EditConflict: when somebody else changed the same field.
    """
    draft = type(row)._base_manager.get(pk=row.pk)
    for name, value in fields.items():
        setattr(draft, name, value)
    _check(draft)
    cleaned = {name: getattr(draft, name) for name in fields}
    with told_as_invalid():
        return save_version(row, version=version, fields=cleaned)


def _check(row: Model) -> None:
    """The model's own checks; relations were looked up by the caller, so no second query for each."""
    row.clean_fields(exclude={field.name for field in row._meta.fields if field.is_relation})
    row.clean()
    row.validate_unique()
    row.validate_constraints()
