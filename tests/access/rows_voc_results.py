"""Results of surveys, their files, listening coverage.

A department member reads figures over granted accounts, without names; files are for who asked for them.
"""

from team.models import User
from tests.access.table import World
from tests.voc.makers import make_nps
from voc.models import ResultFile

TABLE = """
#                                              anon admin manager csm stranger granted member viewer
GET  survey pk=$survey                         in   200   200     200 200      200     200    200
GET  survey_questions pk=$survey               in   200   200     200 200      200     200    200
GET  survey_drivers pk=$survey                 in   200   200     200 200      200     200    200
GET  survey_comments pk=$survey                in   200   200     200 200      200     200    200
GET  survey_compare pk=$survey                 in   200   200     200 200      200     200    200
GET  survey_bias pk=$survey                    in   200   200     200 200      200     200    200
GET  survey_export pk=$survey kind=csv         in   200   200     200 200      200     200    200
GET  survey_export pk=$survey kind=exe         in   404   404     404 404      404     404    404
POST survey_export pk=$survey kind=xlsx        in   302   302     302 302      302     302    302
GET  survey_file pk=$survey file=$sheet         in   404   200     404 404      404     404    404
GET  survey_file_download pk=$survey file=$sheet in  404   404     404 404      404     404    404
GET  surveys_strip                             in   200   200     200 200      404     404    200
GET  coverage                                  in   200   200     200 200      404     404    200
GET  coverage_accounts look=unheard-90 persona=champion channel=call stage=Onboarding in 200 200 200 200 404 404 200
GET  coverage_accounts look=heard-7 persona=champion channel=call stage=Onboarding in 404 404 404 404 404 404 404
GET  coverage_cell persona=champion channel=call stage=Onboarding in 200 200 404 404 404 404 404
POST coverage_cell persona=champion channel=call stage=Onboarding in 302 302 404 404 404 404 404
"""


def file(world: World) -> int:
    """A file that the manager asked for; no worker has made it yet."""
    survey_id = make_nps(world.people["admin"]).survey_id
    asked_by: User = world.people["manager"]
    return ResultFile.objects.create(survey_id=survey_id, kind="csv", asked_by=asked_by).pk


THINGS = {"sheet": file}
