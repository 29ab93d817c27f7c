"""The common way in of rows that become one object each: resolve, find, compare, write, and take back."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import ImportRow
from accounts.services.imports.registry import (
    CREATED,
    REJECTED,
    UNCHANGED,
    UPDATED,
    Context,
    Field,
    Outcome,
    Row,
    Text,
)


@dataclass(slots=True)
class Draft:
    """A row on its way to an object: what was resolved of it, and what is wrong with it."""

    row: Row
    key: str = ""
    account_id: int | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    flags: list[str] = field(default_factory=list)
    instance: Any = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class RecordKind:
    """A kind whose rows become objects of one model, told apart by the id that they have in their source.

    A kind says what its fields are, turns a row into columns (`resolve`), finds what is there (`find`) and may do more
    when something was created or changed. Comparing, locking, writing in bulk and undoing are common.
    """

    name: ClassVar[str]
    label: ClassVar[Text]
    description: ClassVar[Text]
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    model: ClassVar[type[models.Model]]
    # Relations that live and die with the object, so that they never hold an undo back.
    owned: ClassVar[frozenset[str]] = frozenset()
    declared: ClassVar[tuple[Field, ...]] = ()

    def fields(self) -> tuple[Field, ...]:
        return self.declared

    def key_of(self, row: Row) -> str:
        return str(row.get("external_id") or "")

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        """Fill `account_id`, `key` and `columns` of each draft, or its `error`; one query per kind of reference."""
        raise NotImplementedError

    def find(self, drafts: Sequence[Draft], context: Context) -> dict[str, Any]:
        """The objects that are there, by the drafts' keys: those of the same source and id."""
        rows = self.rows().filter(source=context.source, external_id__in=[draft.key for draft in drafts])
        return {row.external_id: row for row in self.locked(rows, context)}

    def new(self, draft: Draft, context: Context) -> Any:
        """A new object of a draft, not yet saved."""
        return self.model(account_id=draft.account_id, source=context.source, external_id=draft.key, **draft.columns)

    def created(self, drafts: Sequence[Draft], context: Context) -> None:
        """More to write for objects that were created."""

    def updated(self, drafts: Sequence[Draft], context: Context) -> None:
        """More to write for objects that were changed."""

    def linked(self, drafts: Sequence[Draft], context: Context) -> None:
        """More to write for every object that a row stands for, changed or not; must be safe to repeat."""

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        return []

    # Common to all

    def counts_edits(self) -> bool:
        """Whether each edit of an object raises its number `version` (voice's `version` is another thing)."""
        return any(one.name == "version" and not one.is_relation for one in self.model._meta.concrete_fields)

    def rows(self) -> Any:
        """All objects, deleted ones too."""
        return getattr(self.model, "everything", self.model._default_manager).all()

    def locked(self, rows: Any, context: Context) -> Any:
        return rows if context.is_dry else rows.select_for_update(of=("self",)).order_by("pk")

    def apply_batch(self, rows: Sequence[Row], *, context: Context) -> list[Outcome]:
        """Rows to objects in the caller's transaction: at most one insert and one update, whatever the number."""
        drafts = [Draft(row) for row in rows]
        self.resolve(drafts, context)
        sound = [draft for draft in drafts if not draft.error]
        existing = self.find(sound, context)
        fresh: list[Draft] = []
        changed: list[Draft] = []
        for draft in sound:
            found = existing.get(draft.key)
            if draft.error:  # `find` may see a contradiction with what is there
                continue
            if found is None:
                fresh.append(draft)
            elif getattr(found, "deleted_at", None):
                draft.error = _("It was deleted on %(day)s: restore it first.") % {"day": found.deleted_at.date()}
            else:
                draft.instance = found
                if self.compare(draft):
                    changed.append(draft)
        if not context.is_dry:
            self._create(fresh, context)
            self._update(changed, context)
            self.linked([draft for draft in sound if draft.instance is not None and not draft.error], context)
        is_fresh, is_changed = {id(draft) for draft in fresh}, {id(draft) for draft in changed}
        return [
            self._outcome(
                draft, CREATED if id(draft) in is_fresh else UPDATED if id(draft) in is_changed else UNCHANGED
            )
            for draft in drafts
        ]

    def compare(self, draft: Draft) -> bool:
        """Set `before` and `after` to what differs; the instance takes the new values. Whether anything does."""
        columns = dict(draft.columns)
        if draft.account_id is not None and hasattr(draft.instance, "account_id"):
            columns["account_id"] = draft.account_id
        differing = {
            name: (getattr(draft.instance, name), value)
            for name, value in columns.items()
            if not _is_same(getattr(draft.instance, name), value)
        }
        if not differing:
            return False
        draft.before = {name: plain(old) for name, (old, _new) in differing.items()}
        draft.after = {name: plain(new) for name, (_old, new) in differing.items()}
        for name, (_old, new) in differing.items():
            setattr(draft.instance, name, new)
        return True

    def _create(self, drafts: Sequence[Draft], context: Context) -> None:
        if not drafts:
            return
        for draft in drafts:
            draft.instance = self.new(draft, context)
        self.model._base_manager.bulk_create([draft.instance for draft in drafts])
        for draft in drafts:
            draft.after = {"version": draft.instance.version} if self.counts_edits() else None
        self.created(drafts, context)

    def _update(self, drafts: Sequence[Draft], context: Context) -> None:
        if not drafts:
            return
        names = {name for draft in drafts for name in draft.after or {}}
        now = dt.datetime.now(dt.UTC)
        for draft in drafts:
            if self.counts_edits():
                draft.instance.version += 1
                names.add("version")
            if hasattr(draft.instance, "updated_at"):
                draft.instance.updated_at = now
                names.add("updated_at")
        write_changed(self.model, [draft.instance for draft in drafts], names)
        self.updated(drafts, context)

    def _outcome(self, draft: Draft, outcome: str) -> Outcome:
        if draft.error:
            return Outcome(draft.row.number, REJECTED, draft.error, account_id=draft.account_id)
        pk = getattr(draft.instance, "pk", None)
        return Outcome(
            draft.row.number,
            outcome,
            " ".join(draft.flags),
            object_ref=f"{self.model._meta.model_name}:{pk}" if pk else "",
            account_id=draft.account_id,
            before=draft.before,
            after=draft.after,
        )

    # Taking back

    def refuse_undo(self, rows: Sequence[ImportRow]) -> list[str]:
        """Created objects that were edited or that something hangs on, changed ones whose values moved on."""
        objects = self.rows().in_bulk([pk_of(row) for row in rows])
        refusals = []
        created_ids = []
        for row in rows:
            found = objects.get(pk_of(row))
            if found is None:
                continue
            if row.outcome == CREATED:
                created_ids.append(found.pk)
                if self.counts_edits() and (row.after or {}).get("version", 0) < found.version:
                    refusals.append(_("%(thing)s (line %(line)d) was edited since.") % self._named(found, row))
                continue
            for name, value in (row.after or {}).items():
                if hasattr(found, name) and plain(getattr(found, name)) != value:
                    refusals.append(_("%(thing)s (line %(line)d) was changed since.") % self._named(found, row))
                    break
        lines = {pk_of(row): row for row in rows}
        for pk, names in self._dependents(created_ids, rows[0].run_id).items():
            named = self._named(objects[pk], lines[pk]) | {"what": ", ".join(sorted(names))}
            refusals.append(_("%(thing)s (line %(line)d) has %(what)s that would be lost.") % named)
        return refusals

    def undo(self, rows: Sequence[ImportRow]) -> None:
        """Delete created objects, put back changed columns. Objects that are gone already are left out."""
        created = [pk_of(row) for row in rows if row.outcome == CREATED]
        changed = {pk_of(row): row for row in rows if row.outcome == UPDATED}
        objects = self.rows().select_for_update(of=("self",)).order_by("pk").in_bulk(list(changed))
        names: set[str] = set()
        for pk, found in objects.items():
            for name, value in (changed[pk].before or {}).items():
                column = next(
                    (one for one in self.model._meta.concrete_fields if name in (one.name, one.attname)), None
                )
                if column is not None:
                    setattr(found, column.attname, column.to_python(value))
                    names.add(name)
            if self.counts_edits():
                found.version += 1
                names.add("version")
        self.undo_changed([changed[pk] for pk in objects])
        write_changed(self.model, list(objects.values()), names)
        self.undo_created(created)
        for related, name in _derived_relations(self.model):
            related._base_manager.filter(**{f"{name}__in": created}).delete()
        self.rows().filter(pk__in=created).delete()

    def undo_created(self, ids: Sequence[int]) -> None:
        """What must go before created objects can."""

    def undo_changed(self, rows: Sequence[ImportRow]) -> None:
        """What else a change wrote."""

    def _named(self, thing: Any, row: ImportRow) -> dict[str, Any]:
        return {"thing": str(thing)[:60] or row.object_ref, "line": row.number}

    def _dependents(self, ids: Sequence[int], run_id: int) -> dict[int, set[str]]:
        """Names of what hangs on objects and was not made by the same run."""
        found: dict[int, set[str]] = defaultdict(set)
        if not ids:
            return found
        for relation in self.model._meta.related_objects:
            related, name = relation.related_model, relation.field.attname
            if _is_derived(related, relation.get_accessor_name() or "", self.owned) or relation.many_to_many:
                continue
            pairs = related._base_manager.filter(**{f"{name}__in": ids}).values_list("pk", name)
            mine = self._own_rows(related, run_id, [pk for pk, _id in pairs]) if related is self.model else set()
            for pk, one in pairs:
                if pk not in mine:
                    found[one].add(str(related._meta.verbose_name_plural))
        return found

    def _own_rows(self, model: type[models.Model], run_id: int, ids: Sequence[int]) -> set[int]:
        refs = [f"{model._meta.model_name}:{pk}" for pk in ids]
        rows = ImportRow.objects.filter(run_id=run_id, object_ref__in=refs).values_list("object_ref", flat=True)
        return {int(ref.partition(":")[2]) for ref in rows}


