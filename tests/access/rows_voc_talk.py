"""What else one does with an insight, trackers, and support's desk.

`$told` is a remark of the csm on an insight of `$account` in Product; `$foreign_told` one of the stranger on an insight
of `$foreign_account`, which nobody was granted. `$tracker_link` is an issue outside that stands for `$linked`.
"""

from tests.access.table import World
from tests.voc.makers import make_insight
from voc.formulas.sealing import new_webhook_secret, seal
from voc.models import Insight, InsightComment, Tracker, TrackerLink

TABLE = """
#                                                    anon admin manager csm stranger granted member viewer
GET  insight_severity pk=$insight                    in   200   200     404 404      200     404    404
POST insight_severity pk=$insight                    in   302   302     404 404      302     404    404
GET  insight_split pk=$insight                       in   200   200     404 404      200     404    404
POST insight_split pk=$insight                       in   422   422     404 404      422     404    404
GET  insight_behalf pk=$insight                      in   200   200     200 404      200     404    404
POST insight_behalf pk=$insight                      in   422   422     422 404      422     404    404
GET  insight_behalf pk=$foreign_insight              in   200   200     404 200      404     404    404
GET  insight_quotes pk=$insight                      in   200   200     200 404      200     404    200
GET  insight_quotes pk=$foreign_insight              in   200   200     404 200      404     404    200
GET  insight_ticket pk=$insight                      in   200   200     404 404      200     404    404
POST insight_ticket pk=$insight                      in   422   422     404 404      422     404    404
GET  insight_link pk=$insight                        in   200   200     404 404      200     404    404
POST insight_link pk=$insight                        in   422   422     404 404      422     404    404
POST insight_unlink pk=$linked link=$tracker_link            in   302   302     404 404      302     404    404
POST insight_unlink pk=$foreign_insight link=$tracker_link   in   404   404     404 404      404     404    404
POST insight_watch pk=$insight                       in   302   302     302 404      302     404    302
POST insight_watch pk=$foreign_insight               in   302   302     404 302      404     404    302
POST insight_comment pk=$insight                     in   302   302     302 404      302     404    404
POST insight_comment pk=$foreign_insight             in   302   302     404 302      404     404    404
GET  insight_comment_edit pk=$spoken comment=$told   in   404   404     200 404      404     404    404
POST insight_comment_edit pk=$spoken comment=$told   in   404   404     302 404      404     404    404
POST insight_comment_remove pk=$spoken comment=$told in   404   404     302 404      404     404    404
GET  insight_comment_edit pk=$spoken comment=$foreign_told   in   404   404     404 404      404     404    404
POST insight_comment_remove pk=$spoken comment=$foreign_told in   404   404     404 404      404     404    404
POST insights_bulk what=assign                       in   302   302     302 302      302     302    404
POST insights_bulk what=rename                       in   404   404     404 404      404     404    404
GET  support_desk                                    in   200   200     200 200      200     200    200
GET  trackers                                        in   200   404     404 404      404     404    404
GET  tracker_add                                     in   200   404     404 404      404     404    404
POST tracker_add                                     in   422   404     404 404      404     404    404
GET  tracker pk=$tracker                             in   200   404     404 404      404     404    404
POST tracker pk=$tracker                             in   422   404     404 404      404     404    404
POST tracker_switch pk=$tracker                      in   302   404     404 404      404     404    404
POST tracker_rotate pk=$tracker                      in   200   404     404 404      404     404    404
# A signature opens this door, and nothing else does.
POST tracker_news pk=$tracker                        401  401   401     401 401      401     401    401
POST tracker_news pk=0                               404  404   404     404 404      404     404    404
"""


def tracker(world: World) -> Tracker:
    """The one tracker of the table."""
    found, _is_new = Tracker.objects.get_or_create(name="Board", defaults={"secret": seal(new_webhook_secret())})
    return found


def foreign_insight(world: World) -> int:
    """Of the stranger's account, in a department of nobody."""
    return make_insight(world.foreign_account, department="sales", theme="talk").pk


def linked(world: World) -> int:
    """An insight with an issue elsewhere."""
    made = make_insight(world.account, theme="linked")
    TrackerLink.objects.create(tracker=tracker(world), key="P-1", insight=made)
    return made.pk


def tracker_link(world: World) -> int:
    """The link of `$linked`."""
    world.thing("linked")
    return TrackerLink.objects.get(key="P-1").pk


def spoken(world: World) -> int:
    """An insight that the csm said something about."""
    made = make_insight(world.account, theme="spoken")
    InsightComment.objects.create(insight=made, author=world.people["csm"], text="Mine")
    return made.pk


def told(world: World) -> int:
    """The csm's remark."""
    world.thing("spoken")
    return InsightComment.objects.get(text="Mine").pk


def foreign_told(world: World) -> int:
    """The stranger's remark on the stranger's insight."""
    other = Insight.objects.get(pk=str(world.thing("foreign_insight")))
    return InsightComment.objects.create(insight=other, author=world.people["stranger"], text="Theirs").pk


THINGS = {
    "foreign_insight": foreign_insight,
    "linked": linked,
    "tracker_link": tracker_link,
    "spoken": spoken,
    "told": told,
    "foreign_told": foreign_told,
    "tracker": lambda world: tracker(world).pk,
}
DATA = {
    "POST insight_comment": {"text": "A remark"},
    "POST insight_comment_edit": {"text": "Other words"},
}
