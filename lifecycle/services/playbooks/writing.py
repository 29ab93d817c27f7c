"""What a playbook is: made, changed, copied, archived."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Segment
from lifecycle.formulas.slugs import free_slug, slug_base
from lifecycle.models import Playbook, PlaybookStep
from lifecycle.selectors.playbooks import problems_of
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

FIELDS = (
    "name",
    "purpose",
    "stage_kind",
    "trigger_kind",
    "trigger_match",
    "conditions",
    "intents",
    "reason_scope",
    "quiet_days",
    "needs_observed_score",
    "is_trusted",
    "effect_fact",
    "effect_days",
    "holdout_percent",
    "believed_save",
)
STEP_FIELDS = ("key", "position", "kind", "title", "offset_days", "wanted_action", "content_id", "options")


class PlaybookRefused(ValueError):
    """The change would leave a playbook that cannot run while it is on; the message says why, for people."""


def picture(playbook: Playbook) -> dict[str, Any]:
    """All of a playbook as JSON keeps it, for the way back."""
    fields = {name: getattr(playbook, name) for name in FIELDS}
    return {
        "fields": fields | {"believed_save": str(playbook.believed_save)},
        "segments": sorted(playbook.segments.values_list("pk", flat=True)),
        "steps": list(playbook.steps.order_by("position").values(*STEP_FIELDS)),
    }


def url_of(playbook: Playbook) -> str:
    """Its page."""
    return reverse("playbook", args=[playbook.pk])


@transaction.atomic
def change(*, actor: User, playbook: Playbook, verb: str, by: Callable[[Playbook], object]) -> ActionLog | None:
    """Change a locked playbook, raise its version and keep the way back; None when nothing differs.

    Plays that run keep the steps that they started with. Raises PlaybookRefused when it is on and could not run so.
    """
    kept = Playbook.objects.select_for_update().get(pk=playbook.pk)
    before = picture(kept)
    by(kept)
    if picture(kept) == before:
        return None
    kept.version += 1
    kept.save()
    if kept.is_on and (problems := problems_of(kept)):
        raise PlaybookRefused(" ".join(problems))
    playbook.refresh_from_db()
    return log_action(
        actor=actor,
        verb=verb % {"name": kept.name},
        service="lifecycle.restore_playbook",
        arguments={"playbook_id": kept.pk, "version": kept.version, "before": before},
        url=url_of(kept),
    )


def slug_for(name: str) -> str:
    """A short name that no playbook has."""
    base = slug_base(name, longest=40, fallback="playbook")
    return free_slug(base, set(Playbook.objects.filter(slug__startswith=base).values_list("slug", flat=True)))


@transaction.atomic
def create_playbook(*, actor: User | None, segments: tuple[Segment, ...] = (), **fields: Any) -> Playbook:
    """A new playbook, switched off and without steps. Fields: those of FIELDS."""
    playbook = Playbook.objects.create(slug=slug_for(fields["name"]), created_by=actor, **fields)
    playbook.segments.set(segments)
    return playbook


def edit_playbook(*, actor: User, playbook: Playbook, segments: Any = None, **fields: Any) -> ActionLog | None:
    """Change when it starts, for whom, and how it is measured; None when nothing differs. Raises PlaybookRefused."""
    if unknown := set(fields) - set(FIELDS):
        raise TypeError(f"playbooks have no {', '.join(sorted(unknown))}")

    def by(kept: Playbook) -> None:
        for name, value in fields.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(fields))
        if segments is not None:
            kept.segments.set(segments)

    return change(actor=actor, playbook=playbook, verb=_("Changed the playbook “%(name)s”"), by=by)


@transaction.atomic
def restore_playbook(*, actor: User, playbook_id: int, version: int, before: dict[str, Any]) -> bool:
    """The way back of a change. Raises CannotUndo when it was changed again since, or could not run so while on."""
    kept = Playbook.objects.select_for_update().filter(pk=playbook_id).first()
    if kept is None:
        return False
    if kept.version != version:
        raise CannotUndo(_("It was changed again since."))
    fields = before["fields"] | {"believed_save": Decimal(before["fields"]["believed_save"])}
    for name, value in fields.items():
        setattr(kept, name, value)
    kept.version += 1
    kept.save()
    kept.segments.set(before["segments"])
    kept.steps.all().delete()
    PlaybookStep.objects.bulk_create(PlaybookStep(playbook=kept, **step) for step in before["steps"])
    if kept.is_on and (problems := problems_of(kept)):
        raise CannotUndo(" ".join(problems))
    return True


@transaction.atomic
def copy_playbook(*, actor: User, playbook: Playbook) -> Playbook:
    """The same once more, switched off, to change."""
    found = picture(playbook)
    name = _("Copy of %(name)s") % {"name": playbook.name}
    fields = found["fields"] | {"name": name[:80], "believed_save": playbook.believed_save}
    copy = Playbook.objects.create(slug=slug_for(name), created_by=actor, **fields)
    copy.segments.set(found["segments"])
    PlaybookStep.objects.bulk_create(PlaybookStep(playbook=copy, **step) for step in found["steps"])
    return copy


@transaction.atomic
def archive_playbook(*, actor: User, playbook: Playbook) -> ActionLog | None:
    """Put it away, switched off; plays that run go on. None when it is away."""
    rows = Playbook.objects.filter(pk=playbook.pk, archived_at=None)
    if rows.update(archived_at=timezone.now(), is_on=False) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Archived the playbook “%(name)s”") % {"name": playbook.name},
        service="lifecycle.unarchive_playbook",
        arguments={"playbook_id": playbook.pk},
        url=url_of(playbook),
    )


@transaction.atomic
def unarchive_playbook(*, actor: User, playbook_id: int) -> bool:
    """Take it out again, switched off; False when it is there."""
    return Playbook.objects.filter(pk=playbook_id, archived_at__isnull=False).update(archived_at=None) == 1
