"""Access to themes, topics and corrections."""

from tests.access.table import World
from tests.voc.makers import make_feedback
from tests.voc.makers_understanding import make_topic
from voc.models import Theme

TABLE = """
#                                    anon admin manager csm stranger granted member viewer
GET   themes                         in   200   200     200 200      404     404    200
GET   theme_add                      in   200   200     404 404      404     404    404
POST  theme_add                      in   422   422     404 404      404     404    404
GET   theme_edit pk=$a_theme         in   200   200     404 404      404     404    404
POST  theme_edit pk=$a_theme         in   422   422     404 404      404     404    404
GET   theme_merge pk=$a_theme        in   200   200     404 404      404     404    404
POST  theme_merge pk=$a_theme        in   422   422     404 404      404     404    404
POST  theme_retire pk=$a_theme       in   302   302     404 404      404     404    404
GET   topic_accept pk=$topic         in   200   200     404 404      404     404    404
POST  topic_accept pk=$topic         in   422   422     404 404      404     404    404
POST  topic_dismiss pk=$topic        in   302   302     404 404      404     404    404
GET   feedback_correct pk=$heard     in   200   200     200 404      404     404    404
POST  feedback_correct pk=$heard     in   302   302     302 404      404     404    404
"""


def _theme(world: World) -> int:
    return Theme.objects.create(slug="a-theme", name="A theme").pk


def _topic(world: World) -> int:
    return make_topic().pk


THINGS = {"a_theme": _theme, "topic": _topic, "heard": lambda world: make_feedback(world.account).pk}
