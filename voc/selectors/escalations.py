"""Accounts where something burns: nobody there is asked how they like us until it is out."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q

from accounts.formulas.budget import Verdict
from accounts.models import Contact, ContactSend, Ticket
from accounts.selectors.budget import budget_rules
from voc.models import Insight

_ASKING = (ContactSend.Kind.SURVEY, ContactSend.Kind.REMINDER)


def escalated_accounts(account_ids: Iterable[int]) -> set[int]:
    """Of these the ones with an open insight that was passed up, or an open urgent or escalated ticket. Two queries."""
    ids = list(account_ids)
    insights = Insight.objects.open().filter(account__in=ids, level__gte=1, is_praise=False)
    tickets = Ticket.objects.open().filter(Q(priority=Ticket.Priority.P1) | Q(is_escalated=True), account__in=ids)
    found = set(insights.values_list("account_id", flat=True))
    return found | set(tickets.values_list("account_id", flat=True))


def open_escalation(*, contacts: Sequence[Contact], kind: str, at: dt.datetime) -> dict[int, Verdict]:
    """Gate of settings.CONTACT_GATES: surveys and their reminders wait while an escalation is open, looked at again the
    next day. Surveys about a case go, and so does mail that may be part of the cure. Three queries."""
    if kind not in _ASKING or not budget_rules().pauses_for_escalation:
        return {}
    burning = escalated_accounts({contact.account_id for contact in contacts})
    verdict = Verdict("open_escalation", at.date() + dt.timedelta(days=1))
    return {contact.pk: verdict for contact in contacts if contact.account_id in burning}
