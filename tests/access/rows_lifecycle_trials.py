"""Access to trials of playbooks and rules."""

from tests.lifecycle.makers_journeys import stage_of
from tests.lifecycle.makers_mails import make_playbook

TABLE = """
#                                                  anon admin manager csm stranger granted member viewer
POST  playbook_try playbook_id=$tried_playbook     in   302   302     302 302      404     404    302
POST  stage_rule_try stage_id=$tried_stage         in   302   302     404 404      404     404    404
"""
THINGS = {
    "tried_playbook": lambda world: make_playbook(name="Tried").pk,
    "tried_stage": lambda world: stage_of("onboarding").pk,
}
