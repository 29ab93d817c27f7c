"""The movements of one account."""

from accounts.models import Account
from lifecycle.models import Movement
from team.models import User

SHOWN = 24


def movements_of(account: Account, user: User) -> list[Movement]:
    """What holds by today's knowledge, the newest first; nothing for department members. One query."""
    rows = Movement.objects.visible_to(user).live().filter(account=account)
    return list(rows.order_by("-effective_on", "-pk")[:SHOWN])
