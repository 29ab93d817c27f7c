"""Who sees the books and moves accounts, takes a parked task, reads and logs whose meetings."""

from lifecycle.formulas.feed_links import token_of
from lifecycle.models import CalendarSource
from lifecycle.services.calendars.feeds import open_feed
from tests.access.table import World
from tests.lifecycle.makers_calendars import make_meeting
from tests.makers import make_task


def _task(world: World) -> int:
    return make_task(owner=world.people["csm"], account=world.account).pk


def _source(world: World) -> int:
    user = world.people["csm"]
    return CalendarSource.objects.create(user=user, name="Work", url="https://calendar.example/a.ics").pk


def _meeting(world: World) -> int:
    return make_meeting(world.people["csm"], account=world.account).pk


def _token(world: World) -> str:
    return token_of(open_feed(user=world.people["csm"]).nonce)


THINGS = {"book_task": _task, "calendar": _source, "meeting": _meeting, "feed_token": _token}

TABLE = """
#                                       anon admin manager csm stranger granted member viewer
POST  task_take task_id=$book_task      in   302  302  302 404  404  404 404
GET   book                              in   200  200  404 404  404  404 200
GET   book_reassign                     in   200  200  404 404  404  404 404
POST  book_reassign                     in   200  200  404 404  404  404 404
GET   calendars                         in   200  200  200 200  200  200 200
POST  calendars                         in   422  422  422 422  422  422 422
POST  calendar_file                     in   422  422  422 422  422  422 422
POST  calendar_read source_id=$calendar in   404  404  302 404  404  404 404
POST  calendar_remove source_id=$calendar in 404  404  302 404  404  404 404
POST  calendar_feed_open                in   302  302  302 302  302  302 302
POST  calendar_feed_revoke              in   302  302  302 302  302  302 302
GET   calendar_feed token=$feed_token   200  200  200  200 200  200  200 200
GET   calendar_feed token=nonsense      404  404  404  404 404  404  404 404
GET   meeting_log meeting_id=$meeting   in   404  404  200 404  404  404 404
POST  meeting_log meeting_id=$meeting   in   404  404  422 404  404  404 404
GET   meeting_link meeting_id=$meeting  in   404  404  200 404  404  404 404
POST  meeting_link meeting_id=$meeting  in   404  404  302 404  404  404 404
"""
