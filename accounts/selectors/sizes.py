"""How much there is to look at."""

from accounts.models import Account
from team.models import User

QUICK = 5_000


def is_quick(user: User) -> bool:
    """So few visible accounts that sums over all of them fit into a request; one query that stops counting there."""
    return Account.objects.visible_to(user).order_by()[: QUICK + 1].count() <= QUICK
