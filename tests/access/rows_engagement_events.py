"""Events, receipts, keys, the quarantine and the catalogue: admins change them, managers read them, nobody else."""

import datetime as dt
import uuid

from django.utils import timezone

from engagement.models import Event, EventBatch, Feature, QuarantinedEvent, WriteKey
from engagement.selectors.events.stream import micros_of
from engagement.services.keys import make_write_key
from tests.access.table import World

TABLE = """
#                                               anon admin manager csm stranger granted member viewer
GET  events                                      in  200   200     404 404      404     404    404
GET  event_seen         micros=$came pk=7        in  200   200     404 404      404     404    404
GET  event_seen         micros=5 pk=7            in  404   404     404 404      404     404    404
GET  event_receipts                              in  200   200     404 404      404     404    404
GET  event_receipt      pk=$failed_request       in  200   200     404 404      404     404    404
POST event_receipt_retry pk=$failed_request      in  302   404     404 404      404     404    404
GET  event_keys                                  in  200   200     404 404      404     404    404
GET  event_key_add                               in  200   404     404 404      404     404    404
POST event_key_add                               in  422   404     404 404      404     404    404
GET  event_key          pk=$write_key            in  200   404     404 404      404     404    404
GET  event_key_revoke   pk=$write_key            in  200   404     404 404      404     404    404
POST event_key_revoke   pk=$write_key            in  302   404     404 404      404     404    404
GET  quarantine                                  in  200   200     404 404      404     404    404
GET  event_held         pk=$held                 in  200   200     404 404      404     404    404
GET  quarantine_group                            in  404   404     404 404      404     404    404
GET  quarantine_map                              in  404   404     404 404      404     404    404
POST quarantine_map                              in  404   404     404 404      404     404    404
POST quarantine_drop                             in  404   404     404 404      404     404    404
POST quarantine_restore                          in  404   404     404 404      404     404    404
GET  features                                    in  200   200     404 404      404     404    404
GET  feature_options                             in  200   200     404 404      404     404    404
POST features_bulk                               in  302   404     404 404      404     404    404
GET  feature_page       pk=$feature              in  200   200     404 404      404     404    404
GET  feature_peek       pk=$feature              in  200   200     404 404      404     404    404
GET  feature_edit       pk=$feature              in  200   404     404 404      404     404    404
POST feature_edit       pk=$feature              in  302   404     404 404      404     404    404
GET  feature_field      pk=$feature field=label  in  200   404     404 404      404     404    404
POST feature_field      pk=$feature field=plans  in  302   404     404 404      404     404    404
GET  feature_field      pk=$feature field=name   in  404   404     404 404      404     404    404
POST feature_mark       pk=$feature what=hide    in  302   404     404 404      404     404    404
POST feature_mark       pk=$feature what=erase   in  404   404     404 404      404     404    404
GET  feature_merge      pk=$feature              in  200   404     404 404      404     404    404
POST feature_merge      pk=$feature              in  422   404     404 404      404     404    404
POST feature_unmerge    pk=$feature              in  302   404     404 404      404     404    404
"""
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=dt.UTC)


def make_key() -> WriteKey:
    return WriteKey.objects.first() or make_write_key(name="Web", source="web")


def came(world: World) -> int:
    """The moment of an event with the id 7, of the own account."""
    feature, _is_new = Feature.objects.get_or_create(name="reports")
    Event.objects.create(
        id=7,
        received_at=MOMENT,
        happened_at=MOMENT,
        account=world.account,
        feature=feature,
        key=make_key(),
        kind="track",
        message_id="m7",
    )
    return micros_of(MOMENT)


def failed_request(world: World) -> int:
    return EventBatch.objects.create(
        receipt=uuid.uuid4(), key=make_key(), call="batch", state="failed", received_at=timezone.now(), body=b"{}"
    ).pk


def held(world: World) -> int:
    return QuarantinedEvent.objects.create(
        key=make_key(),
        hint="user",
        hint_value="u1",
        kind="track",
        name="Login",
        message_id="m1",
        received_at=MOMENT,
        happened_at=MOMENT,
    ).pk


THINGS = {
    "came": came,
    "failed_request": failed_request,
    "write_key": lambda world: make_key().pk,
    "held": held,
    "feature": lambda world: Feature.objects.get_or_create(name="reports")[0].pk,
}
