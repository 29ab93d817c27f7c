"""Health and evidence follow the account; the scorecard is open to the team; recomputes are for those who lead."""

from typing import Any

from engagement.models import RecomputeRun
from engagement.services.recompute import recompute_accounts
from team.clock import today
from tests.access.table import World


def judged(world: World) -> int:
    """The own account with a score, so that its evidence can be opened."""
    recompute_accounts(account_ids=[world.account.pk, world.foreign_account.pk])
    return world.account.pk


def foreign_judged(world: World) -> int:
    recompute_accounts(account_ids=[world.foreign_account.pk])
    return world.foreign_account.pk


TABLE = """
#                                                        anon admin manager csm stranger granted member viewer
GET  health_card      pk=$account                        in   200   200     200 404      200     404    200
GET  health_card      pk=$foreign_account                in   200   200     404 200      404     404    200
GET  measure_evidence pk=$judged measure=silence         in   200   200     200 404      200     404    200
GET  measure_evidence pk=$foreign_judged measure=silence in   200   200     404 200      404     404    200
GET  measure_evidence pk=$judged measure=nonsense        in   404   404     404 404      404     404    404
GET  scorecard                                           in   301   301     301 301      301     301    301
GET  recompute_runs                                      in   200   200     404 404      404     404    404
POST recompute_start                                     in   302   302     404 404      404     404    404
GET  recompute_run    pk=$recompute                      in   200   200     404 404      404     404    404
POST recompute_pause  pk=$recompute                      in   302   302     404 404      404     404    404
POST recompute_resume pk=$recompute                      in   302   302     404 404      404     404    404
POST recompute_stop   pk=$recompute                      in   302   302     404 404      404     404    404
"""

THINGS: dict[str, Any] = {
    "judged": judged,
    "foreign_judged": foreign_judged,
    "recompute": lambda world: RecomputeRun.objects.create(as_of=today(), total=3).pk,
}
