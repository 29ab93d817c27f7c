"""Access to playbooks and plays."""

from lifecycle.models import Playbook, PlaybookStep
from tests.access.table import World
from tests.lifecycle.makers_mails import make_play, make_playbook

TABLE = """
#                                                        anon admin manager csm stranger granted member viewer
GET   playbooks                                          in   200   200     200 200      404     404    200
GET   playbook_create                                    in   200   200     404 404      404     404    404
POST  playbook_create                                    in   422   422     404 404      404     404    404
POST  playbook_starters                                  in   302   302     404 404      404     404    404
GET   trigger_row kind=stage_entered                     in   200   200     404 404      404     404    404
GET   playbook playbook_id=$playbook                     in   200   200     200 200      404     404    200
GET   playbook_edit playbook_id=$playbook                in   200   200     404 404      404     404    404
POST  playbook_edit playbook_id=$playbook                in   422   422     404 404      404     404    404
GET   playbook_dry_run playbook_id=$playbook             in   200   200     200 200      404     404    200
GET   playbook_switch playbook_id=$playbook              in   200   200     404 404      404     404    404
POST  playbook_switch playbook_id=$playbook              in   302   302     404 404      404     404    404
POST  playbook_copy playbook_id=$playbook                in   302   302     404 404      404     404    404
POST  playbook_archive playbook_id=$playbook             in   302   302     404 404      404     404    404
POST  playbook_unarchive playbook_id=$playbook           in   302   302     404 404      404     404    404
GET   playbook_step_add playbook_id=$playbook kind=mail  in   200   200     404 404      404     404    404
POST  playbook_step_add playbook_id=$playbook kind=mail  in   422   422     404 404      404     404    404
GET   playbook_step_add playbook_id=$playbook kind=joke  in   404   404     404 404      404     404    404
GET   playbook_step playbook_id=$playbook key=call       in   200   200     404 404      404     404    404
POST  playbook_step playbook_id=$playbook key=call       in   422   422     404 404      404     404    404
POST  playbook_step_move playbook_id=$playbook key=call  in   302   302     404 404      404     404    404
POST  playbook_step_remove playbook_id=$playbook key=call in  302   302     404 404      404     404    404
GET   play play_id=$play                                 in   200   200     200 404      404     404    200
GET   play_stop play_id=$play                            in   200   200     200 404      404     404    404
POST  play_stop play_id=$play                            in   422   422     422 404      404     404    404
GET   play_skip play_id=$play key=call                   in   200   200     200 404      404     404    404
POST  play_skip play_id=$play key=call                   in   422   422     422 404      404     404    404
POST  play_hurry play_id=$play key=call                  in   302   302     302 404      404     404    404
GET   play_start account_id=$account                     in   200   200     200 404      404     404    404
POST  play_start account_id=$account                     in   422   422     422 404      404     404    404
POST  plays_start                                        in   200   200     200 200      404     404    404
"""


def _playbook(world: World) -> Playbook:
    playbook = make_playbook(name="Welcome")
    PlaybookStep.objects.create(playbook=playbook, key="call", position=0, kind="task", title="Call them")
    return playbook


def _play(world: World) -> int:
    steps = [{"key": "call", "kind": "task", "title": "Call them"}]
    play = make_play(world.account, playbook=_playbook(world), owner=world.people["csm"], steps=steps, at_step="call")
    return play.pk


DATA = {"GET trigger_row": {"field": "trigger_match"}}
THINGS = {"playbook": lambda world: _playbook(world).pk, "play": _play}
