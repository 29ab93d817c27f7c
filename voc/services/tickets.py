"""A support ticket made from an insight."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Contact, Ticket
from accounts.services.tickets import create_ticket
from team.models import User
from voc.models import Insight
from voc.services.insights import NotAllowedNow
from voc.services.routing import log_step


@transaction.atomic
def make_ticket(
    *, actor: User, insight: Insight, subject: str, body: str = "", priority: str = Ticket.Priority.P3, agent: str = ""
) -> Ticket:
    """The ticket at the insight's account, for whoever said it last there; one per insight. Raises NotAllowedNow.

    SECURITY: the caller has asked whether the actor decides on the insight; that is what allows a department to write
    a ticket at an account that it does not edit.
    """
    here = Insight.objects.select_for_update(of=("self",)).select_related("account", "ticket").get(pk=insight.pk)
    if here.ticket is not None and here.ticket.deleted_at is None:
        raise NotAllowedNow(_("There is a ticket already: %(name)s.") % {"name": here.ticket})
    speaker = Contact.objects.filter(account=here.account, feedback__quoted_in__insight=here)
    ticket = create_ticket(
        actor=None,
        account=here.account,
        contact=speaker.order_by("-feedback__received_at", "-feedback__pk").first(),
        subject=subject.strip()[:200],
        body=body.strip(),
        priority=priority,
        agent=agent.strip()[:120],
    )
    Insight.objects.filter(pk=here.pk).update(ticket=ticket, version=F("version") + 1)
    log_step(insight=here, actor=actor, text=_("Made the ticket “%(name)s”") % {"name": ticket})
    return ticket
