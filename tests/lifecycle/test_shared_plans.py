"""The plan that a customer reads: what is shared and nothing else, and only a POST changes anything."""

import datetime as dt
import logging
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Contact, FactDefinition
from accounts.selectors.timeline import read_timeline
from accounts.services.accounts import delete_account
from config.logs import RedactTokens
from lifecycle.formulas.plan_links import nonce_of, token_of
from lifecycle.models import Goal, GoalReading, Handover, Meeting, PlanComment, Promise, SharedPlan, Task, Trigger
from lifecycle.selectors.shared_plans import plan_of
from lifecycle.services.shared_plans import (
    COMMENTS_PER_HOUR,
    answer_on_plan,
    erase_plan_words,
    revoke_plan,
    share_plan,
    sign_off_goal,
)
from team.clock import now, today
from team.models import ActionLog, Notice, User
from team.services.undo import undo_action
from tests.lifecycle.makers_goals import make_goal, make_plan, make_promise
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db

# What the customer may read: of shared rows alone, and of people their names.
ALLOWED = {
    "account.name",
    "user.name",
    "contact.name",
    "shared goal.title",
    "shared goal.metric",
    "shared goal.unit",
    "shared goal.signed_off_by",
    "shared promise.words",
    "shared task.title",
    "comment.author_name",
    "comment.text",
}


