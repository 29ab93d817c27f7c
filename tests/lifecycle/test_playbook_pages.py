"""Playbooks on screen: written, tried, switched, and their plays."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Segment
from lifecycle.models import Play, Playbook, PlaybookStep, Task
from lifecycle.selectors.playbooks import problems_of
from lifecycle.services import playbooks as services
from lifecycle.services.plays.starting import start_play
from lifecycle.services.triggers import record_trigger
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.lifecycle.makers_mails import make_play, make_playbook, make_template
from tests.makers import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def with_steps(*titles: str, **fields: object) -> Playbook:
    playbook = make_playbook(**fields)  # type: ignore[arg-type]
    for position, title in enumerate(titles):
        PlaybookStep.objects.create(
            playbook=playbook, key=title.lower(), position=position, kind="task", title=title, options={}
        )
    return playbook


def keys_of(playbook: Playbook) -> list[str]:
    return list(playbook.steps.order_by("position").values_list("key", flat=True))


def test_a_playbook_is_written_from_name_to_steps(as_manager: Client, manager: User) -> None:
    Segment.objects.create(slug="gold", name="Gold")
    make_template(slug="welcome")
    response = as_manager.post(reverse("playbook_create"), {"name": "Welcome", "trigger_kind": "stage_entered"})
    playbook = Playbook.objects.get()
    assert response.headers["Location"] == reverse("playbook_edit", args=[playbook.pk])
    assert (playbook.is_on, playbook.created_by, playbook.slug) == (False, manager, "welcome")
    mail = {"title": "Say hello", "offset_days": 0, "template": "welcome", "to": "champion", "wanted_action": "Book"}
    as_manager.post(reverse("playbook_step_add", args=[playbook.pk, "mail"]), mail)
    call = {"title": "Call", "offset_days": 2, "kind": "call", "owner": "csm", "due_days": 1, "effort_minutes": 20}
    as_manager.post(reverse("playbook_step_add", args=[playbook.pk, "task"]), call)
    assert keys_of(playbook) == ["say-hello", "call"]
    step = playbook.steps.get(key="say-hello")
    assert (step.wanted_action, step.options) == ("Book", {"template": "welcome", "to": "champion"})
    assert playbook.steps.get(key="call").options["is_proactive"] is False
    rule = {
        "name": "Welcome",
        "trigger_kind": "stage_entered",
        "trigger_match-0-name": "stage",
        "trigger_match-0-operator": "eq",
        "trigger_match-0-value": "onboarding",
        "conditions-0-name": "account.arr",
        "conditions-0-operator": "gte",
        "conditions-0-value": "1000",
        "segments": [Segment.objects.get().pk],
        "reason_scope": "account",
        "quiet_days": 10,
        "effect_days": 90,
        "holdout_percent": 20,
        "believed_save": "0.1",
    }
    response = as_manager.post(reverse("playbook_edit", args=[playbook.pk]), rule)
    assert response.status_code == 302, response.context["form"].errors
    playbook.refresh_from_db()
    assert playbook.trigger_match == [{"name": "stage", "operator": "eq", "value": "onboarding"}]
    assert playbook.conditions == [{"name": "account.arr", "operator": "gte", "value": 1000}]
    assert (playbook.holdout_percent, playbook.segments.get().slug, playbook.version) == (20, "gold", 4)
    page = as_manager.get(reverse("playbook", args=[playbook.pk])).content.decode()
    assert "Stage is Onboarding" in page
    assert "asks for: Book" in page


def test_a_mail_step_without_a_wanted_action_is_refused(as_manager: Client) -> None:
    make_template(slug="welcome")
    playbook = make_playbook()
    mail = {"title": "Say hello", "offset_days": 0, "template": "welcome", "to": "champion"}
    response = as_manager.post(reverse("playbook_step_add", args=[playbook.pk, "mail"]), mail)
    assert response.status_code == 422
    assert "wanted_action" in response.context["form"].errors
    assert not playbook.steps.exists()


def test_bad_conditions_come_back_with_what_was_typed(as_manager: Client) -> None:
    playbook = make_playbook()
    rule = {
        "name": "Changed",
        "trigger_kind": "",
        "conditions-0-name": "account.arr",
        "conditions-0-operator": "gte",
        "conditions-0-value": "a lot",
        "reason_scope": "account",
        "quiet_days": 10,
        "effect_days": 90,
        "holdout_percent": 60,
        "believed_save": "0.1",
    }
    response = as_manager.post(reverse("playbook_edit", args=[playbook.pk]), rule)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"conditions", "holdout_percent"}
    assert 'value="a lot"' in response.content.decode()
    assert Playbook.objects.get().name != "Changed"


def test_the_trigger_decides_what_may_be_asked(as_manager: Client) -> None:
    playbook = make_playbook(trigger_kind="stage_entered")
    url = reverse("playbook_edit", args=[playbook.pk])
    part = as_manager.get(
        url, {"trigger_kind": "answer"}, headers={"HX-Request": "true", "HX-Target": "trigger-match"}
    ).content.decode()
    assert "By a detractor" in part
    assert "Stage before" not in part
    assert "<form" not in part
    row = as_manager.get(reverse("trigger_row", args=["answer"]), {"field": "trigger_match"}).content.decode()
    assert reverse("trigger_row", args=["answer"]) in row


def test_steps_go_up_and_down_and_out_and_back(as_manager: Client, manager: User) -> None:
    playbook = with_steps("One", "Two", "Three")
    page = as_manager.get(reverse("playbook_edit", args=[playbook.pk])).content.decode()
    assert (page.count('name="to" value="up"'), page.count('name="to" value="down"')) == (2, 2)
    as_manager.post(reverse("playbook_step_move", args=[playbook.pk, "three"]), {"to": "up"})
    assert keys_of(playbook) == ["one", "three", "two"]
    as_manager.post(reverse("playbook_step_move", args=[playbook.pk, "one"]), {"to": "down"})
    assert keys_of(playbook) == ["three", "one", "two"]
    as_manager.post(reverse("playbook_step_move", args=[playbook.pk, "three"]), {"to": "up"})
    assert keys_of(playbook) == ["three", "one", "two"]
    as_manager.post(reverse("playbook_step_remove", args=[playbook.pk, "one"]))
    assert keys_of(playbook) == ["three", "two"]
    action = ActionLog.objects.filter(actor=manager).latest("pk")
    assert undo_action(actor=manager, action=action)
    assert keys_of(playbook) == ["three", "one", "two"]


def test_a_change_is_not_undone_over_a_newer_one(manager: User) -> None:
    playbook = with_steps("One", "Two")
    first = services.edit_playbook(actor=manager, playbook=playbook, name="First")
    services.edit_playbook(actor=manager, playbook=playbook, name="Second")
    assert first is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=manager, action=first)
    assert services.edit_playbook(actor=manager, playbook=playbook, name="Second") is None


def test_what_cannot_run_is_not_switched_on_and_says_why(as_manager: Client, manager: User) -> None:
    playbook = make_playbook()
    assert problems_of(playbook) == ["It has no steps yet."]
    response = as_manager.post(reverse("playbook_switch", args=[playbook.pk]))
    assert response.status_code == 422
    PlaybookStep.objects.create(
        playbook=playbook, key="mail", position=0, kind="mail", title="Write", wanted_action="Call", options={}
    )
    PlaybookStep.objects.create(
        playbook=playbook, key="branch", position=1, kind="branch", title="Split", options={"otherwise": "gone"}
    )
    PlaybookStep.objects.create(playbook=playbook, key="hook", position=2, kind="webhook", title="Tell", options={})
    assert len(problems_of(playbook)) == 3
    with pytest.raises(services.PlaybookRefused, match="has no template"):
        services.switch_playbook_on(actor=manager, playbook=playbook)


def test_a_branch_may_not_lead_back() -> None:
    playbook = with_steps("One", "Two")
    condition = [{"name": "account.nps", "operator": "is_set"}]
    PlaybookStep.objects.create(
        playbook=playbook,
        key="split",
        position=2,
        kind="branch",
        title="Split",
        options={"condition": condition, "otherwise": "one"},
    )
    assert problems_of(playbook) == ["“Split” leads to a step that is not there, or stands before it."]


def test_a_playbook_that_is_on_stays_able_to_run(manager: User) -> None:
    playbook = with_steps("One")
    services.switch_playbook_on(actor=manager, playbook=playbook)
    with pytest.raises(services.PlaybookRefused, match="no steps"):
        services.remove_step(actor=manager, playbook=playbook, key="one")
    assert keys_of(playbook) == ["one"]
    with pytest.raises(services.PlaybookRefused):
        services.edit_playbook(
            actor=manager, playbook=playbook, conditions=[{"name": "gone", "operator": "eq", "value": 1}]
        )


def test_on_and_off_are_asked_say_what_would_have_happened_and_are_undone(
    as_manager: Client, manager: User, csm: User
) -> None:
    playbook = with_steps("One", trigger_kind="goal_missed", stopped_reason="It starts itself: A → A.")
    record_trigger(account=make_account(csm=csm), kind="goal_missed", key="goal:1")
    url = reverse("playbook_switch", args=[playbook.pk])
    page = as_manager.get(url).content.decode()
    assert "would have started <b>1</b> play" in page
    as_manager.post(url)
    playbook.refresh_from_db()
    assert (playbook.is_on, playbook.stopped_reason) == (True, "")
    assert playbook.on_from is not None
    as_manager.post(url)
    playbook.refresh_from_db()
    assert not playbook.is_on
    assert undo_action(actor=manager, action=ActionLog.objects.filter(actor=manager).latest("pk"))
    playbook.refresh_from_db()
    assert playbook.is_on


def test_a_stopped_playbook_says_why(as_csm: Client) -> None:
    playbook = with_steps("One", stopped_reason="It starts itself: A → B → A.")
    assert "A → B → A" in as_csm.get(reverse("playbook", args=[playbook.pk])).content.decode()
    assert "stopped" in as_csm.get(reverse("playbooks")).content.decode()


def test_a_copy_is_off_and_an_archived_one_comes_back(as_manager: Client, manager: User) -> None:
    playbook = with_steps("One", "Two", trigger_kind="goal_missed", is_on=True)
    as_manager.post(reverse("playbook_copy", args=[playbook.pk]))
    copy = Playbook.objects.exclude(pk=playbook.pk).get()
    assert (copy.is_on, copy.trigger_kind, keys_of(copy)) == (False, "goal_missed", ["one", "two"])
    as_manager.post(reverse("playbook_archive", args=[playbook.pk]))
    playbook.refresh_from_db()
    assert (playbook.archived_at is not None, playbook.is_on) == (True, False)
    assert playbook.name in as_manager.get(reverse("playbooks"), {"show": "archive"}).content.decode()
    assert as_manager.get(reverse("playbook_edit", args=[playbook.pk])).status_code == 404
    assert undo_action(actor=manager, action=ActionLog.objects.filter(actor=manager).latest("pk"))
    playbook.refresh_from_db()
    assert playbook.archived_at is None


def test_the_dry_run_lists_only_the_readers_accounts(as_csm: Client, csm: User, stranger: User) -> None:
    playbook = with_steps("One", trigger_kind="goal_missed")
    for owner, name in ((csm, "Ours"), (stranger, "Theirs")):
        record_trigger(account=make_account(csm=owner, name=name), kind="goal_missed", key="goal:1")
    page = as_csm.get(reverse("playbook_dry_run", args=[playbook.pk])).content.decode()
    assert "Ours" in page
    assert "Theirs" not in page


def test_the_pages_need_as_many_queries_for_many_as_for_one(as_csm: Client, csm: User) -> None:
    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as found:
            as_csm.get(url)
        return len(found)

    playbook = with_steps("One", trigger_kind="goal_missed")
    make_play(make_account(csm=csm), playbook=playbook, steps=[{"key": "one", "kind": "task", "title": "One"}])
    pages = [reverse("playbooks"), reverse("playbook", args=[playbook.pk])]
    before = [count(url) for url in pages]
    for _number in range(6):
        other = with_steps("One")
        for each in (playbook, other):
            make_play(make_account(csm=csm), playbook=each, steps=[{"key": "one", "kind": "task", "title": "One"}])
    assert [count(url) for url in pages] == before


def test_a_play_is_started_by_hand_skipped_and_stopped(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    playbook = with_steps("One", "Two")
    as_csm.post(reverse("play_start", args=[account.pk]), {"playbook": playbook.pk})
    play = Play.objects.get()
    assert (play.started_by, play.account, play.at_step) == (csm, account, "one")
    again = as_csm.post(reverse("play_start", args=[account.pk]), {"playbook": playbook.pk})
    assert again.status_code == 422
    assert "It runs here already." in again.content.decode()
    as_csm.post(reverse("play_skip", args=[play.pk, "one"]), {"reason": "They know each other"})
    page = as_csm.get(reverse("play", args=[play.pk])).content.decode()
    assert "They know each other" in page
    as_csm.post(reverse("play_stop", args=[play.pk]), {"reason": "They left"})
    play.refresh_from_db()
    assert (play.state, play.stopped_reason) == ("stopped", "They left")
    assert as_csm.get(reverse("play_stop", args=[play.pk])).status_code == 404


def test_a_playbook_is_started_on_many_accounts_and_taken_back_at_once(
    as_csm: Client, csm: User, stranger: User
) -> None:
    playbook = with_steps("One")
    ours = [make_account(csm=csm) for _number in range(3)]
    theirs = make_account(csm=stranger)
    start_play(playbook=playbook, account=ours[0], actor=csm)
    ids = [account.pk for account in [*ours, theirs]]
    dialog = as_csm.post(reverse("plays_start"), {"selected": ids}).content.decode()
    assert "On 3 accounts" in dialog
    as_csm.post(reverse("plays_start"), {"selected": ids, "playbook": playbook.pk})
    assert Play.objects.count() == 3
    assert not Play.objects.filter(account=theirs).exists()
    action = ActionLog.objects.filter(actor=csm).latest("pk")
    assert undo_action(actor=csm, action=action)
    assert Play.objects.filter(state="running").count() == 1
    assert not Task.objects.open().exists()
