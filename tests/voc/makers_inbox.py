"""Makers of the feedback inbox: tickets and touches with words, browsers."""

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import Account, Contact, Ticket, Touchpoint, TouchpointContact
from team.clock import now
from team.models import User

LONG_AGO = dt.timedelta(minutes=5)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_ticket(account: Account, body: str, **fields: Any) -> Ticket:
    """A ticket that has rested long enough to be gathered."""
    fields.setdefault("opened_at", now() - LONG_AGO)
    ticket = Ticket.objects.create(account=account, subject="Help", body=body, **fields)
    Ticket.objects.filter(pk=ticket.pk).update(created_at=timezone.now() - LONG_AGO)
    return ticket


def make_touch(account: Account, kind: str, body: str, *people: Contact, **fields: Any) -> Touchpoint:
    """A touch that has rested long enough to be gathered."""
    fields.setdefault("occurred_at", now() - LONG_AGO)
    fields.setdefault("direction", Touchpoint.Direction.IN)
    touch = Touchpoint.objects.create(account=account, kind=kind, body=body, **fields)
    Touchpoint.objects.filter(pk=touch.pk).update(created_at=timezone.now() - LONG_AGO)
    TouchpointContact.objects.bulk_create(TouchpointContact(touchpoint=touch, contact=one) for one in people)
    return touch
