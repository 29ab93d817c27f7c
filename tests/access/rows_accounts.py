"""Who may open what of customers and their facts. How to write rows stands in `table.py`."""

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import AccountFile, Contact, CustomField, Fact, Segment, Subscription, Ticket, Touchpoint
from accounts.services.facts import FactRow, push_facts
from tests.access.table import World
from tests.makers import make_contact

TABLE = """
#                                                      anon admin manager csm stranger granted member viewer
# A CSM creates in the own book; viewers and departments create nothing.
GET   account_create                                   in   200   200     200 200      404     404    404
POST  account_create                                   in   422   422     422 422      404     404    404
GET   account_edit account_id=$account                 in   200   200     200 404      404     404    404
POST  account_edit account_id=$account                 in   422   422     422 404      404     404    404
POST  account_delete account_id=$account               in   302   302     302 404      404     404    404
GET   account_ids account_id=$account                  in   200   200     200 404      404     404    404
POST  account_ids account_id=$account                  in   302   302     302 404      404     404    404
GET   account_merge account_id=$account                in   200   200     200 404      404     404    404
POST  account_merge account_id=$account                in   422   422     422 404      404     404    404
GET   account_history account_id=$account              in   200   200     200 404      200     404    200
GET   account_files account_id=$account                in   200   200     200 404      404     404    404
POST  account_files account_id=$account                in   422   422     422 404      404     404    404
GET   touchpoint_log account_id=$account               in   200   200     200 404      404     404    404
POST  touchpoint_log account_id=$account               in   422   422     422 404      404     404    404
# A contract file tells the ARR: no department downloads it, granted or not.
GET   file_download file_id=$file                      in   200   200     200 404      404     404    200
POST  file_delete file_id=$file                        in   302   302     302 404      404     404    404

GET   contacts                                         in   200   200     200 200      200     200    200
GET   contact contact_id=$contact                      in   200   200     200 404      200     404    200
GET   contact contact_id=$deleted_contact              in   404   404     404 404      404     404    404
GET   contact_add                                      in   200   200     200 200      404     404    404
POST  contact_add                                      in   422   422     422 422      404     404    404
GET   contact_create account_id=$account               in   200   200     200 404      404     404    404
POST  contact_create account_id=$account               in   422   422     422 404      404     404    404
GET   contact_edit contact_id=$contact                 in   200   200     200 404      404     404    404
POST  contact_edit contact_id=$contact                 in   422   422     422 404      404     404    404
POST  contact_delete contact_id=$contact               in   302   302     302 404      404     404    404
GET   contact_move contact_id=$contact                 in   200   200     200 404      404     404    404
POST  contact_move contact_id=$contact                 in   422   422     422 404      404     404    404
GET   contact_merge contact_id=$contact                in   200   200     200 404      404     404    404
POST  contact_merge contact_id=$contact                in   422   422     422 404      404     404    404
GET   contact_consent contact_id=$contact              in   200   200     200 404      404     404    404
POST  contact_consent contact_id=$contact              in   422   422     422 404      404     404    404

GET   subscriptions                                    in   200   200     200 200      200     200    200
GET   subscription subscription_id=$subscription       in   200   200     200 404      200     404    200
GET   subscription_add                                 in   200   200     200 200      404     404    404
POST  subscription_add                                 in   422   422     422 422      404     404    404
GET   subscription_create account_id=$account          in   200   200     200 404      404     404    404
POST  subscription_create account_id=$account          in   422   422     422 404      404     404    404
GET   subscription_edit subscription_id=$subscription  in   200   200     200 404      404     404    404
POST  subscription_edit subscription_id=$subscription  in   422   422     422 404      404     404    404
POST  subscription_delete subscription_id=$subscription in  302   302     302 404      404     404    404

GET   touchpoints                                      in   200   200     200 200      200     200    200
GET   touchpoint touchpoint_id=$touchpoint             in   200   200     200 404      200     404    200
# What the success team keeps to itself.
GET   touchpoint touchpoint_id=$private_touchpoint     in   200   200     200 404      404     404    200
GET   touchpoint_edit touchpoint_id=$touchpoint        in   200   200     200 404      404     404    404
POST  touchpoint_edit touchpoint_id=$touchpoint        in   422   422     422 404      404     404    404
POST  touchpoint_delete touchpoint_id=$touchpoint      in   302   302     302 404      404     404    404
POST  touchpoint_got touchpoint_id=$touchpoint         in   302   302     302 404      404     404    404
POST  touchpoint_replied touchpoint_id=$touchpoint     in   302   302     302 404      404     404    404

GET   tickets                                          in   200   200     200 200      200     200    200
GET   ticket ticket_id=$ticket                         in   200   200     200 404      200     404    200
GET   ticket_add                                       in   200   200     200 200      404     404    404
POST  ticket_add                                       in   422   422     422 422      404     404    404
GET   ticket_create account_id=$account                in   200   200     200 404      404     404    404
POST  ticket_create account_id=$account                in   422   422     422 404      404     404    404
GET   ticket_edit ticket_id=$ticket                    in   200   200     200 404      404     404    404
POST  ticket_edit ticket_id=$ticket                    in   422   422     422 404      404     404    404
POST  ticket_close ticket_id=$ticket                   in   302   302     302 404      404     404    404
POST  ticket_delete ticket_id=$ticket                  in   302   302     302 404      404     404    404

GET   duplicates                                       in   200   200     200 200      404     404    404
GET   deleted_things                                   in   200   200     200 200      404     404    404
POST  restore_thing model=contact pk=$deleted_contact  in   302   302     302 404      404     404    404
POST  restore_thing model=contact pk=$contact          in   404   404     404 404      404     404    404
POST  restore_thing model=secret pk=$contact           in   404   404     404 404      404     404    404

GET   segments                                         in   200   404     404 404      404     404    404
GET   segment_create                                   in   200   404     404 404      404     404    404
POST  segment_create                                   in   422   404     404 404      404     404    404
GET   segment_edit segment_id=$segment                 in   200   404     404 404      404     404    404
POST  segment_edit segment_id=$segment                 in   422   404     404 404      404     404    404
POST  segment_delete segment_id=$segment               in   302   404     404 404      404     404    404
GET   custom_fields                                    in   200   404     404 404      404     404    404
GET   custom_field_create                              in   200   404     404 404      404     404    404
POST  custom_field_create                              in   422   404     404 404      404     404    404
GET   custom_field_edit field_id=$field                in   200   404     404 404      404     404    404
POST  custom_field_edit field_id=$field                in   422   404     404 404      404     404    404
POST  custom_field_delete field_id=$field              in   302   404     404 404      404     404    404

# The API: lists answer with what one sees, rows of others do not exist, and a key has the rights of its owner.
GET   api_accounts                                     401  200   200     200 200      200     200    200    200 200
POST  api_accounts                                     401  400   400     400 400      400     400    400    403 400
GET   api_account pk=$account                          401  200   200     200 404      200     404    200    200 200
GET   api_account pk=$foreign_account                  401  200   200     404 200      404     404    200    404 404
PATCH api_account pk=$account                          401  400   400     400 404      404     404    404    403 400
PATCH api_account pk=$foreign_account                  401  400   400     404 400      404     404    404    403 404
GET   api_contacts                                     401  200   200     200 200      200     200    200    200 200
POST  api_contacts                                     401  201   201     201 400      403     400    403    403 201
GET   api_contact pk=$contact                          401  200   200     200 404      200     404    200    200 200
PATCH api_contact pk=$contact                          401  400   400     400 404      404     404    404    403 400
GET   api_subscriptions                                401  200   200     200 200      200     200    200    200 200
POST  api_subscriptions                                401  201   201     201 400      403     400    403    403 201
GET   api_subscription pk=$subscription                401  200   200     200 404      200     404    200    200 200
PATCH api_subscription pk=$subscription                401  400   400     400 404      404     404    404    403 400
GET   api_touchpoints                                  401  200   200     200 200      200     200    200    200 200
POST  api_touchpoints                                  401  201   201     201 400      403     400    403    403 201
GET   api_touchpoint pk=$touchpoint                    401  200   200     200 404      200     404    200    200 200
GET   api_touchpoint pk=$private_touchpoint            401  200   200     200 404      404     404    200    200 200
PATCH api_touchpoint pk=$touchpoint                    401  400   400     400 404      404     404    404    403 400
GET   api_tickets                                      401  200   200     200 200      200     200    200    200 200
POST  api_tickets                                      401  201   201     201 400      403     400    403    403 201
GET   api_ticket pk=$ticket                            401  200   200     200 404      200     404    200    200 200
PATCH api_ticket pk=$ticket                            401  400   400     400 404      404     404    404    403 400
GET   api_facts                                        401  200   200     200 200      200     200    200    200 200
POST  api_facts                                        401  201   201     201 400      403     400    403    403 201
GET   api_fact pk=$fact                                401  200   200     200 404      200     404    200    200 200
GET   api_schema                                       401  200   200     200 200      200     200    200    200 200
GET   api_docs                                         in   200   200     200 200      200     200    200
"""

