"""The handover from sales: complete or not, gaps as tasks that close themselves, accepted or sent back."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AccountGrant, Contact, Fact
from accounts.services.contacts import create_contact
from lifecycle.formulas.handover import CHECKLIST, completeness, gaps_in
from lifecycle.models import Handover, Promise, Task, Trigger
from lifecycle.services.goals.sweep import sweep_plans
from lifecycle.services.handovers import (
    HandoverRefused,
    Promised,
    Stakeholder,
    accept_handover,
    ask_for_handover,
    refresh_handovers,
    save_handover,
    send_back_handover,
)
from team.clock import today
from team.models import ActionLog, Notice, User
from team.services.undo import undo_action
from tests.lifecycle.makers_goals import make_goal, make_plan, make_promise
from tests.makers import make_account, make_api_key, make_contact, make_department, make_user

WHOLE: dict[str, Any] = {
    "intent": "switched",
    "desired_outcomes": "Plan in a day",
    "decision_context": "Against two others",
    "success_criteria": "No spreadsheet",
    "risks": "IT is against it",
}
PEOPLE = (
    Stakeholder("Ana Ruiz", "ana@acme.example", "Planner", "champion"),
    Stakeholder("Bo Lind", "", "CFO", "decision_maker"),
)


def promised(words: str = "A migration plan", days: int = 30) -> Promised:
    return Promised(words, today() + dt.timedelta(days=days))


@pytest.fixture
def sales(db: None) -> User:
    """Somebody in sales."""
    person = make_user(email="sales@vendor.example", name="Sal Es", role="member")
    make_department("sales", members=(person,))
    return person


def let_in(account: Account) -> None:
    department = make_department("sales")
    AccountGrant.objects.create(account=account, department=department, reason="Handover", source_ref="test")


def test_completeness_is_the_share_that_is_known() -> None:
    names = [item.name for item in CHECKLIST]
    for size in range(len(names) + 1):
        for known in itertools.combinations(names, size):
            gaps = gaps_in(known)
            assert not set(gaps) & set(known) and len(gaps) == len(names) - size
            assert completeness(gaps) == (Decimal(size) / len(names)).quantize(Decimal("0.001"))


@pytest.mark.django_db
def test_sales_hands_over_and_every_gap_becomes_a_task(csm: User, sales: User) -> None:
    account = make_account(csm=csm)
    let_in(account)
    make_contact(account, name="Known", strength=5)
    handover = save_handover(
        actor=sales, account=account, intent="pilot", risks="A", promises=[promised()], is_submitted=True
    )
    assert handover.gaps == ["outcomes", "context", "criteria", "champion", "decision_maker"]
    assert handover.completeness == completeness(handover.gaps) == Decimal("0.375")
    assert handover.state == "submitted"
    keys = set(Task.objects.open().filter(account=account, owner=csm).values_list("dedupe_key", flat=True))
    assert keys == {f"handover:{handover.pk}:{name}" for name in (*handover.gaps, "decide")}
    assert Trigger.objects.get(kind="handover_gap").payload == {"gaps": 5, "completeness": 0.375}
    assert Notice.objects.filter(user=csm, kind="handover").count() == 1
    assert Contact.objects.get().strength == 2
    given_word = Promise.objects.get()
    assert (given_word.origin, given_word.owner, given_word.words) == ("handover", csm, "A migration plan")
    account.refresh_from_db()
    assert account.intent == "pilot"
    fact = Fact.objects.current().get(definition__name="handover_completeness")
    assert fact.number == Decimal("0.375")


@pytest.mark.django_db
def test_saving_twice_is_saving_once(csm: User) -> None:
    account = make_account(csm=csm)
    for _ in range(2):
        handover = save_handover(
            actor=csm, account=account, promises=[promised()], people=PEOPLE, is_submitted=True, **WHOLE
        )
    assert (handover.gaps, handover.completeness) == ([], Decimal(1))
    assert Promise.objects.count() == 1
    assert sorted(account.contacts.values_list("name", "persona")) == [
        ("Ana Ruiz", "champion"),
        ("Bo Lind", "decision_maker"),
    ]
    assert Handover.objects.count() == 1


@pytest.mark.django_db
def test_relationships_start_anew_once(csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account, strength=5)
    save_handover(actor=csm, account=account, is_submitted=True)
    Contact.objects.filter(pk=contact.pk).update(strength=4)
    save_handover(actor=csm, account=account, is_submitted=True)
    contact.refresh_from_db()
    assert contact.strength == 4


@pytest.mark.django_db
def test_a_gap_that_closes_closes_its_task_and_one_that_opens_asks_again(csm: User) -> None:
    account = make_account(csm=csm)
    handover = save_handover(
        actor=csm, account=account, promises=[promised()], people=[PEOPLE[1]], is_submitted=True, **WHOLE
    )
    assert handover.gaps == ["champion"]
    task = Task.objects.open().get(dedupe_key=f"handover:{handover.pk}:champion")
    champion = create_contact(actor=csm, account=account, name="Cleo", persona="champion")
    assert refresh_handovers() == 1
    assert refresh_handovers() == 0
    task.refresh_from_db()
    assert task.state == Task.State.DONE
    Contact.objects.filter(pk=champion.pk).update(status="left", left_on=today())
    assert sweep_plans()["handovers"] == 1
    assert Task.objects.open().filter(dedupe_key=f"handover:{handover.pk}:champion").count() == 1


@pytest.mark.django_db
def test_a_draft_asks_nobody(csm: User) -> None:
    account = make_account(csm=csm)
    handover = save_handover(actor=csm, account=account, notes="Later")
    assert (handover.state, len(handover.gaps)) == ("draft", len(CHECKLIST))
    assert not Task.objects.exists() and not Trigger.objects.exists()
    assert not Fact.objects.filter(definition__name="handover_completeness").exists()
    assert refresh_handovers() == 0


@pytest.mark.django_db
def test_accepted_by_success_sent_back_with_a_reason_and_taken_back(csm: User, sales: User) -> None:
    account = make_account(csm=csm)
    let_in(account)
    handover = save_handover(actor=sales, account=account, is_submitted=True, **WHOLE)
    with pytest.raises(ValidationError, match="missing"):
        send_back_handover(actor=csm, handover=handover, reason=" ")
    with pytest.raises(PermissionDenied):
        accept_handover(actor=sales, handover=handover)
    assert send_back_handover(actor=csm, handover=handover, reason="Who decides?")
    assert accept_handover(actor=csm, handover=handover) is None
    assert "Who decides?" in Notice.objects.get(user=sales).text
    assert not Task.objects.open().filter(dedupe_key=f"handover:{handover.pk}:decide").exists()
    handover = save_handover(actor=sales, account=account, people=PEOPLE, is_submitted=True)
    assert (handover.state, handover.sent_back_reason) == ("submitted", "")
    handover.account.refresh_from_db()
    assert accept_handover(actor=csm, handover=handover)
    account.refresh_from_db()
    assert account.intent_reviewed_on == today()
    with pytest.raises(HandoverRefused):
        save_handover(actor=sales, account=account, notes="More")
    action = ActionLog.objects.filter(inverse__service="lifecycle.undo_decide_handover").latest("pk")
    assert undo_action(actor=csm, action=action)
    assert Handover.objects.get().state == "submitted"


@pytest.mark.django_db
def test_sales_is_asked_and_let_in(csm: User, sales: User, stranger: User) -> None:
    account = make_account(csm=csm, name="Acme")
    with pytest.raises(PermissionDenied):
        save_handover(actor=sales, account=account, notes="x")
    with pytest.raises(PermissionDenied):
        ask_for_handover(actor=stranger, account=account)
    assert ask_for_handover(actor=csm, account=account) == 1
    assert ask_for_handover(actor=csm, account=account) == 1
    assert Account.objects.visible_to(User.objects.get(pk=sales.pk)).get() == account
    assert "Acme" in Notice.objects.filter(user=sales).latest("pk").text
    assert save_handover(actor=sales, account=account, notes="x")


@pytest.mark.django_db
def test_another_department_writes_no_handover(csm: User) -> None:
    person = make_user(role="member")
    account = make_account(csm=csm)
    department = make_department("product", members=(person,))
    AccountGrant.objects.create(account=account, department=department, reason="x", source_ref="x")
    with pytest.raises(PermissionDenied):
        save_handover(actor=person, account=account, notes="x")


@pytest.mark.django_db
def test_a_promise_without_a_day_or_against_the_tick_is_refused(csm: User) -> None:
    account = make_account(csm=csm)
    with pytest.raises(ValidationError, match="when"):
        save_handover(actor=csm, account=account, promises=[Promised("A plan", None)])
    with pytest.raises(ValidationError, match="promises below"):
        save_handover(actor=csm, account=account, promises=[promised()], has_no_promises=True)
    assert not Promise.objects.exists()


@pytest.mark.django_db
def test_a_promise_is_changed_taken_out_and_left_alone_when_settled(csm: User) -> None:
    account = make_account(csm=csm)
    save_handover(actor=csm, account=account, promises=[promised("One"), promised("Two"), promised("Three")])
    one, two, three = Promise.objects.order_by("pk")
    Promise.objects.filter(pk=three.pk).update(state="kept", settled_on=today(), evidence="x")
    lines = [Promised("One more", one.due_on, one.pk), Promised("", None, two.pk), Promised("Gone", None, three.pk)]
    save_handover(actor=csm, account=account, promises=lines)
    assert sorted(Promise.objects.values_list("words", flat=True)) == ["One more", "Three"]


@pytest.mark.django_db
def test_a_new_customer_without_a_handover_is_a_gap(csm: User) -> None:
    late = make_account(csm=csm, signed_on=today() - dt.timedelta(days=20))
    make_account(csm=csm, signed_on=today() - dt.timedelta(days=2))
    make_account(csm=csm, signed_on=today() - dt.timedelta(days=800))
    done = make_account(csm=csm, signed_on=today() - dt.timedelta(days=20))
    save_handover(actor=csm, account=done, promises=[promised()], people=PEOPLE, is_submitted=True, **WHOLE)
    sweep_plans()
    sweep_plans()
    assert [row.account_id for row in Trigger.objects.filter(kind="handover_gap")] == [late.pk]


# The form and the API


def form_data(**more: str) -> dict[str, str]:
    rows = {"promises-TOTAL_FORMS": "2", "promises-INITIAL_FORMS": "0"}
    return rows | {"people-TOTAL_FORMS": "1", "people-INITIAL_FORMS": "0"} | more


@pytest.mark.django_db
def test_the_form_saves_and_hands_over(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    url = reverse("handover", args=[account.pk])
    values = form_data(
        **WHOLE,
        **{"promises-0-words": "A plan", "promises-0-due_on": "+3m"},
        **{"people-0-name": "Ana", "people-0-persona": "champion"},
    )
    assert as_csm.post(url, values).status_code == 302
    assert Handover.objects.get().state == "draft"
    shown = as_csm.get(url).content.decode()
    assert "A plan" in shown and "Plan in a day" in shown and "75 % complete" not in shown
    again = form_data(**WHOLE, then="submit", version=str(Handover.objects.get().version))
    assert as_csm.post(url, again).status_code == 302
    assert Handover.objects.get().state == "submitted"


@pytest.mark.django_db
def test_the_form_keeps_what_was_written_when_it_refuses(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    answer = as_csm.post(
        reverse("handover", args=[account.pk]), form_data(notes="Keep me", **{"promises-0-words": "No day"})
    )
    assert answer.status_code == 422
    assert "Keep me" in answer.content.decode() and "No day" in answer.content.decode()
    assert not Handover.objects.exists()


@pytest.mark.django_db
def test_a_crm_posts_a_handover(csm: User) -> None:
    account = make_account(csm=csm)
    client = Client(headers={"Authorization": f"Bearer {make_api_key(csm, scopes=['read', 'write'])}"})
    body: dict[str, Any] = {
        "account": account.pk,
        **WHOLE,
        "promises": [{"words": "A plan", "due_on": "2031-05-01"}],
        "stakeholders": [{"name": "Ana", "email": "ana@acme.example", "persona": "champion"}],
    }
    made = client.post("/api/v1/handovers/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["gaps"] == ["decision_maker"]
    assert made.json()["promises"] == [{"words": "A plan", "due_on": "2031-05-01", "state": "open"}]
    again = client.post("/api/v1/handovers/", body, content_type="application/json")
    assert again.status_code == 200
    assert Promise.objects.count() == 1
    accept_handover(actor=csm, handover=Handover.objects.select_related("account").get())
    closed = client.post("/api/v1/handovers/", body, content_type="application/json")
    assert closed.status_code == 400 and "accepted" in str(closed.json())
    wrong = client.post("/api/v1/handovers/", {"account": account.pk, "intent": "x"}, content_type="application/json")
    assert wrong.status_code == 400
    listed = client.get("/api/v1/handovers/?state=accepted").json()
    assert [row["id"] for row in listed["results"]] == [made.json()["id"]]


@pytest.mark.django_db
def test_the_plan_tab_shows_all_of_it_in_a_flat_number_of_queries(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    url = reverse("account_plan", args=[account.pk])

    def count() -> int:
        as_csm.get(url)
        with CaptureQueriesContext(connection) as caught:
            assert as_csm.get(url).status_code == 200
        return len(caught)

    few = count()
    for number in range(4):
        make_goal(account, title=f"Goal {number}", is_shared=True)
        make_promise(account, words=f"Promise {number}")
        make_plan(account, by=csm)
    save_handover(actor=csm, account=account, is_submitted=True)
    shown = as_csm.get(url).content.decode()
    assert "Goal 3" in shown and "Promise 3" in shown and "Handed over by" in shown
    assert count() <= few + 1