class Canaries:
    """Fills every text of a row with a word of its own, so that each one that leaks can be named."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def fill(self, row: models.Model, called: str) -> None:
        texts: dict[str, str] = {}
        for field in row._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if not is_text or field.name in {"nonce", "password", "currency", "country", "language", "time_zone"}:
                continue
            word = f"zq{len(self.words):03d}x"
            if (getattr(field, "max_length", None) or 99) >= len(word):
                self.words[word] = f"{called}.{field.name}"
                texts[field.name] = word if not isinstance(field, models.EmailField) else f"{word}@customer.example"
        type(row)._base_manager.filter(pk=row.pk).update(**texts)

    def seen_in(self, page: str) -> set[str]:
        return {name for word, name in self.words.items() if word in page}


def url_of(plan: SharedPlan) -> str:
    return reverse("shared_plan", args=[token_of(plan.nonce)])


def read(plan: SharedPlan, **more: Any) -> str:
    answer = Client().get(url_of(plan), more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_field_of_every_model_that_is_not_shared_stays_here(csm: User) -> None:
    canaries = Canaries()
    account = make_account(csm=csm)
    contact, other = make_contact(account), make_contact(account)
    fact = FactDefinition.objects.create(name="logins", label="x", owner="api")
    rows: list[tuple[models.Model, str]] = [(account, "account"), (csm, "user"), (contact, "contact")]
    rows += [(other, "other contact"), (fact, "fact")]
    for is_shared, called in ((True, "shared "), (False, "")):
        goal = make_goal(
            account, is_shared=is_shared, customer_owner=contact, fact=fact, signed_off_by="x", signed_off_at=now()
        )
        reading = GoalReading.objects.create(goal=goal, value=1, observed_at=now(), evidence="x", recorded_by=csm)
        given = make_promise(account, is_shared=is_shared, to_contact=other)
        task = Task.objects.create(account=account, owner=csm, title="x", is_shared=is_shared, contact=other)
        rows += [(goal, f"{called}goal"), (reading, "reading"), (given, f"{called}promise"), (task, f"{called}task")]
    meeting = Meeting.objects.create(
        user=csm, uid="1", title="x", starts_at=now() + dt.timedelta(days=3), ends_at=now(), account=account
    )
    meeting.contacts.add(contact)
    plan = make_plan(account, by=csm, contact=contact)
    handover = Handover.objects.create(account=account, submitted_by=csm)
    comment = PlanComment.objects.create(account=account, plan=plan, author_name="x", text="x")
    hidden = PlanComment.objects.create(account=account, author_name="x", text="x", removed_at=now())
    rows += [(meeting, "meeting"), (plan, "plan"), (handover, "handover"), (comment, "comment"), (hidden, "hidden")]
    for row, called in rows:
        canaries.fill(row, called)
    assert len(canaries.words) > 60
    page = read(plan)
    assert canaries.seen_in(page) == ALLOWED
    shared = Goal.objects.get(is_shared=True, account=account)
    Goal.objects.filter(pk=shared.pk).update(signed_off_at=None)
    signing = Client().get(reverse("plan_sign_off", args=[token_of(plan.nonce), shared.pk])).content.decode()
    assert canaries.seen_in(signing) <= ALLOWED


def test_every_model_with_texts_of_an_account_is_walked() -> None:
    """A new model that hangs on goals, promises, tasks or plans must be put into the walk above."""
    walked = {Goal, GoalReading, Promise, Task, SharedPlan, PlanComment, Handover, Meeting, Account, Contact}
    reached = {
        field.related_model
        for model in (Goal, Promise, SharedPlan, PlanComment, Task)
        for field in model._meta.concrete_fields
        if field.is_relation
    }
    known = walked | {User, FactDefinition, apps.get_model("lifecycle", "PlayStepRun")}
    assert reached <= known


def test_the_page_shows_where_things_stand(csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    make_goal(account, title="Half way", is_shared=True)
    make_goal(account, title="Behind", current=11, is_shared=True)
    make_promise(account, words="A late thing", due_in=-2, is_shared=True)
    make_promise(account, words="A kept thing", state="kept", is_shared=True)
    Task.objects.create(account=account, owner=csm, title="Send the list", is_shared=True)
    page = read(make_plan(account, by=csm))
    for words in (
        "Plan of Acme",
        "Half way",
        "On track",
        "Behind plan",
        "A late thing",
        "late",
        "kept",
        "Send the list",
    ):
        assert words in page
    assert '<progress max="100" value="50"' in page
    assert "<script" not in page and "style=" not in page
    assert page.count('rel="stylesheet"') == 2 and "http://" not in page.replace("http://testserver", "")


def test_the_answer_is_kept_and_found_by_nobody(csm: User) -> None:
    answer = Client().get(url_of(make_plan(make_account(csm=csm), by=csm)))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "What we promised"), ("da", "Det har vi lovet"), ("zh", "我们的承诺")]
)
def test_the_page_speaks_the_readers_language(csm: User, language: str, words: str) -> None:
    account = make_account(csm=csm)
    make_promise(account, is_shared=True)
    contact = make_contact(account, language=language)
    assert words in read(make_plan(account, by=csm, contact=contact))
    assert "What we promised" in read(make_plan(account, by=csm, contact=contact), lang="en")


def test_looking_changes_nothing_but_when_it_was_opened(csm: User) -> None:
    account = make_account(csm=csm)
    goal, plan = make_goal(account, is_shared=True), make_plan(account, by=csm)
    client, sign = Client(), reverse("plan_sign_off", args=[token_of(plan.nonce), goal.pk])
    before = list(Goal.objects.values())
    client.head(url_of(plan))
    client.get(url_of(plan), headers={"Sec-Purpose": "prefetch"})
    assert SharedPlan.objects.get().last_read_at is None
    for url in (url_of(plan), sign):
        for method in (client.get, client.head):
            assert method(url, {"name": "Ana", "author_name": "Ana", "text": "Hi"}).status_code == 200
    assert list(Goal.objects.values()) == before
    assert not PlanComment.objects.exists() and not Notice.objects.exists() and not Trigger.objects.exists()
    assert SharedPlan.objects.get().last_read_at is not None
    assert client.put(url_of(plan)).status_code == 405


def test_a_comment_reaches_the_owner_and_the_timeline(csm: User) -> None:
    account = make_account(csm=csm)
    goal, plan = make_goal(account, is_shared=True), make_plan(account, by=csm)
    said = {"author_name": "Ana Ruiz", "text": "<b>Two</b> sites are missing", "about": f"goal:{goal.pk}"}
    answer = Client().post(url_of(plan), said)
    assert answer.status_code == 303 and answer["Location"].startswith(url_of(plan))
    comment = PlanComment.objects.get()
    assert (comment.goal, comment.plan, comment.author) == (goal, plan, None)
    assert "Ana Ruiz" in Notice.objects.get(user=csm).text
    page = read(plan)
    assert "&lt;b&gt;Two&lt;/b&gt;" in page and "<b>Two" not in page
    (entry,) = read_timeline(account=account, user=csm, kinds=["plan"]).rows
    assert entry.who == "Ana Ruiz"


@pytest.mark.parametrize(
    "said",
    [
        {"author_name": "", "text": "Hi"},
        {"author_name": "Ana", "text": " "},
        {"author_name": "Ana", "text": "x" * 2001},
    ],
)
def test_a_comment_needs_a_name_and_a_measured_length(csm: User, said: dict[str, str]) -> None:
    plan = make_plan(make_account(csm=csm), by=csm)
    answer = Client().post(url_of(plan), said)
    assert answer.status_code == 422 and 'class="error"' in answer.content.decode()
    assert not PlanComment.objects.exists()


def test_what_a_comment_is_about_must_be_shared_and_of_this_account(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    hidden, foreign = make_goal(account), make_goal(other, is_shared=True)
    plan = make_plan(account, by=csm)
    for about in (f"goal:{hidden.pk}", f"goal:{foreign.pk}", "goal:9" * 9, "task:x", "goal:-1"):
        Client().post(url_of(plan), {"author_name": "Ana", "text": "Hi", "about": about})
    assert PlanComment.objects.filter(goal=None, task=None).count() == PlanComment.objects.count() == 5


def test_a_link_writes_so_much_and_no_more_and_machines_nothing(csm: User) -> None:
    plan = make_plan(make_account(csm=csm), by=csm)
    assert Client().post(url_of(plan), {"author_name": "A", "text": "x", "website": "spam"}).status_code == 303
    assert not PlanComment.objects.exists()
    answers = [Client().post(url_of(plan), {"author_name": "A", "text": "x"}) for _ in range(COMMENTS_PER_HOUR + 1)]
    assert [answer.status_code for answer in answers] == [303] * COMMENTS_PER_HOUR + [429]
    assert PlanComment.objects.count() == COMMENTS_PER_HOUR


def test_a_comment_needs_the_page_it_came_from(csm: User) -> None:
    plan = make_plan(make_account(csm=csm), by=csm)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(url_of(plan), {"author_name": "A", "text": "x"}).status_code == 403
    assert not PlanComment.objects.exists()


def test_a_goal_is_signed_by_a_typed_name_once(csm: User) -> None:
    account = make_account(csm=csm)
    goal, plan = make_goal(account, is_shared=True), make_plan(account, by=csm)
    url = reverse("plan_sign_off", args=[token_of(plan.nonce), goal.pk])
    assert Client().post(url, {"name": " "}).status_code == 422
    assert Client().post(url, {"name": "Ana  Ruiz"}).status_code == 303
    goal.refresh_from_db()
    assert (goal.signed_off_by, goal.state, goal.closed_on) == ("Ana Ruiz", "reached", today())
    assert goal.signed_off_at is not None
    assert sign_off_goal(plan=plan, goal_id=goal.pk, name="Mallory") is False
    assert set(Trigger.objects.values_list("kind", flat=True)) == {"goal_signed_off", "goal_reached"}
    assert Notice.objects.filter(user=csm, kind="goal_signed_off").count() == 1
    assert "Signed off by Ana Ruiz" in read(plan)


def test_what_may_not_be_signed_is_not(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    plan = make_plan(account, by=csm)
    reading_alone = make_plan(account, by=csm, can_sign_off=False)
    mine = make_goal(account, is_shared=True)
    refused = [
        (plan, make_goal(account)),
        (plan, make_goal(account, is_shared=True, state="missed")),
        (plan, make_goal(other, is_shared=True)),
        (reading_alone, mine),
    ]
    for link, goal in refused:
        url = reverse("plan_sign_off", args=[token_of(link.nonce), goal.pk])
        assert Client().post(url, {"name": "Ana"}).status_code == 404
        assert sign_off_goal(plan=link, goal_id=goal.pk, name="Ana") is False
    assert not Goal.objects.filter(signed_off_at__isnull=False).exists()


def test_a_revoked_link_is_dead_at_once_and_can_be_brought_back(csm: User, as_csm: Client) -> None:
    account = make_account(csm=csm)
    plan = make_plan(account, by=csm)
    assert as_csm.post(reverse("plan_revoke", args=[plan.pk])).status_code == 302
    assert Client().get(url_of(plan)).status_code == 404
    assert Client().post(url_of(plan), {"author_name": "A", "text": "x"}).status_code == 404
    assert revoke_plan(actor=csm, plan=plan) is None
    assert undo_action(actor=csm, action=ActionLog.objects.latest("pk"))
    read(plan)


def test_links_end_with_their_day_their_person_and_their_account(csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    over = make_plan(account, by=csm, expires_on=today() - dt.timedelta(days=1))
    personal, open_to_all = make_plan(account, by=csm, contact=contact), make_plan(account, by=csm)
    assert plan_of(token_of(over.nonce)) is None
    assert plan_of(token_of(personal.nonce)) == personal
    Contact.objects.filter(pk=contact.pk).update(status="left")
    assert plan_of(token_of(personal.nonce)) is None
    delete_account(actor=csm, account=account)
    assert plan_of(token_of(open_to_all.nonce)) is None


def test_a_token_cannot_be_made_from_what_is_stored(csm: User) -> None:
    plan = make_plan(make_account(csm=csm), by=csm)
    token = token_of(plan.nonce)
    assert nonce_of(token) == plan.nonce
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (plan.nonce, f"{plan.nonce}.", f"{plan.nonce}.{'A' * 43}", changed, "x" * 300):
        assert plan_of(wrong) is None
    assert len(plan.nonce) >= 22  # 128 bits


def test_no_log_line_holds_a_token() -> None:
    line = logging.LogRecord("x", 30, "", 0, '"GET /plan/%s/goals/7/sign/ HTTP/1.1" 200', ("ab.CD-ef_1",), None)
    assert RedactTokens().filter(line)
    assert "ab.CD" not in line.getMessage() and "/plan/…/goals/7/sign/" in line.getMessage()


def test_no_line_of_the_audit_holds_a_token(csm: User) -> None:
    account = make_account(csm=csm)
    goal, plan = make_goal(account, is_shared=True), make_plan(account, by=csm)
    Client().post(reverse("plan_sign_off", args=[token_of(plan.nonce), goal.pk]), {"name": "Ana"})
    events = apps.get_model("lifecycle", "GoalEvent").objects.filter(signed_off_by="Ana")
    assert [event.pgh_context["url"] for event in events] == [f"/plan/…/goals/{goal.pk}/sign/"]


def test_staff_make_copy_and_answer(csm: User, as_csm: Client) -> None:
    account = make_account(csm=csm, name="Acme")
    url = reverse("plan_share", args=[account.pk])
    assert as_csm.post(url, {"expires_on": "+2w", "can_sign_off": "on"}).status_code == 302
    plan = SharedPlan.objects.get()
    assert url_of(plan) in as_csm.get(url).content.decode()
    assert as_csm.post(url, {"expires_on": "2020-01-01"}).status_code == 422
    with pytest.raises(ValidationError):
        share_plan(actor=csm, account=account, expires_on=today() + dt.timedelta(days=900))
    assert as_csm.post(reverse("plan_answer", args=[account.pk]), {"text": "We fix it"}).status_code == 302
    assert "We fix it" in read(plan) and csm.name in read(plan)
    comment = PlanComment.objects.get()
    assert as_csm.post(reverse("plan_comment_remove", args=[comment.pk])).status_code == 302
    assert "We fix it" not in read(plan)
    assert undo_action(actor=csm, action=ActionLog.objects.latest("pk"))
    assert "We fix it" in read(plan)


def test_who_is_forgotten_is_forgotten_here_too(csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account, name="Ana Ruiz")
    plan = make_plan(account, by=csm, contact=contact)
    goal = make_goal(account, is_shared=True)
    Client().post(url_of(plan), {"author_name": "Ana Ruiz", "text": "My words"})
    answer_on_plan(actor=csm, account=account, text="Ours")
    sign_off_goal(plan=plan, goal_id=goal.pk, name="Ana Ruiz")
    erase_plan_words(contact_ids=[contact.pk])
    goal.refresh_from_db()
    assert goal.signed_off_by == "–" and "Ana" not in goal.closing_note
    assert sorted(PlanComment.objects.values_list("text", flat=True)) == ["", "Ours"]
    assert plan_of(token_of(plan.nonce)) is None
    events = apps.get_model("lifecycle", "GoalEvent").objects
    assert events.exists() and not events.filter(signed_off_by__contains="Ana").exists()
