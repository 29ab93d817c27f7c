"""Handovers: what is there, who may write them, and the checklist for all of them at once."""

from dataclasses import dataclass

from accounts.models import Account, Contact
from lifecycle.formulas.handover import CHECKLIST, ITEMS, Item
from lifecycle.models import Handover, Promise
from team.models import User

SALES = "sales"
ORIGIN = "handover"

_MISSING = {
    "intent": "account.intent = ''",
    "outcomes": "btrim(account.desired_outcomes) = ''",
    "context": "btrim(account.decision_context) = ''",
    "criteria": "btrim(handover.success_criteria) = ''",
    "promises": """NOT handover.has_no_promises AND NOT EXISTS (
        SELECT 1 FROM lifecycle_promise promise WHERE promise.account_id = account.id
           AND promise.origin = 'handover' AND promise.deleted_at IS NULL)""",
    "champion": """NOT EXISTS (
        SELECT 1 FROM accounts_contact contact WHERE contact.account_id = account.id
           AND contact.persona = 'champion' AND contact.status <> 'left' AND contact.deleted_at IS NULL)""",
    "decision_maker": """NOT EXISTS (
        SELECT 1 FROM accounts_contact contact WHERE contact.account_id = account.id
           AND contact.persona IN ('executive', 'decision_maker') AND contact.status <> 'left'
           AND contact.deleted_at IS NULL)""",
    "risks": "NOT handover.has_no_risks AND btrim(handover.risks) = ''",
}
# What of the checklist is missing, as an array in its order; rows are named `handover` and `account`.
HANDOVER_GAPS = "array_remove(ARRAY[{}], NULL)".format(
    ", ".join(f"CASE WHEN {_MISSING[item.name]} THEN '{item.name}' END" for item in CHECKLIST)
)


@dataclass(frozen=True, slots=True)
class HandoverCard:
    """The handover on the Plan tab: how complete, what is missing, and what the user may do."""

    handover: Handover | None
    percent: int
    gaps: tuple[Item, ...]
    can_write: bool
    can_decide: bool

    @property
    def is_waiting(self) -> bool:
        """Handed over, and the success team has not answered."""
        return self.handover is not None and self.handover.state == Handover.State.SUBMITTED


def may_hand_over(*, user: User, account: Account) -> bool:
    """Whoever edits the account, and sales where it sees the account."""
    if Account.objects.editable_by(user).filter(pk=account.pk).exists():
        return True
    is_sales = user.role == "member" and user.departments.filter(slug=SALES).exists()
    return is_sales and Account.objects.visible_to(user).filter(pk=account.pk).exists()


def handover_card(*, account: Account, user: User, can_edit: bool) -> HandoverCard:
    """No query for who edits the account and has `handover` at hand; one more for department members."""
    handover: Handover | None = getattr(account, "handover", None)
    gaps = tuple(ITEMS[name] for name in handover.gaps if name in ITEMS) if handover else ()
    can_write = can_edit or (user.role == "member" and may_hand_over(user=user, account=account))
    is_accepted = handover is not None and handover.state == Handover.State.ACCEPTED
    return HandoverCard(
        handover=handover,
        percent=round(handover.completeness * 100) if handover else 0,
        gaps=gaps,
        can_write=can_write and not is_accepted,
        can_decide=can_edit and handover is not None and handover.state == Handover.State.SUBMITTED,
    )


def promises_in(account: Account) -> list[Promise]:
    """What was promised in the sale; one query."""
    rows = Promise.objects.filter(account=account, origin=ORIGIN).select_related("to_contact")
    return list(rows.order_by("due_on", "id"))


def people_in(account: Account) -> list[Contact]:
    """Who is known at the customer; one query."""
    return list(account.contacts.exclude(status=Contact.Status.LEFT).order_by("name", "id")[:50])
