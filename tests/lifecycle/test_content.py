"""The library: items, gaps, sending to many, completions."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts.models import AccountSummary, Contact, ContactSend, Fact, Touchpoint
from lifecycle.models import Completion, ContentBatch, ContentItem, ContentSend, Playbook, PlaybookStep
from lifecycle.selectors.content import preview_audience, read_batch, read_gap_map
from lifecycle.services.content.batches import BatchRefused, send_batches, start_batch, stop_batch
from lifecycle.services.content.completions import record_completion, remove_completion
from lifecycle.services.content.facts import push_content_facts
from lifecycle.services.content.items import delete_item, save_item
from lifecycle.services.defaults import ensure_default_journey
from lifecycle.services.stages import enter_stage
from outbox.models import Message
from team.models import User
from team.services.undo import undo_action
from tests.makers import make_account, make_api_key, make_contact

pytestmark = pytest.mark.django_db

WORDS = {
    "subject": "A course for you",
    "body": "Hello {{ contact.first_name }}: {{ content.url }}",
    "asks_for": "Enrol",
}


def make_item(actor: User, **fields: Any) -> ContentItem:
    start: dict[str, Any] = {
        "title": "Planning basics",
        "format": "course",
        "url": "https://learn.example/1",
        "wanted_action": "Enrol",
    }
    return save_item(actor=actor, **{**start, **fields})


def test_an_item_is_deleted_softly_comes_back_and_stays_while_a_playbook_gives_it(csm: User) -> None:
    item = make_item(csm)
    action = delete_item(actor=csm, item=item)
    assert action is not None
    assert not ContentItem.objects.exists()
    assert undo_action(actor=csm, action=action)
    playbook = Playbook.objects.create(slug="onboarding", name="Onboarding")
    PlaybookStep.objects.create(playbook=playbook, key="a", position=1, kind="task", title="Send it", content=item)
    with pytest.raises(ValidationError, match="Onboarding"):
        delete_item(actor=csm, item=item)


def test_two_items_never_share_an_id_in_the_course_system(csm: User) -> None:
    make_item(csm, external_id="c-1")
    with pytest.raises(ValidationError):
        make_item(csm, external_id="c-1")
    make_item(csm, external_id="")
    make_item(csm, external_id="")


def test_the_gap_map_shows_what_is_missing_where_accounts_stand(csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    stages = {stage.kind: stage for stage in ensure_default_journey().stages.all()}
    enter_stage(account=account, stage=stages["onboarding"])
    make_item(csm, stage_kinds=["onboarding"], personas=["champion"])
    make_item(csm, title="For every stage", stage_kinds=[], personas=["user"])
    found = read_gap_map(user=manager)
    row = next(row for row in found.rows if row.stage == "onboarding")
    assert row.accounts == 1
    assert {cell.persona: cell.items for cell in row.cells}["champion"] == 1
    assert {cell.persona: cell.items for cell in row.cells}["user"] == 1
    assert found.worst[0].stage == "onboarding"
    assert found.worst[0].persona == "executive"


def test_many_get_it_once_each_and_who_may_not_is_named(csm: User) -> None:
    account = make_account(csm=csm)
    people = [make_contact(account, name=f"Ana {n}") for n in range(3)]
    make_contact(account, status="left")
    Contact.objects.filter(pk=make_contact(account).pk).update(email="")
    item = make_item(csm)
    preview = preview_audience(actor=csm, conditions=[], personas=[])
    assert (preview.total, preview.free, preview.accounts) == (3, 3, 1)
    batch = start_batch(actor=csm, content=item, conditions=[], personas=[], expected=3, **WORDS)
    assert send_batches() == 3
    assert send_batches() == 0
    assert Message.objects.count() == 3
    assert ContactSend.objects.filter(kind="automated").count() == 3
    assert "Hello Ana: https://learn.example/1" in Message.objects.order_by("pk")[0].body_text
    batch.refresh_from_db()
    assert batch.finished_at is not None
    assert {send.contact_id for send in ContentSend.objects.filter(state="sent")} == {one.pk for one in people}


def test_the_contact_budget_holds_while_a_batch_goes_out(csm: User) -> None:
    make_contact(make_account(csm=csm))
    item = make_item(csm)
    for _ in range(2):
        start_batch(actor=csm, content=item, conditions=[], personas=[], expected=1, **WORDS)
        send_batches()
    batch = start_batch(actor=csm, content=item, conditions=[], personas=[], expected=1, **WORDS)
    send_batches()
    page = read_batch(batch)
    assert (page.sent, page.waiting) == (0, 0)
    ((why, count, free_on),) = page.refused
    assert (bool(why), count, free_on is not None) == (True, 1, True)


def test_content_to_many_never_resets_silence(csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    start_batch(actor=csm, content=make_item(csm), conditions=[], personas=[], expected=1, **WORDS)
    send_batches()
    contact.refresh_from_db()
    summary = AccountSummary.objects.get(account=account)
    assert (contact.last_two_way_at, summary.last_touch_at, summary.awaiting_reply_since) == (None, None, None)
    assert Touchpoint.objects.get().is_automated


def test_the_number_must_be_right_and_nobody_writes_to_a_foreign_book(csm: User, stranger: User) -> None:
    make_contact(make_account(csm=stranger))
    item = make_item(csm)
    with pytest.raises(BatchRefused):
        start_batch(actor=csm, content=item, conditions=[], personas=[], expected=1, **WORDS)
    make_contact(make_account(csm=csm))
    with pytest.raises(BatchRefused):
        start_batch(actor=csm, content=item, conditions=[], personas=[], expected=2, **WORDS)
    assert not ContentBatch.objects.exists()


def test_a_stopped_batch_sends_no_more(csm: User) -> None:
    account = make_account(csm=csm)
    for _ in range(3):
        make_contact(account)
    batch = start_batch(actor=csm, content=make_item(csm), conditions=[], personas=[], expected=3, **WORDS)
    assert send_batches(limit=1) == 1
    assert stop_batch(actor=csm, batch=batch) == 2
    assert stop_batch(actor=csm, batch=batch) == 0
    assert send_batches() == 0
    assert Message.objects.count() == 1


def test_a_completion_is_told_once_with_one_touch(csm: User, stranger: User) -> None:
    contact = make_contact(make_account(csm=csm))
    item = make_item(csm, is_key_course=True)
    made, is_new = record_completion(actor=csm, content=item, contact=contact)
    assert is_new
    assert record_completion(actor=csm, content=item, contact=contact) == (made, False)
    assert Touchpoint.objects.get(kind="course").details["is_key"] is True
    with pytest.raises(PermissionDenied):
        record_completion(actor=stranger, content=item, contact=contact)
    assert remove_completion(actor=csm, completion=made)
    assert not Touchpoint.objects.exists()


def test_a_course_system_may_tell_the_same_twice(csm: User, client: Client) -> None:
    contact = make_contact(make_account(csm=csm), email="ana@customer.example")
    make_item(csm, external_id="c-1")
    key = make_api_key(csm, scopes=("read", "write"))
    body = {"course": "c-1", "email": "ANA@customer.example", "source": "lms", "external_id": "x-9"}
    answers = [
        client.post(
            "/api/v1/completions/", body, content_type="application/json", headers={"authorization": f"Bearer {key}"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert Completion.objects.get().contact == contact
    wrong = client.post(
        "/api/v1/completions/",
        {**body, "email": "nobody@customer.example", "external_id": "x-10"},
        content_type="application/json",
        headers={"authorization": f"Bearer {key}"},
    )
    assert (wrong.status_code, Completion.objects.count()) == (400, 1)


def test_facts_say_whether_there_is_content_for_the_stage(csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    stages = {stage.kind: stage for stage in ensure_default_journey().stages.all()}
    enter_stage(account=account, stage=stages["onboarding"])
    push_content_facts()
    ready = Fact.objects.current().filter(account=account, definition__name="content_ready_for_stage")
    assert ready.get().number == 0
    item = make_item(csm, stage_kinds=["onboarding"], is_key_course=True)
    record_completion(actor=csm, content=item, contact=contact)
    push_content_facts()
    assert ready.get().number == 1
    assert Fact.objects.current().get(definition__name="key_courses_completed").number == 1
    assert push_content_facts() == 0
