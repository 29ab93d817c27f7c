"""The feedback inbox. `$feedback` is of `$account`, `$public` of nobody known: for managers, viewers and marketing."""

from tests.access.table import World
from tests.makers import make_contact
from tests.voc.makers import make_feedback
from voc.models import Feedback
from voc.services.tokens import feedback_token, preference_token

TABLE = """
#                                              anon admin manager csm stranger granted member viewer [keys]
GET  feedback                                  in   200   200     200 200      200     200    200
GET  feedback_page pk=$feedback                in   200   200     200 404      200     404    200
GET  feedback_page pk=$public                  in   200   200     404 404      404     404    200
GET  feedback_peek pk=$feedback                in   200   200     200 404      200     404    200
GET  feedback_peek pk=$public                  in   200   200     404 404      404     404    200
GET  feedback_route pk=$feedback               in   200   200     200 404      404     404    404
POST feedback_route pk=$feedback               in   422   422     422 404      404     404    404
GET  feedback_route pk=$public                 in   404   404     404 404      404     404    404
POST feedback_handled pk=$feedback             in   302   302     302 404      404     404    404
POST feedback_bulk what=handle                 in   302   302     302 302      404     404    404
POST feedback_bulk what=other                  in   404   404     404 404      404     404    404
GET  feedback_add                              in   200   200     200 200      404     404    404
POST feedback_add                              in   422   422     422 422      404     404    404
GET  feedback_people                           in   200   200     200 200      404     404    404
GET  feedback_account pk=$public               in   200   200     404 404      404     404    404
POST feedback_account pk=$public               in   422   422     404 404      404     404    404
GET  feedback_account pk=$feedback             in   404   404     404 404      404     404    404
POST feedback_repeat pk=$feedback              in   302   302     302 404      404     404    404
POST feedback_distinct pk=$feedback            in   302   302     302 404      404     404    404
GET  api_feedback_list                         401  200   200     200 200      200     200    200    200 200
POST api_feedback_list                         401  201   201     201 400      403     403    403    403 201
GET  api_feedback pk=$feedback                 401  200   200     200 404      200     404    200    200 200
GET  api_feedback pk=$public                   401  200   200     404 404      404     404    200    404 404
# Behind a standing link everybody is the customer; a made-up link, or one for another page, opens nothing.
GET  standing_feedback token=$say              200  200   200     200 200      200     200    200
POST standing_feedback token=$say              422  422   422     422 422      422     422    422
GET  standing_feedback token=1:made-up         404  404   404     404 404      404     404    404
GET  standing_feedback token=$wishes_link      404  404   404     404 404      404     404    404
"""


def public(world: World) -> int:
    """A review that nobody has given to an account."""
    feedback = make_feedback(world.account, "Nice tool, slow export.", source=Feedback.Source.REVIEW)
    Feedback.objects.filter(pk=feedback.pk).update(account=None)
    return feedback.pk


def first(world: World) -> dict[str, object]:
    """Another piece of the same account."""
    return {"first": make_feedback(world.account, "The export drops filters.").pk}


THINGS = {
    "feedback": lambda world: make_feedback(world.account).pk,
    "public": public,
    "say": lambda world: feedback_token(make_contact(world.account)),
    "wishes_link": lambda world: preference_token(make_contact(world.account)),
}
DATA = {
    "POST feedback_repeat": first,
    "POST api_feedback_list": lambda world: {
        "text": "The export is slow",
        "source": "chat",
        "account": world.account.pk,
    },
}
