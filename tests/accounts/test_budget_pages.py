"""The contact budget on screen."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.formulas.budget import BudgetRules
from accounts.models import AccountSummary, BudgetTrial, Contact, ContactRules, ContactSend
from accounts.services.budget import budget_rules, save_rules
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db

FORM = {
    "mails_per_week": "1",
    "survey_every_days": "90",
    "transactional_every_days": "14",
    "account_mails_per_year": "12",
    "renewal_reserve": "2",
    "pauses_for_escalation": "on",
}


def sent(contact: Contact, kind: str, days_ago: int, **fields: Any) -> ContactSend:
    number = ContactSend.objects.count()
    return ContactSend.objects.create(
        contact=contact,
        account=contact.account,
        kind=kind,
        message_ref=f"m:{number}",
        sent_at=now() - dt.timedelta(days=days_ago),
        **fields,
    )


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def test_other_numbers_are_tried_first_then_saved_and_taken_back(as_admin: Client, admin: User, csm: User) -> None:
    contact = make_contact(make_account(csm=csm, name="Acme"))
    sent(contact, "automated", 10)
    sent(contact, "automated", 9)
    answer = as_admin.post(reverse("contact_budget"), FORM)
    trial = BudgetTrial.objects.get()
    assert answer.headers["Location"] == reverse("budget_trial", args=[trial.pk])
    assert (budget_rules(), trial.state) == (BudgetRules(), "done")
    page = as_admin.get(reverse("budget_trial", args=[trial.pk])).content.decode()
    assert "Acme" in page
    assert trial.result["all"] == [2, 1, 0, 0]
    as_admin.post(reverse("budget_rules_save", args=[trial.pk]))
    assert (budget_rules().mails_per_week, budget_rules().account_mails_per_year) == (1, 12)
    undo_action(actor=admin, action=ActionLog.objects.get())
    assert budget_rules() == BudgetRules()


def test_nobody_saves_rules_that_keep_the_whole_year(as_admin: Client) -> None:
    answer = as_admin.post(reverse("contact_budget"), {**FORM, "renewal_reserve": "12"})
    assert (answer.status_code, BudgetTrial.objects.count()) == (422, 0)


def test_a_change_of_the_rules_is_audited(admin: User) -> None:
    save_rules(actor=admin, rules=BudgetRules(mails_per_week=5))
    assert save_rules(actor=admin, rules=BudgetRules(mails_per_week=5)) is None
    row = ContactRules.objects.get()
    assert row.events.count() == 1  # type: ignore[attr-defined]


def test_a_big_trial_shows_how_far_it_is(as_admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.services.budget.trials.SMALL", -1)
    as_admin.post(reverse("contact_budget"), FORM)
    trial = BudgetTrial.objects.get()
    assert trial.state == "waiting"
    page = as_admin.get(reverse("budget_trial", args=[trial.pk]))
    assert "<progress" in page.content.decode()


def test_the_year_of_an_account_names_what_is_kept_and_what_went(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(renews_on=now().date() + dt.timedelta(days=100))
    anna, ben = make_contact(account, name="Anna"), make_contact(account, name="Ben")
    sent(anna, "survey", 3)
    sent(anna, "personal", 2, is_waiting=True)
    page = as_csm.get(reverse("account_budget", args=[account.pk])).content.decode()
    assert "2 of 200 mails of the year" in page
    assert "The last 10 are kept for the renewal" in page
    assert "Was asked by a survey too recently" in page
    assert ben.name in page
    part = {"HX-Request": "true", "HX-Target": "budget-card"}
    card = as_csm.get(reverse("account_budget", args=[account.pk]), headers=part)
    assert "<html" not in card.content.decode()


def test_a_person_shows_when_they_may_be_asked_again(as_csm: Client, csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    sent(contact, "survey", 3)
    page = as_csm.get(reverse("contact_ledger", args=[contact.pk])).content.decode()
    assert "1 of 2" in page
    assert "Was asked by a survey too recently" in page


def test_an_account_needs_as_many_queries_for_twenty_people_as_for_one(as_csm: Client, csm: User) -> None:
    def count(people: int) -> int:
        account = make_account(csm=csm)
        for _number in range(people):
            sent(make_contact(account), "survey", 3)
        with CaptureQueriesContext(connection) as queries:
            as_csm.get(reverse("account_budget", args=[account.pk]))
        return len(queries)

    assert count(1) == count(20)
