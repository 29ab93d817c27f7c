"""Words that a colleague brings from a customer to an insight: they count as said, by hand."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from team.clock import now
from team.models import User
from voc.models import Feedback, Insight
from voc.selectors.talk import can_see
from voc.services.inbox.writing import add_feedback
from voc.services.insights import NotAllowedNow
from voc.services.priorities import weigh_insights
from voc.services.routing import count_open, mention, place


@transaction.atomic
def add_on_behalf(
    *, actor: User, insight: Insight, account: Account, contact: Contact | None, text: str
) -> tuple[Feedback, Insight]:
    """What the customer said, and the insight that it joined: this one, or that account's own on the same theme.

    Raises NotAllowedNow without words; PermissionDenied for accounts and insights that the actor does not see.
    """
    if not text.strip():
        raise NotAllowedNow(_("Write what the customer said."))
    if not can_see(actor, insight) or not Account.objects.visible_to(actor).filter(pk=account.pk).exists():
        raise PermissionDenied(_("You do not see this customer."))
    if contact is not None and contact.account_id != account.pk:
        raise NotAllowedNow(_("%(name)s belongs to another account.") % {"name": contact.name})
    feedback, _way_back = add_feedback(
        actor=actor,
        text=text.strip(),
        source=Feedback.Source.MANUAL,
        account=account,
        contact=contact,
        received_at=now(),
    )
    here = Insight.objects.select_for_update(of=("self",)).get(pk=insight.pk)
    if here.account_id == account.pk and here.state not in Insight.CLOSED:
        mention(insight=here, feedback=feedback, actor=actor)
        weigh_insights(insight_ids=[here.pk])
        count_open(account_id=account.pk)
        return feedback, here
    theme, department = insight.theme, insight.department
    return feedback, place(feedback=feedback, department=department, theme=theme, actor=actor)