DATA: dict[str, Any] = {
    "POST account_ids": {"ids": "hubspot: 1"},
    "POST subscription_edit": {"version": "1"},
    "POST api_contacts": lambda world: {"account": world.account.pk, "name": "Ana"},
    "POST api_subscriptions": lambda world: {"account": world.account.pk, "starts_on": "2026-01-01"},
    "POST api_touchpoints": lambda world: {"account": world.account.pk, "kind": "call", "body": "x"},
    "POST api_tickets": lambda world: {"account": world.account.pk, "subject": "x"},
    "POST api_facts": lambda world: {"account": world.account.pk, "name": "plan_tier", "value": 3},
}


def _file(world: World) -> int:
    kept = AccountFile(
        account=world.account, name="contract.txt", size=5, content_type="text/plain", uploaded_by=world.people["csm"]
    )
    kept.file.save("contract.txt", ContentFile(b"hello"), save=False)
    kept.save()
    return kept.pk


def _touchpoint(world: World, **fields: Any) -> int:
    touchpoint = Touchpoint.objects.create(account=world.account, kind="call", occurred_at=timezone.now(), **fields)
    return touchpoint.pk


def _ticket(world: World) -> int:
    return Ticket.objects.create(account=world.account, subject="Broken", opened_at=timezone.now()).pk


def _subscription(world: World) -> int:
    return Subscription.objects.create(account=world.account, starts_on=dt.date(2026, 1, 1), arr=1234567).pk


def _deleted_contact(world: World) -> int:
    contact: Contact = make_contact(world.account, deleted_at=timezone.now())
    return contact.pk


def _fact(world: World) -> int:
    push_facts(owner="test", rows=[FactRow(world.account.pk, "tier", 3, timezone.now())])
    return Fact.objects.get(definition__name="tier").pk


THINGS = {
    "file": _file,
    "contact": lambda world: make_contact(world.account).pk,
    "deleted_contact": _deleted_contact,
    "subscription": _subscription,
    "touchpoint": _touchpoint,
    "private_touchpoint": lambda world: _touchpoint(world, is_private=True),
    "ticket": _ticket,
    "fact": _fact,
    "segment": lambda world: Segment.objects.create(slug="enterprise", name="Enterprise").pk,
    "field": lambda world: CustomField.objects.create(key="region", label="Region").pk,
}
