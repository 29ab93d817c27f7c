"""What the team means to do in one cell of the coverage."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from team.models import Role, User
from voc.models import ListeningCell, Survey


@transaction.atomic
def plan_cell(
    *,
    actor: User,
    persona: str,
    stage: str,
    channel: str,
    method: str = "",
    survey: Survey | None = None,
    owner: User | None = None,
    every_days: int | None = None,
    is_left_out: bool = False,
) -> ListeningCell:
    """Set method, owner and rhythm of a cell, or leave it out on purpose; one row per cell (one_plan_per_cell).

    Raises:
        PermissionDenied: for everybody but admins and managers.
    """
    if actor.role not in {Role.ADMIN, Role.MANAGER}:
        raise PermissionDenied
    values = {
        "method": method,
        "survey": survey,
        "owner": owner,
        "every_days": every_days,
        "is_left_out": is_left_out,
    }
    cell, _is_new = ListeningCell.objects.update_or_create(
        persona=persona, stage=stage, channel=channel, defaults=values
    )
    return cell
