"""Business reviews are composed by those who edit the account: the result is a file on it, meant for its people."""

from tests.access.table import World
from workspace.models import DeckJob

TABLE = """
#                                                            anon admin manager csm stranger granted member viewer
GET   account_review account_id=$account                     in   200  200  200 404  404  404 404
GET   account_review account_id=$foreign_account             in   200  200  404 200  404  404 404
POST  account_review account_id=$account                     in   422  422  422 404  404  404 404
POST  review_make account_id=$account kind=pptx              in   302  302  302 404  404  404 404
POST  review_make account_id=$foreign_account kind=pptx      in   302  302  404 302  404  404 404
POST  review_make account_id=$account kind=exe               in   404  404  404 404  404  404 404
GET   review_job account_id=$account job_id=$job             in   302  302  302 404  404  404 404
# No account opens another one's job.
GET   review_job account_id=$account job_id=$foreign_job     in   404  404  404 404  404  404 404
GET   review_job account_id=$foreign_account job_id=$job     in   404  404  404 404  404  404 404
"""


def _job(world: World, account_id: int) -> int:
    return DeckJob.objects.create(
        account_id=account_id, kind="pptx", composition={}, digest="0" * 64, asked_by=world.people["manager"]
    ).pk


THINGS = {
    "job": lambda world: _job(world, world.account.pk),
    "foreign_job": lambda world: _job(world, world.foreign_account.pk),
}
DATA = {"POST review_make": {"weeks": "12", "language": "en", "title-on": "on"}}
