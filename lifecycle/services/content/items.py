"""Pieces of content: added, changed, hidden, and brought back."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.models import ContentItem, Playbook
from team.models import ActionLog, User
from team.services.undo import log_action

FIELDS = (
    "title",
    "format",
    "url",
    "language",
    "stage_kinds",
    "personas",
    "segments",
    "objective",
    "wanted_action",
    "is_one_to_many",
    "is_key_course",
    "minutes",
    "owner",
    "review_on",
    "external_id",
)


def _require_editor(actor: User | None) -> None:
    if actor is not None and not actor.can_edit:
        raise PermissionDenied(_("You cannot change the library."))


@transaction.atomic
def save_item(*, actor: User | None, item: ContentItem | None = None, **fields: Any) -> ContentItem:
    """Add a piece of content, or change one; `segments` empty means all.

    Raises:
        ValidationError: when another item has the id in the course system.
        PermissionDenied: for those who change no facts.
    """
    _require_editor(actor)
    if unknown := set(fields) - set(FIELDS):
        raise TypeError(f"content has no {', '.join(sorted(unknown))}")
    segments = fields.pop("segments", None)
    saved = item or ContentItem(owner=actor)
    for name, value in fields.items():
        setattr(saved, name, value)
    saved.external_id = saved.external_id or None
    if item is not None:
        saved.version += 1
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise ValidationError({"external_id": _("Another item has this id.")}) from error
    if segments is not None:
        saved.segments.set(segments)
    return saved


def playbooks_with(item: ContentItem) -> list[Playbook]:
    """Playbooks, archived ones left out, with a step that gives this content."""
    return list(Playbook.objects.filter(archived_at=None, steps__content=item).distinct())


@transaction.atomic
def delete_item(*, actor: User, item: ContentItem) -> ActionLog | None:
    """Hide an item for 30 days, then for good; None when it was hidden already.

    Raises:
        ValidationError: while a playbook gives it, with their names.
    """
    _require_editor(actor)
    if using := playbooks_with(item):
        names = ", ".join(playbook.name for playbook in using)
        raise ValidationError(_("Playbooks use it: %(names)s. Take it out there first.") % {"names": names})
    if ContentItem.objects.filter(pk=item.pk).update(deleted_at=timezone.now()) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Deleted “%(title)s” from the library") % {"title": item.title},
        service="lifecycle.restore_content",
        arguments={"item_id": item.pk},
        url=reverse("library"),
    )


@transaction.atomic
def restore_item(*, actor: User, item_id: int) -> bool:
    """Bring a deleted item back; False when it is there."""
    _require_editor(actor)
    rows = ContentItem.everything.filter(pk=item_id, deleted_at__isnull=False)
    return rows.update(deleted_at=None, version=F("version") + 1) == 1


@transaction.atomic
def purge_items(*, before: dt.datetime, limit: int) -> int:
    """Items deleted before the moment go for good, unless somebody got or completed them: those stay hidden."""
    gone = ContentItem.everything.filter(deleted_at__lt=before, sends=None, completions=None, batches=None, steps=None)
    ids = list(gone.values_list("pk", flat=True)[:limit])
    ContentItem.everything.filter(pk__in=ids).delete()
    return len(ids)
