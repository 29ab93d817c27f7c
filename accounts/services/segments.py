"""Segments: tiers of accounts with a touch model."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import Segment
from accounts.services.saving import make_row
from team.models import User


def _admin(actor: User | None) -> None:
    if actor is not None and actor.role != "admin":
        raise PermissionDenied(_("Only admins change segments."))


@transaction.atomic
def save_segment(*, actor: User | None, segment: Segment | None = None, **fields: Any) -> Segment:
    """Add a segment or change one.

    Raises:
        ValidationError: for a short name in use.
    """
    _admin(actor)
    if segment is None:
        return make_row(Segment, fields)
    for name, value in fields.items():
        setattr(segment, name, value)
    segment.save(update_fields=list(fields))
    return segment


@transaction.atomic
def delete_segment(*, actor: User | None, segment: Segment) -> None:
    """Delete a segment that nothing uses.

    Raises:
        ValidationError: when accounts, journeys or scorecards stand in it.
    """
    _admin(actor)
    try:
        segment.delete()
    except ProtectedError as error:
        text = _("%(name)s is in use: move its accounts first.") % {"name": segment}
        raise ValidationError(text) from error