def pk_of(row: ImportRow) -> int:
    """The id in a row's object_ref, 0 without one."""
    number = row.object_ref.partition(":")[2]
    return int(number) if number.isdigit() else 0


def _is_derived(model: type[models.Model], accessor: str, owned: Iterable[str]) -> bool:
    """Audit rows, what the object owns, and what can be computed again (`settings.IMPORT_DERIVED`)."""
    return (
        hasattr(model, "pgh_tracked_model")
        or accessor in owned
        or model._meta.label in getattr(settings, "IMPORT_DERIVED", ())
    )


def _derived_relations(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    return [
        (relation.related_model, relation.field.attname)
        for relation in model._meta.related_objects
        if relation.related_model._meta.label in getattr(settings, "IMPORT_DERIVED", ())
    ]


def write_changed(model: type[models.Model], instances: Sequence[Any], names: Iterable[str]) -> None:
    """Write these columns of locked instances in one statement."""
    columns = {one.attname: one.name for one in model._meta.concrete_fields} | {
        one.name: one.name for one in model._meta.concrete_fields
    }
    wanted = sorted({columns[name] for name in names if name in columns})
    if instances and wanted:
        model._base_manager.bulk_create(
            instances, update_conflicts=True, update_fields=wanted, unique_fields=[model._meta.pk.name]
        )


def filled(model: type[models.Model], row: Row, names: Iterable[str]) -> dict[str, Any]:
    """The row's values of these columns; an empty cell is what the column is by default (nothing, zero, no)."""
    columns = {}
    for name in names:
        if name in row.values:
            value = row.values[name]
            columns[name] = _default(model, name) if value is None else value
    return columns


def _default(model: type[models.Model], name: str) -> Any:
    column = model._meta.get_field(name)
    assert isinstance(column, models.Field)
    return None if column.null else column.get_default()


def row_hash(row: Row) -> str:
    """SHA-256 of all that a row says, by field, so that the order of columns does not matter."""
    said = "\x1f".join(f"{name}={row.values[name]}" for name in sorted(row.values))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def plain(value: Any) -> Any:
    """The value as JSON keeps it."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        cents = round(value, 2)
        return str(cents if cents == value else value.normalize())
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return value


def _is_same(old: Any, new: Any) -> bool:
    return bool(old == new) or plain(old) == plain(new)
