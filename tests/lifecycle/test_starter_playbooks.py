"""The starter set: complete, readable, safe to add twice, and quiet towards customers."""

import pytest

from lifecycle.formulas.merging import check_fields
from lifecycle.formulas.trigger_kinds import RISKS, STAGES
from lifecycle.models import MailTemplate, Play, Playbook, PlaybookStep
from lifecycle.selectors.mails import known_fields
from lifecycle.selectors.plays.rules import read_rules
from lifecycle.services.defaults_plays import ensure_starter_playbooks
from lifecycle.services.plays.starting import start_play
from lifecycle.services.starter_playbooks import STARTERS
from team.models import User
from tests.lifecycle.makers_plays import ring, run_all
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def test_the_set_is_added_once_and_changes_stay() -> None:
    assert ensure_starter_playbooks() == len(STARTERS)
    Playbook.objects.filter(slug="critic").update(name="Ours", is_on=False)
    assert ensure_starter_playbooks() == 0
    assert Playbook.objects.get(slug="critic").name == "Ours"


def test_there_is_one_for_each_stage_and_each_risk() -> None:
    ensure_starter_playbooks()
    matches = [row["value"] for rows in Playbook.objects.values_list("trigger_match", flat=True) for row in rows]
    assert {slug for slug, _words in (*STAGES, *RISKS)} <= set(matches)


def test_every_rule_and_every_mail_can_be_read() -> None:
    ensure_starter_playbooks()
    rules, broken = read_rules(Playbook.objects.prefetch_related("steps", "segments"))
    assert not broken
    assert len(rules) == len(STARTERS)
    known = known_fields()
    slugs = set(MailTemplate.objects.values_list("slug", flat=True))
    for template in MailTemplate.objects.all():
        check_fields(template.subject + template.body, known)
        assert template.wanted_action
    for step in PlaybookStep.objects.filter(kind="mail"):
        assert step.wanted_action
        assert step.options["template"] in slugs


def test_the_ones_that_are_on_send_nothing_unread() -> None:
    ensure_starter_playbooks()
    assert Playbook.objects.filter(is_on=True).exists()
    assert not Playbook.objects.filter(is_trusted=True).exists()
    assert not PlaybookStep.objects.filter(playbook__is_on=True, kind__in=["survey", "webhook", "chat"]).exists()


def test_every_starter_runs_from_its_first_step(csm: User) -> None:
    ensure_starter_playbooks()
    for playbook in Playbook.objects.all():
        assert start_play(playbook=playbook, account=make_account(csm=csm), actor=csm)
    ring(make_account(csm=csm), payload={"stage": "closed_won"})
    run_all()
    assert Play.objects.filter(state="stopped").count() == 0
    assert Play.objects.filter(playbook__slug="closed-won").count() == 2
