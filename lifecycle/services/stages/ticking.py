"""Boxes that people tick."""

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.models import Criterion, CriterionTick, StageVisit
from lifecycle.services.stages.moving import StageRefused
from team.clock import now
from team.models import User


@transaction.atomic
def tick_criterion(*, actor: User, visit: StageVisit, criterion: Criterion, note: str = "") -> CriterionTick:
    """A person saw that it is done; idempotent (`one_tick_per_visit_and_criterion`), a new note replaces the old one.

    Raises:
        StageRefused: when the visit is over or the criterion is no box of its journey.
    """
    if visit.left_at is not None:
        raise StageRefused(_("The account has left this stage."))
    if criterion.kind != Criterion.Kind.CHECK or criterion.stage.journey_id != visit.stage.journey_id:
        raise StageRefused(_("This is decided by data, not by a person."))
    tick, is_new = CriterionTick.objects.get_or_create(
        visit=visit,
        criterion=criterion,
        defaults={"ticked_by": actor, "ticked_at": now(), "note": note.strip()[:300]},
    )
    if not is_new and note.strip() and tick.note != note.strip():
        tick.note, tick.ticked_by, tick.ticked_at = note.strip()[:300], actor, now()
        tick.save(update_fields=["note", "ticked_by", "ticked_at"])
    return tick


@transaction.atomic
def untick_criterion(*, visit: StageVisit, criterion: Criterion) -> bool:
    """Take a tick back; False when there was none or the visit is over."""
    ticks = CriterionTick.objects.filter(visit=visit, visit__left_at__isnull=True, criterion=criterion)
    deleted, _rows = ticks.delete()
    return deleted > 0
