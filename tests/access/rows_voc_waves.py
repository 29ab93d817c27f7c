"""Waves and triggers of surveys."""

from tests.access.table import World
from tests.voc.makers import make_nps
from voc.models import SurveyTrigger, Wave

TABLE = """
#                                           anon admin manager csm stranger granted member viewer
GET  survey_waves pk=$asked_survey          in   200   200     200 200      404     404    200
GET  wave_create pk=$asked_survey           in   200   200     200 200      404     404    404
POST wave_create pk=$asked_survey           in   422   422     422 422      404     404    404
GET  wave_forecast pk=$asked_survey         in   200   200     200 200      404     404    404
POST survey_test pk=$asked_survey           in   302   302     302 302      404     404    404
GET  wave pk=$wave                          in   200   200     200 200      404     404    200
GET  wave_people pk=$wave                   in   200   200     200 200      404     404    200
GET  wave_edit pk=$wave                     in   200   200     200 404      404     404    404
POST wave_edit pk=$wave                     in   422   422     422 404      404     404    404
POST wave_launch pk=$wave                   in   422   422     422 404      404     404    404
POST wave_cancel pk=$wave                   in   302   302     302 404      404     404    404
POST wave_series pk=$wave                   in   302   302     302 404      404     404    404
POST wave_delete pk=$wave                   in   302   302     302 404      404     404    404
GET  trigger_create pk=$asked_survey        in   200   200     404 404      404     404    404
POST trigger_create pk=$asked_survey        in   422   422     404 404      404     404    404
GET  trigger pk=$survey_trigger             in   200   200     404 404      404     404    404
GET  trigger_edit pk=$survey_trigger        in   200   200     404 404      404     404    404
POST trigger_edit pk=$survey_trigger        in   422   422     404 404      404     404    404
POST trigger_switch pk=$survey_trigger      in   302   302     404 404      404     404    404
POST trigger_delete pk=$survey_trigger      in   302   302     404 404      404     404    404
"""

API = """
#                                             anon admin manager csm stranger granted member viewer key_read key_write
POST api_survey_invitations pk=$asked_survey  401  400   400     400 400      403     403    403    403      400
"""
TABLE += API


def survey(world: World) -> int:
    return make_nps(world.people["manager"]).survey_id


def wave(world: World) -> int:
    return Wave.objects.create(
        survey_id=survey(world), name="Wave 1", audience={"kind": "rule"}, created_by=world.people["csm"]
    ).pk


def survey_trigger(world: World) -> int:
    return SurveyTrigger.objects.create(survey_id=survey(world), kind="ticket_closed", days=1).pk


THINGS = {"asked_survey": survey, "wave": wave, "survey_trigger": survey_trigger}
