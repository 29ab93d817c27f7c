"""What an hour of work with customers costs."""

from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from lifecycle.models import ServiceCost
from team.models import Role, User


def save_cost(*, actor: User, hourly_rate: Decimal, minutes_per_ticket: int) -> ServiceCost:
    """Set both; they count for the past too (one_service_cost_row).

    Raises:
        PermissionDenied: for anybody but admins.
    """
    if actor.role != Role.ADMIN:
        raise PermissionDenied(_("Only admins set what service costs."))
    wanted = {"hourly_rate": hourly_rate, "minutes_per_ticket": minutes_per_ticket}
    return ServiceCost.objects.update_or_create(pk=1, defaults=wanted)[0]
