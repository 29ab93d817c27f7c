"""The audit trail, read: what was changed, from what to what, when, by whom, from where."""

import datetime as dt
import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.apps import apps
from django.db.models import Model, OuterRef, Subquery
from django.utils.formats import localize
from django.utils.translation import gettext as _
from pghistory.models import Event

from team.models import Role, User
from ui.formats import day, moment

PAGE = 50
# Bookkeeping that says nothing to a reader.
SILENT = {"id", "created_at", "updated_at", "version", "position", "pgh_id"}
NAMES = ("name", "title", "subject", "company", "email", "plan")
OWNERS = ("account", "contact")


@dataclass(frozen=True)
class Change:
    """One field; `before` is empty for what was just made."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditEntry:
    at: dt.datetime
    verb: str  # created, changed, deleted, restored
    model: str  # slug, such as "account"
    model_name: str
    object_id: int
    object_name: str
    user_id: int | None  # None: the system itself
    user_name: str
    address: str
    url: str
    changes: list[Change]


@dataclass(frozen=True)
class AuditPage:
    entries: list[AuditEntry]
    next_cursor: str  # empty on the last page


def audited_models() -> dict[str, type[Model]]:
    """The event table of every model whose changes are recorded, by slug ("account"), in the order of the apps."""
    tables: dict[str, Any] = {}
    for model in apps.get_models():
        if issubclass(model, Event) and model.pgh_tracked_model is not None:
            tables[str(model.pgh_tracked_model._meta.model_name)] = model
    return tables


def model_choices() -> list[tuple[str, str]]:
    """Slug and name of what is recorded, for a filter."""
    tables: dict[str, Any] = audited_models()
    return [(slug, _name_of(table)) for slug, table in tables.items()]


def find_visible(*, slug: str, pk: int, user: User) -> Model | None:
    """The object whose history is asked for, if the user may see it; deleted ones too.

    Models that say nothing about who sees them are for admins and managers alone.
    """
    table: Any = audited_models().get(slug)
    if table is None:
        return None
    tracked = table.pgh_tracked_model
    objects = getattr(tracked, "everything", tracked._default_manager)
    if hasattr(objects, "visible_to"):
        found: Model | None = objects.visible_to(user).filter(pk=pk).first()
    elif user.role in {Role.ADMIN, Role.MANAGER}:
        found = objects.filter(pk=pk).first()
    else:
        found = None
    return found


def read_audit(
    *,
    reader: User,
    slug: str = "",
    object_id: int | None = None,
    user_id: int | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> AuditPage:
    """Changes, newest first, of everything or of one model, one object, one person; customers by name as far as the
    reader sees them.

    The cursor holds the last row seen of each table, so each table is read along its primary key and nothing counts.
    """
    tables: dict[str, Any] = audited_models()
    if slug:
        tables = {slug: tables[slug]} if slug in tables else {}
    places = _parse_cursor(cursor)
    streams = []
    for name, table in tables.items():
        events = table.objects.order_by("-pgh_id")
        if name in places:
            events = events.filter(pgh_id__lt=places[name])
        if object_id is not None:
            events = events.filter(pgh_obj_id=object_id)
        if user_id is not None:
            events = events.filter(pgh_context__user=user_id)
        streams.append([(name, event) for event in events[: limit + 1]])
    merged = heapq.merge(*streams, key=lambda pair: pair[1].pgh_created_at, reverse=True)
    page = list(islice(merged, limit))
    for name, event in page:
        places[name] = event.pgh_id
    has_more = sum(len(stream) for stream in streams) > len(page)
    return AuditPage(entries=_describe(page, tables, reader), next_cursor=_write_cursor(places) if has_more else "")


def _describe(page: Iterable[tuple[str, Any]], tables: Mapping[str, Any], reader: User) -> list[AuditEntry]:
    pairs = list(page)
    before = previous_events(pairs, tables)
    raw = [_raw_changes(event, before.get((name, event.pgh_id))) for name, event in pairs]
    names = _related_names(pairs, raw, reader)
    people = User.objects.in_bulk({_context(event).get("user") for _, event in pairs} - {None})
    entries = []
    for (name, event), changes in zip(pairs, raw, strict=True):
        context = _context(event)
        person = people.get(context.get("user") or 0)
        entries.append(
            AuditEntry(
                at=event.pgh_created_at,
                verb=_verb(event, changes),
                model=name,
                model_name=_name_of(type(event)),
                object_id=event.pgh_obj_id,
                object_name=_object_name(event, names),
                user_id=person.pk if person else None,
                user_name=str(person) if person else "",
                address=str(context.get("address") or ""),
                url=str(context.get("url") or ""),
                changes=[_spell(field, old, new, names) for field, old, new in changes if field.name != "deleted_at"],
            )
        )
    return entries


def previous_events(pairs: Sequence[tuple[str, Any]], tables: Mapping[str, Any]) -> dict[tuple[str, int], Any]:
    """The row before each one, of the same object; two queries for each table on the page."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for name, event in pairs:
        wanted[name].append(event.pgh_id)
    found = {}
    for name, ids in wanted.items():
        table = tables[name]
        older = table.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")).order_by(
            "-pgh_id"
        )
        previous = dict(
            table.objects.filter(pgh_id__in=ids)
            .annotate(pgh_before=Subquery(older.values("pgh_id")[:1]))
            .values_list("pgh_id", "pgh_before")
        )
        rows = table.objects.in_bulk([pk for pk in previous.values() if pk])
        found.update({(name, pk): rows[old] for pk, old in previous.items() if old})
    return found


