"""What came back by mail: an answer of `$account`'s contact, a bounce, and a mail that belongs to nothing."""

from outbox.models import DeliveryReport, ReceivedMail
from tests.access.table import World
from tests.makers import make_contact

TABLE = """
#                                     anon admin manager csm stranger granted member viewer
GET  received_mails                   in   200   200     200 200      404     404    404
GET  received pk=$answer              in   200   200     200 404      404     404    404
GET  received pk=$bounce              in   200   200     200 404      404     404    404
GET  received pk=$nobody              in   200   200     404 404      404     404    404
POST received_unblock pk=$bounce      in   302   302     302 404      404     404    404
POST received_unblock pk=$answer      in   404   404     404 404      404     404    404
POST mail_received                    404  404   404     404 404      404     404    404
"""


def make_received(world: World, kind: str) -> ReceivedMail:
    contact = make_contact(world.account)
    return ReceivedMail.objects.create(
        message_id=f"<{kind}-{contact.pk}@x.example>",
        source="file",
        kind=kind,
        sender=contact.email,
        subject_ref=f"contact:{contact.pk}",
    )


def answer(world: World) -> int:
    return make_received(world, "answer").pk


def bounce(world: World) -> int:
    received = make_received(world, "bounce")
    DeliveryReport.objects.create(received=received, address=received.sender, reason="user_unknown", is_hard=True)
    return received.pk


def nobody(world: World) -> int:
    return ReceivedMail.objects.create(message_id="<nobody@x.example>", source="file", kind="answer").pk


THINGS = {"answer": answer, "bounce": bounce, "nobody": nobody}
