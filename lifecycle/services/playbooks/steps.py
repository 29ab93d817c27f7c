"""The steps of a playbook: added, changed, moved, removed."""

from typing import Any

from django.db.models import F, Max
from django.utils.translation import gettext as _

from lifecycle.formulas.slugs import free_slug, slug_base
from lifecycle.models import Playbook, PlaybookStep
from lifecycle.services.playbooks.writing import PlaybookRefused, change
from team.models import ActionLog, User

MOST_STEPS = 30


def _free_key(playbook: Playbook, title: str, kind: str) -> str:
    base = slug_base(title, longest=30, fallback=kind)
    return free_slug(base, set(playbook.steps.values_list("key", flat=True)))


def add_step(*, actor: User, playbook: Playbook, kind: str, title: str, **fields: Any) -> ActionLog | None:
    """Add a step at the end. Raises PlaybookRefused when there are too many, or it could not run so while on."""

    def by(kept: Playbook) -> None:
        if kept.steps.count() >= MOST_STEPS:
            raise PlaybookRefused(_("At most %(most)d steps; make two playbooks of them.") % {"most": MOST_STEPS})
        last = kept.steps.aggregate(last=Max("position"))["last"]
        PlaybookStep.objects.create(
            playbook=kept,
            key=_free_key(kept, title, kind),
            position=0 if last is None else last + 1,
            kind=kind,
            title=title,
            **fields,
        )

    return change(actor=actor, playbook=playbook, verb=_("Added a step to “%(name)s”"), by=by)


def edit_step(*, actor: User, playbook: Playbook, key: str, **fields: Any) -> ActionLog | None:
    """Change a step; its key stays. Raises PlaybookRefused when the playbook is on and could not run so."""

    def by(kept: Playbook) -> None:
        step = kept.steps.get(key=key)
        for name, value in fields.items():
            setattr(step, name, value)
        step.save(update_fields=list(fields))

    return change(actor=actor, playbook=playbook, verb=_("Changed a step of “%(name)s”"), by=by)


def move_step(*, actor: User, playbook: Playbook, key: str, up: bool) -> ActionLog | None:
    """Swap a step with the one before or after it; None at the end of the list. Raises PlaybookRefused."""

    def by(kept: Playbook) -> None:
        step = kept.steps.get(key=key)
        others = kept.steps.order_by("-position" if up else "position")
        other = (others.filter(position__lt=step.position) if up else others.filter(position__gt=step.position)).first()
        if other is not None:
            here, there = step.position, other.position
            # The constraint is checked at the end of the transaction, so both may swap.
            kept.steps.filter(pk=step.pk).update(position=there)
            kept.steps.filter(pk=other.pk).update(position=here)

    return change(actor=actor, playbook=playbook, verb=_("Moved a step of “%(name)s”"), by=by)


def remove_step(*, actor: User, playbook: Playbook, key: str) -> ActionLog | None:
    """Take a step out; plays that run keep theirs. Raises PlaybookRefused when a branch leads to it while it is on."""

    def by(kept: Playbook) -> None:
        step = kept.steps.get(key=key)
        step.delete()
        kept.steps.filter(position__gt=step.position).update(position=F("position") - 1)

    return change(actor=actor, playbook=playbook, verb=_("Removed a step of “%(name)s”"), by=by)
