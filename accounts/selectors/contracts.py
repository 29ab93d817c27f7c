"""One contract and how it changed."""

from dataclasses import dataclass

from accounts.formulas.bands import arr_band
from accounts.models import Subscription, SubscriptionVersion
from team.models import User
from ui import formats


@dataclass(frozen=True, slots=True)
class ContractPage:
    """A contract as one may know it: `worth` is the sum, or a band without `versions` for department members."""

    subscription: Subscription
    worth: str
    versions: tuple[SubscriptionVersion, ...]
    can_edit: bool


def read_contract(*, subscription: Subscription, user: User) -> ContractPage:
    """The contract's page; one query for the versions, one for the right to edit."""
    is_sum = user.role != "member"
    worth = formats.money if is_sum else arr_band
    return ContractPage(
        subscription=subscription,
        worth=worth(subscription.arr, subscription.currency),
        versions=tuple(subscription.versions.order_by("-effective_on", "-pk")) if is_sum else (),
        can_edit=Subscription.objects.editable_by(user).filter(pk=subscription.pk).exists(),
    )
