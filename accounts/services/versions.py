"""Editing without overwriting each other: every edit names the version that it started from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from team.models import User


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two people changed: what stands there now and what the later one wanted."""

    field: str
    label: str
    theirs: Any
    mine: Any


class EditConflict(Exception):
    """Somebody else saved first. Nothing was written; `clashes` holds both values, `version` the newer one."""

    def __init__(self, *, version: int, clashes: list[Clash]) -> None:
        super().__init__(_("Somebody else changed this in the meantime."))
        self.version = version
        self.clashes = clashes


def require_editor(actor: User | None, account_id: int | None) -> None:
    """Nobody (an import, a demo) may; a person only for accounts that they edit.

    Raises:
        PermissionDenied: for viewers, department members and CSMs of another book.
    """
    if actor is None or (account_id is None and actor.can_edit):
        return
    if account_id is None or not Account.everything.editable_by(actor).filter(pk=account_id).exists():
        raise PermissionDenied(_("You cannot change this account."))


def require_logger(actor: User | None, account: Account) -> None:
    """Whoever edits facts may log touches on every account that they see, such as a colleague's."""
    if actor is None:
        return
    if not actor.can_edit or not Account.objects.visible_to(actor).filter(pk=account.pk).exists():
        raise PermissionDenied(_("You cannot log on this account."))


def save_version(instance: Model, *, version: int | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write the fields that the person changed since `version`; returns their former values (empty: nothing to write).

    The row is locked, so call it inside a transaction. When somebody saved in between, the audit trail tells what stood
    there at `version`: what only one of both changed is kept from each. None takes the version of the instance at hand.
    The instance is brought up to date.

    Raises:
        EditConflict: when both changed the same field to different values.
    """
    model = type(instance)
    current: Any = model._base_manager.select_for_update().get(pk=instance.pk)
    started = version if version is not None else instance.version  # type: ignore[attr-defined]
    wanted = {name: value for name, value in fields.items() if getattr(current, name) != value}
    if current.version != started and wanted:
        wanted = _without_clashes(current, started, wanted)
    before = {name: getattr(current, name) for name in wanted}
    if wanted:
        bookkeeping = {"updated_at": timezone.now()} if hasattr(current, "updated_at") else {}
        model._base_manager.filter(pk=instance.pk).update(**wanted, **bookkeeping, version=F("version") + 1)
    instance.refresh_from_db(from_queryset=model._base_manager.all())
    return before


def _without_clashes(current: Any, started: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the person really changed since `started`."""
    base = current.events.filter(version=started).order_by("-pgh_id").first()
    mine, clashes = {}, []
    for name, value in wanted.items():
        column = current._meta.get_field(name).attname
        if base is not None:
            former, now_there = getattr(base, column), getattr(current, column)
            asked = value.pk if isinstance(value, Model) else value
            if asked == former:
                continue
            if now_there == former:
                mine[name] = value
                continue
        clashes.append(Clash(name, str(_label(type(current), name)), getattr(current, name), value))
    if clashes:
        raise EditConflict(version=current.version, clashes=clashes)
    return mine


def _label(model: type[Model], name: str) -> object:
    return getattr(model._meta.get_field(name), "verbose_name", name)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Field values as JSON keeps them: related rows by id, days and sums as text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return {"pk": value.pk}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def revived(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """The way back of `plain`: related rows by id come as `<field>_id`, the rest through the field's own parser."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        field: Any = model._meta.get_field(name)
        if field.is_relation:
            found[f"{name}_id"] = value["pk"] if value else None
        else:
            found[name] = field.to_python(value) if value is not None and not isinstance(value, list | dict) else value
    return found
