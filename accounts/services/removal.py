"""Rows that go for good, with what hangs on them in every app, without importing one."""

from collections.abc import Collection
from typing import Any

from django.db.models import DO_NOTHING, SET_NULL, ManyToOneRel, Model, QuerySet


def remove(*, model: type[Model], ids: Collection[int], frees: Collection[str] = (), frees_all: bool = False) -> None:
    """Delete rows and everything that points to them; call it inside a transaction.

    References named in `frees` ("accounts.Account.parent"), and with `frees_all` each one that may be empty, are
    emptied instead. The audit trail stays. One statement for each kind of rows; nothing is loaded but ids.
    """
    for relation in _dependents(model):
        rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids})
        label = f"{relation.related_model._meta.label}.{relation.field.name}"
        if relation.field.null and (frees_all or label in frees or relation.on_delete is SET_NULL):
            rows.update(**{relation.field.name: None})
        elif _dependents(relation.related_model):
            also = set(rows.values_list("pk", flat=True)) - (set(ids) if relation.related_model is model else set())
            if also:
                remove(model=relation.related_model, ids=also, frees=frees, frees_all=frees_all)
        else:
            _delete(rows)
    _delete(model._base_manager.filter(pk__in=ids))


def _dependents(model: type[Model]) -> list[Any]:
    """What points to a model, hidden relations too; audit lines point without holding."""
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel) and relation.on_delete is not DO_NOTHING
    ]


def _delete(rows: QuerySet[Any]) -> None:
    """Without loading rows: what hangs on them is gone, and the audit is written by the database."""
    rows._raw_delete(rows.db)