RawChange = tuple[Any, object, object]


def _raw_changes(event: Any, previous: Any | None) -> list[RawChange]:
    changes: list[RawChange] = []
    for field in event._meta.concrete_fields:
        if field.name.startswith("pgh_") or field.name in SILENT:
            continue
        new = getattr(event, field.attname)
        old = getattr(previous, field.attname) if previous is not None else None
        says_something = new not in (None, "", [], {}) and not (field.has_default() and new == field.get_default())
        if (previous is None and says_something) or (previous is not None and old != new):
            changes.append((field, old, new))
    return changes


Names = Mapping[tuple[type[Model], object], str]


def _owner_field(event: Any) -> Any:
    """The field that says whose a nameless row is, such as the account of a subscription."""
    return next((field for field in event._meta.concrete_fields if field.name in OWNERS), None)


def _related_names(pairs: list[tuple[str, Any]], raw: list[list[RawChange]], reader: User) -> Names:
    """Names behind ids, one query a model. SECURITY: of customers only those that the reader sees."""
    wanted: dict[Any, set[object]] = defaultdict(set)
    for (_slug, event), changes in zip(pairs, raw, strict=True):
        for field, old, new in changes:
            if field.related_model is not None:
                wanted[field.related_model] |= {old, new} - {None}
        if (owner := _owner_field(event)) is not None:
            wanted[owner.related_model] |= {getattr(event, owner.attname)} - {None}
    found: dict[tuple[type[Model], object], str] = {}
    for target, ids in wanted.items():
        rows = getattr(target, "everything", target._default_manager).all()
        if hasattr(rows, "visible_to"):
            rows = rows.visible_to(reader)
        found |= {(target, row.pk): name for row in rows.filter(pk__in=ids) if (name := _own_name(row))}
    return found


def _own_name(row: Any) -> str:
    """The name that a row carries itself; never one that has to be asked for."""
    return next((str(value) for name in NAMES if (value := getattr(row, name, ""))), "")


def _spell(field: Any, old: object, new: object, names: Names) -> Change:
    return Change(field=str(field.verbose_name), before=_word(field, old, names), after=_word(field, new, names))


def _word(field: Any, value: object, names: Names) -> str:
    if value is None or value == "":
        return ""
    if field.related_model is not None:
        return names.get((field.related_model, value), f"#{value}")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value)


def _plain(value: object) -> str:
    match value:
        case bool():
            word = _("yes") if value else _("no")
        case list():
            word = ", ".join(str(part) for part in value)
        case dict():
            word = ", ".join(f"{key}: {part}" for key, part in value.items() if part not in (None, "", [], {}))
        case dt.datetime():
            word = moment(value)
        case dt.date():
            word = day(value)
        case _:
            word = str(localize(value))
    return word


def _verb(event: Any, changes: list[RawChange]) -> str:
    if event.pgh_label == "insert":
        return "created"
    if event.pgh_label == "delete":
        return "deleted"
    for field, _old, new in changes:
        if field.name == "deleted_at":
            return "restored" if new is None else "deleted"
    return "changed"


def _context(event: Any) -> dict[str, Any]:
    return event.pgh_context or {}


def _object_name(event: Any, names: Names) -> str:
    if own := _own_name(event):
        return own
    owner = _owner_field(event)
    whose = names.get((owner.related_model, getattr(event, owner.attname)), "") if owner is not None else ""
    return f"{whose} #{event.pgh_obj_id}".strip()


def _name_of(table: Any) -> str:
    name = str(table.pgh_tracked_model._meta.verbose_name)
    return name[:1].upper() + name[1:]


def _parse_cursor(text: str) -> dict[str, int]:
    """Rubbish in the address is no position."""
    parts = (part.partition(".") for part in text.split("-"))
    return {
        name: int(number) for name, _dot, number in parts if number.isascii() and number.isdigit() and len(number) < 19
    }


def _write_cursor(places: Mapping[str, int]) -> str:
    return "-".join(f"{name}.{number}" for name, number in places.items())
