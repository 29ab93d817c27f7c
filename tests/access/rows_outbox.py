"""The outbox: mail to `$account`'s contact; and a password reset, which opens a colleague's log-in."""

from outbox.models import State
from outbox.services import enqueue_mail
from tests.access.table import World
from tests.makers import make_contact

TABLE = """
#                                     anon admin manager csm stranger granted member viewer
GET  outbox                           in   200   200     200 200      404     404    404
GET  outbox_message pk=$mail          in   200   200     200 404      404     404    404
GET  outbox_message pk=$reset         in   200   404     404 404      404     404    404
GET  outbox_html pk=$mail             in   200   200     200 404      404     404    404
GET  outbox_html pk=$reset            in   200   404     404 404      404     404    404
POST outbox_arrived pk=$mail          in   302   404     404 404      404     404    404
POST outbox_again pk=$mail            in   302   404     404 404      404     404    404
"""


def mail(world: World) -> int:
    """A mail of which nobody knows whether it arrived."""
    contact = make_contact(world.account)
    message = enqueue_mail(
        kind="survey", recipient=contact.email, subject="Hi", body_text="x", subject_ref=f"contact:{contact.pk}"
    )
    message.state = State.UNKNOWN
    message.save(update_fields=["state"])
    return message.pk


def reset(world: World) -> int:
    """A password reset."""
    return enqueue_mail(kind="account", recipient="x@vendor.example", subject="Reset", body_text="x").pk


THINGS = {"mail": mail, "reset": reset}
