"""The tree of themes: made, edited, merged, retired; each step with its way back."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from team.models import Department, User
from team.services.undo import CannotUndo, log_action
from voc.models import Correction, FeedbackTheme, Theme
from voc.services.understanding.topics import free_slug


class BadTree(ValueError):
    """The tree would lose its shape; the message says why, for people."""


@transaction.atomic
def create_theme(
    *, actor: User, name: str, parent: Theme | None, department: Department | None, keywords: dict[str, list[str]]
) -> Theme:
    """A new theme; what comes in from now on is tagged with it. Raises BadTree below the second level."""
    check_parent(None, parent)
    theme = Theme.objects.create(
        slug=free_slug(name), name=name, parent=parent, department=department, keywords=keywords
    )
    _log(actor, theme, _("Made the theme %(theme)s") % {"theme": name}, {"retired": True})
    return theme


@transaction.atomic
def edit_theme(
    *,
    actor: User,
    theme: Theme,
    name: str,
    parent: Theme | None,
    department: Department | None,
    keywords: dict[str, list[str]],
) -> Theme:
    """Change a theme. Raises BadTree for a parent that has a parent, or for a group put under another."""
    row = Theme.objects.select_for_update(of=("self",)).get(pk=theme.pk)
    check_parent(row, parent)
    before = {
        "name": row.name,
        "parent_id": row.parent_id,
        "department_id": row.department_id,
        "keywords": row.keywords,
    }
    row.name, row.parent, row.department, row.keywords = name, parent, department, keywords
    row.save(update_fields=["name", "parent", "department", "keywords"])
    _log(actor, row, _("Edited the theme %(theme)s") % {"theme": name}, {"fields": before})
    return row


@transaction.atomic
def retire_theme(*, actor: User, theme: Theme) -> bool:
    """Nothing is tagged with it from now on; what is tagged stays. False when it was retired before."""
    changed = Theme.objects.filter(pk=theme.pk, retired_at__isnull=True).update(retired_at=timezone.now())
    if changed:
        _log(actor, theme, _("Retired the theme %(theme)s") % {"theme": theme.name}, {"retired": False})
    return changed == 1


@transaction.atomic
def merge_themes(*, actor: User, theme: Theme, into: Theme) -> int:
    """Everything tagged with `theme` is tagged with `into`; the first is retired. Returns how many pieces moved."""
    if theme.pk == into.pk or into.retired_at is not None:
        raise BadTree(_("Choose another theme that is in use."))
    rows = FeedbackTheme.objects.select_for_update().filter(theme=theme)
    has_both = FeedbackTheme.objects.filter(theme=into).values("feedback")
    moved = list(rows.exclude(feedback__in=has_both).values_list("pk", flat=True))
    FeedbackTheme.objects.filter(pk__in=moved).update(theme=into)
    corrections = list(Correction.objects.filter(theme=theme).values_list("pk", flat=True))
    Correction.objects.filter(pk__in=corrections).update(theme=into)
    Theme.objects.filter(pk=theme.pk, retired_at__isnull=True).update(retired_at=timezone.now())
    words = _("Merged %(theme)s into %(into)s") % {"theme": theme.name, "into": into.name}
    _log(actor, theme, words, {"retired": False, "tags": moved, "corrections": corrections})
    return len(moved)


@transaction.atomic
def undo_theme(*, actor: User, theme: int, before: dict[str, Any]) -> None:
    """The way back of each step. Raises CannotUndo when the theme is gone."""
    row = Theme.objects.select_for_update(of=("self",)).filter(pk=theme).first()
    if row is None:
        raise CannotUndo(_("The theme is gone."))
    if "fields" in before:
        Theme.objects.filter(pk=row.pk).update(**before["fields"])
    if "retired" in before:
        Theme.objects.filter(pk=row.pk).update(retired_at=timezone.now() if before["retired"] else None)
    FeedbackTheme.objects.filter(pk__in=before.get("tags", ())).update(theme=row)
    Correction.objects.filter(pk__in=before.get("corrections", ())).update(theme=row)


def check_parent(theme: Theme | None, parent: Theme | None) -> None:
    """Two levels, no more. Raises BadTree."""
    if parent is None:
        return
    if parent.parent_id is not None:
        raise BadTree(_("Themes stand in two levels: choose a group."))
    if theme is not None and (theme.pk == parent.pk or theme.children.exists()):
        raise BadTree(_("A group that has themes cannot stand under another."))


def _log(actor: User, theme: Theme, verb: str, before: dict[str, Any]) -> None:
    log_action(actor=actor, verb=verb, service="voc.undo_theme", arguments={"theme": theme.pk, "before": before})
