"""Risks open once, close when they no longer hold, rest and keep quiet; people act on them and take it back."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import Account, Contact, Fact, Segment
from engagement.models import Risk, RiskRule, SayDo
from engagement.selectors.moments import moment_of
from engagement.selectors.readings import read_measures
from engagement.services import risk_actions as actions
from engagement.services.risk_rules import RuleOvertaken, RuleRefused, set_risk_rule, stamp_of
from engagement.services.risks import _Row, _write, watch_risks
from engagement.services.say_do import stand_accounts
from lifecycle.models import Trigger
from lifecycle.services.defaults_plays import ensure_starter_playbooks
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.engagement.worlds import ago, make_answer, make_feedback, make_survey_version, make_ticket, make_touch
from tests.makers import make_account, make_contact, make_user

pytestmark = pytest.mark.django_db


def judge(*accounts: Account) -> None:
    """What the recompute does after the scores."""
    moment = moment_of()
    readings = read_measures(account_ids=[account.pk for account in accounts], moment=moment)
    watch_risks(readings=readings, moment=moment, stands=stand_accounts(readings=readings, moment=moment))


def open_kinds(account: Account) -> set[str]:
    return set(Risk.objects.open().filter(account=account).values_list("kind", flat=True))


def left_by_champion(csm: User, **fields: Any) -> tuple[Account, Contact]:
    """An account with one risk: its champion has gone."""
    account = make_account(csm=csm, signed_on=today() - dt.timedelta(days=60), **fields)
    person = make_contact(account, persona="champion", status="left", left_on=today() - dt.timedelta(days=20))
    return account, person


def champion_risk(account: Account) -> Risk:
    return Risk.objects.select_related("account").get(account=account, kind="champion_left", closed_at=None)


def test_a_risk_opens_once_with_its_trigger_facts_and_column(csm: User) -> None:
    account, person = left_by_champion(csm)
    judge(account)
    judge(account)
    risk = champion_risk(account)
    assert Trigger.objects.filter(account=account, kind="risk_opened", payload={"risk": "champion_left"}).count() == 1
    assert {"what": "contact", "id": person.pk, "words": "", "at": None} in risk.evidence
    assert person.name not in risk.words, "names are read where they stand"
    account.summary.refresh_from_db()
    assert account.summary.top_risk == "Champion left"
    facts = {one.definition.name: one for one in Fact.objects.current().filter(account=account)}
    assert facts["risks_open"].number == 1
    assert facts["risk_kinds"].text == "champion_left"


def test_it_closes_when_it_no_longer_holds_and_opens_anew_when_it_does_again(csm: User) -> None:
    account, _person = left_by_champion(csm)
    judge(account)
    new = make_contact(account, persona="champion")
    judge(account)
    assert not open_kinds(account)
    account.summary.refresh_from_db()
    assert account.summary.top_risk == ""
    Contact.objects.filter(pk=new.pk).update(persona="user")
    judge(account)
    assert open_kinds(account) == {"champion_left"}
    assert Trigger.objects.filter(account=account, kind="risk_opened").count() == 2, "once per opening"


def test_an_account_that_left_has_no_risks(csm: User) -> None:
    account, _person = left_by_champion(csm)
    judge(account)
    Account.objects.filter(pk=account.pk).update(status="churned")
    judge(account)
    assert not open_kinds(account)


def test_the_number_of_queries_is_the_same_for_one_and_for_ten(csm: User, django_assert_max_num_queries: Any) -> None:
    first, _person = left_by_champion(csm)
    many = [left_by_champion(csm)[0] for _ in range(10)]
    judge(first)
    with django_assert_max_num_queries(70) as few:
        judge(left_by_champion(csm)[0])
    with django_assert_max_num_queries(70) as all_of_them:
        judge(*many)
    made = 2  # rows that this test itself makes in the first block
    assert len(all_of_them) <= len(few) + made


def test_silence_needs_attempts_on_two_channels_in_the_rhythm_of_the_segment(csm: User) -> None:
    account = make_account(csm=csm, signed_on=today() - dt.timedelta(days=300))
    person = make_contact(account)
    make_touch(account, person, days_ago=80)
    for days, kind in ((40, "call"), (30, "mail")):
        make_touch(account, person, days_ago=days, kind=kind, direction="out", awaiting_reply_since=ago(days))
    judge(account)
    assert "silent" not in open_kinds(account), "two attempts are too few"
    make_touch(account, person, days_ago=5, kind="call", direction="out", outcome="no_answer")
    judge(account)
    assert "silent" in open_kinds(account)
    make_touch(account, person, days_ago=1)
    judge(account)
    assert "silent" not in open_kinds(account)


def test_a_critic_is_answered_by_any_touch_of_a_person(csm: User) -> None:
    account = make_account(csm=csm)
    person = make_contact(account)
    make_answer(make_survey_version(csm), person, 2, days_ago=5)
    judge(account)
    assert "detractor_unanswered" in open_kinds(account)
    make_touch(account, person, days_ago=1, kind="mail", direction="out")
    judge(account)
    assert "detractor_unanswered" not in open_kinds(account)


def test_a_refused_reference_an_invoice_and_tickets(csm: User) -> None:
    account = make_account(csm=csm)
    make_touch(account, kind="reference", outcome="no", days_ago=10)
    due_on = (today() - dt.timedelta(days=30)).isoformat()
    make_touch(account, kind="invoice", direction="none", days_ago=60, details={"due_on": due_on})
    for _ in range(4):
        make_ticket(account, priority="p1")
    judge(account)
    assert {"reference_refused", "payment_overdue", "ticket_pressure"} <= open_kinds(account)


def test_a_rule_of_the_segment_counts_and_one_that_is_off_watches_nothing(csm: User) -> None:
    segment = Segment.objects.create(slug="large", name="Large")
    account, _person = left_by_champion(csm, segment=segment)
    RiskRule.objects.create(kind="champion_left", segment=None, thresholds={"within": 14})
    judge(account)
    assert not open_kinds(account), "twenty days are beyond the default rule's fourteen"
    rule = RiskRule.objects.create(kind="champion_left", segment=segment, thresholds={"within": 30})
    judge(account)
    assert open_kinds(account) == {"champion_left"}
    RiskRule.objects.filter(pk=rule.pk).update(is_on=False)
    RiskRule.objects.filter(segment=None).update(is_on=False)
    judge(account)
    assert not open_kinds(account)


def test_a_snooze_rests_until_its_day_and_is_taken_back(csm: User) -> None:
    account, _person = left_by_champion(csm)
    judge(account)
    until = today() + dt.timedelta(days=14)
    action = actions.snooze_risk(
        actor=csm, risk=champion_risk(account), until=until, reason="The new one starts in May"
    )
    account.summary.refresh_from_db()
    assert account.summary.top_risk == ""
    judge(account)
    risk = champion_risk(account)
    assert (risk.snoozed_until, risk.snooze_reason) == (until, "The new one starts in May"), "judging leaves it alone"
    assert action is not None
    assert undo_action(actor=csm, action=action)
    account.summary.refresh_from_db()
    assert account.summary.top_risk == "Champion left"
    with pytest.raises(actions.RiskRefused):
        actions.snooze_risk(actor=csm, risk=risk, until=until, reason=" ")
    with pytest.raises(actions.RiskRefused):
        actions.snooze_risk(actor=csm, risk=risk, until=today(), reason="Now")


def test_a_false_alarm_closes_keeps_quiet_and_is_taken_back(csm: User) -> None:
    account, _person = left_by_champion(csm)
    judge(account)
    action = actions.call_false_alarm(actor=csm, risk=champion_risk(account), reason="She came back")
    judge(account)
    assert not open_kinds(account), "quiet for 90 days"
    alarm = Risk.objects.get(account=account)
    assert alarm.is_false_alarm
    Risk.objects.filter(pk=alarm.pk).update(closed_at=ago(91))
    judge(account)
    assert open_kinds(account) == {"champion_left"}
    assert action is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=action)
    Risk.objects.open().delete()
    assert undo_action(actor=csm, action=action)
    assert champion_risk(account).pk == alarm.pk


def test_only_who_may_edit_the_account_takes_back(csm: User) -> None:
    account, _person = left_by_champion(csm)
    judge(account)
    risk = champion_risk(account)
    actions.take_risk(actor=csm, risk=risk)
    arguments = ActionLog.objects.filter(actor=csm).latest("pk").inverse["arguments"]
    assert not actions.restore_risk(actor=make_user(), **arguments)
    assert champion_risk(account).handled_by == csm
    assert actions.take_risk(actor=csm, risk=champion_risk(account)) is None, "theirs already"


def test_many_rest_at_once_with_one_way_back(csm: User) -> None:
    accounts = [left_by_champion(csm)[0] for _ in range(3)]
    judge(*accounts)
    risks = [champion_risk(account) for account in accounts]
    action = actions.snooze_risks(actor=csm, risks=risks, until=today() + dt.timedelta(days=7), reason="Holidays")
    assert Risk.objects.asleep(today()).count() == 3
    assert action is not None
    assert undo_action(actor=csm, action=action)
    assert Risk.objects.awake(today()).count() == 3


def test_its_play_starts_by_hand_and_takes_the_risk(csm: User) -> None:
    ensure_starter_playbooks()
    account, _person = left_by_champion(csm)
    judge(account)
    playbook = actions.play_for(kind="champion_left", segment_id=account.segment_id)
    assert playbook is not None
    assert playbook.slug == "risk-champion-left"
    risk = champion_risk(account)
    assert actions.start_risk_play(actor=csm, risk=risk, playbook=playbook) is not None
    assert champion_risk(account).handled_by == csm
    assert actions.start_risk_play(actor=csm, risk=risk, playbook=playbook) is None, "it runs already"


def test_rules_refuse_nonsense_tell_of_others_and_are_taken_back(csm: User) -> None:
    manager = make_user(role="manager")
    given: dict[str, Any] = {"actor": manager, "kind": "silent", "segment": None, "is_on": True, "playbook": None}
    with pytest.raises(RuleRefused):
        set_risk_rule(**given, thresholds={"factor": 99}, started_from="")
    with pytest.raises(RuleRefused):
        set_risk_rule(**given, thresholds={"nonsense": 1}, started_from="")
    action = set_risk_rule(**given, thresholds={"factor": 2}, started_from="")
    with pytest.raises(RuleOvertaken):
        set_risk_rule(**given, thresholds={"factor": 3}, started_from="")
    rule = RiskRule.objects.get()
    assert set_risk_rule(**given, thresholds={"factor": 2}, started_from=stamp_of(rule)) is None, "nothing changed"
    assert action is not None
    again = set_risk_rule(**given, thresholds={"factor": 3}, started_from=stamp_of(rule))
    with pytest.raises(CannotUndo):
        undo_action(actor=manager, action=action)
    assert again is not None
    assert undo_action(actor=manager, action=again)
    assert RiskRule.objects.get().thresholds == {"factor": 2}


def test_a_stand_is_written_once_with_facts_and_a_trigger_when_the_field_changes(csm: User) -> None:
    account = make_account(csm=csm)
    make_feedback(account, 0.8)
    judge(account)
    stand = SayDo.objects.get(account=account)
    assert (stand.field, stand.goals, stand.do) == ("unproven_praise", "unknown", None)
    assert [one["what"] for one in stand.evidence["say"]] == ["feedback"]
    assert not Trigger.objects.filter(kind="say_do_changed").exists(), "the first place is no move"
    for _ in range(3):
        make_feedback(account, -1.0, days_ago=1)
    judge(account)
    judge(account)
    assert SayDo.objects.get(account=account).field == "grievance"
    moved = Trigger.objects.get(kind="say_do_changed")
    assert moved.payload == {"from": "unproven_praise", "to": "grievance"}
    history = Fact.objects.filter(account=account, definition__name="say_do_field").order_by("observed_at", "pk")
    assert [fact.text for fact in history] == ["unproven_praise", "grievance"]


def test_a_past_day_writes_neither_stands_nor_risks(csm: User) -> None:
    account, _person = left_by_champion(csm)
    moment = moment_of(today() - dt.timedelta(days=3))
    readings = read_measures(account_ids=[account.pk], moment=moment)
    watch_risks(readings=readings, moment=moment, stands=stand_accounts(readings=readings, moment=moment))
    assert not Risk.objects.exists()
    assert not SayDo.objects.exists()


def test_of_two_workers_that_find_it_at_once_one_opens_it_and_tells(csm: User) -> None:
    account, _person = left_by_champion(csm)
    judge(account)
    late = _Row(account.pk, "champion_left", 3, "The same, found by another worker", [])
    assert _write([late], [], [], moment_of()) == [], "one_open_risk lets nobody open it twice"
    assert Trigger.objects.filter(account=account, kind="risk_opened").count() == 1
