"""Telling everybody affected, their word on it, and what follows: no fresh term, a level higher."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import ContactSend, Touchpoint
from lifecycle.models import Trigger
from outbox.models import Message
from team.clock import now, today
from team.models import Notice, User
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_feedback, make_insight
from voc.models import Insight, InsightFeedback, Verification
from voc.selectors.telling import read_telling
from voc.services.insights import NotAllowedNow
from voc.services.loop import Sender, take_verdict, tell_customer, tell_customers

DAY = dt.timedelta(days=1)


def told_insight(csm: User, *, people: int = 1, **fields: Any) -> Insight:
    """Done, and said by so many people."""
    account = make_account(csm=csm, name="Northwind")
    fields = {"state": "acted_on", "promise": "A fix", "promised_on": today(), "action": "Shipped in 4.2"} | fields
    fields = {"decided_at": now(), "acted_at": now()} | fields
    insight = make_insight(account, contact=make_contact(account, name="Ada First"), **fields)
    for number in range(1, people):
        contact = make_contact(account, name=f"Person {number}", language="da" if number == 1 else "en")
        piece = make_feedback(account, f"Export is slow, says {number}.", contact=contact)
        InsightFeedback.objects.create(insight=insight, feedback=piece)
    return insight


def verification_of(csm: User, **fields: Any) -> Verification:
    insight = told_insight(csm, **fields)
    contact = insight.account.contacts.get()
    return tell_customer(actor=csm, insight=insight, contact=contact, text="We shipped it.")


def test_everybody_gets_a_draft_in_their_language_in_the_chosen_name(csm: User, as_csm: Client) -> None:
    insight = told_insight(csm, people=3)
    page = as_csm.get(reverse("insight_telling", args=[insight.pk]), {"sender": "csm"}).content.decode()
    drafts = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert len(drafts) == 3
    assert all(csm.name in draft and "Shipped in 4.2" in draft for draft in drafts)
    assert sum("Tak" in draft for draft in drafts) == 1
    assert "Type 3 to send to all" in page
    page = as_csm.get(reverse("insight_telling", args=[insight.pk]), {"sender": "department"}).content.decode()
    assert "Product, " in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0]


def test_all_are_told_only_after_their_number_was_typed(csm: User, as_csm: Client) -> None:
    insight = told_insight(csm, people=3)
    url = reverse("insight_telling", args=[insight.pk])
    texts = {f"text-{contact.pk}": f"To {contact.name}" for contact in insight.account.contacts.all()}
    refused = as_csm.post(url, {"sender": "csm", **texts, "number": "2"})
    assert (refused.status_code, Message.objects.count()) == (422, 0)
    assert "To Ada First" in refused.content.decode()
    assert as_csm.post(url, {"sender": "csm", **texts, "number": "3"}).status_code == 302
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["reply"] * 3
    assert ContactSend.objects.filter(kind="personal").count() == 3
    assert set(Verification.objects.values_list("reply", flat=True)) == set(texts.values())
    insight.refresh_from_db()
    assert insight.state == "told"
    # Nobody is left: the same form once more sends nothing.
    assert as_csm.post(url, {"sender": "csm", **texts, "number": "3"}).status_code == 422
    assert Message.objects.count() == 3


def test_one_is_told_without_the_others(csm: User, as_csm: Client) -> None:
    insight = told_insight(csm, people=3)
    contact = insight.account.contacts.get(name="Person 1")
    form = {"sender": "department", "only": contact.pk, f"text-{contact.pk}": "Just you"}
    assert as_csm.post(reverse("insight_telling", args=[insight.pk]), form).status_code == 302
    mail = Message.objects.get()
    assert mail.recipient == contact.email
    assert mail.sender.startswith("Product") or "Product" in mail.sender
    assert mail.reply_to == csm.email
    telling = read_telling(insight=insight, user=csm)
    assert {one.contact.name for one in telling.waiting} == {"Ada First", "Person 2"}


def test_a_second_press_sends_nothing(csm: User) -> None:
    insight = told_insight(csm)
    contact = insight.account.contacts.get()
    tell_customer(actor=csm, insight=insight, contact=contact, text="Done.")
    with pytest.raises(NotAllowedNow):
        tell_customer(actor=csm, insight=insight, contact=contact, text="Done.")
    assert Message.objects.count() == 1


def test_who_left_is_named_and_the_others_are_told(csm: User) -> None:
    insight = told_insight(csm, people=2)
    gone = insight.account.contacts.get(name="Person 1")
    gone.status = "left"
    gone.save()
    telling = read_telling(insight=insight, user=csm)
    assert [bool(one.refusal) for one in telling.people if one.contact == gone] == [True]
    texts = {contact.pk: "Hello" for contact in insight.account.contacts.all()}
    assert tell_customers(actor=csm, insight=insight, texts=texts, sender=Sender.CSM).sent == 1


def test_the_page_asks_the_same_number_of_questions_for_many(
    csm: User, as_csm: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    insight = told_insight(csm, people=2)
    url = reverse("insight_telling", args=[insight.pk])
    as_csm.get(url)
    with django_assert_max_num_queries(60) as few:
        as_csm.get(url, {"sender": "department"})
    for number in range(5):
        contact = make_contact(insight.account)
        piece = make_feedback(insight.account, f"Slow, says number {number}.", contact=contact)
        InsightFeedback.objects.create(insight=insight, feedback=piece)
    with django_assert_max_num_queries(len(few)):
        as_csm.get(url, {"sender": "department"})


def test_the_page_is_for_those_who_may_answer(csm: User, stranger: User, as_csm: Client) -> None:
    insight = told_insight(csm)
    url = reverse("insight_telling", args=[insight.pk])
    client = Client()
    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert as_csm.put(url).status_code == 405
    part = as_csm.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="telling"' in part


def test_members_read_masked_words(csm: User) -> None:
    member = make_user(role="member")
    make_department("product", members=(member,))
    insight = told_insight(csm)
    InsightFeedback.objects.all().delete()
    piece = make_feedback(
        insight.account, "Write to me at ada@secret.example please", contact=insight.account.contacts.get()
    )
    InsightFeedback.objects.create(insight=insight, feedback=piece)
    assert "ada@secret.example" in read_telling(insight=insight, user=csm).people[0].quote
    assert "ada@secret.example" not in read_telling(insight=insight, user=member).people[0].quote


def test_yes_verifies_and_nobody_is_asked_twice(csm: User) -> None:
    verification = verification_of(csm)
    assert take_verdict(verification=verification, verdict="yes")
    assert not take_verdict(verification=verification, verdict="no")
    insight = Insight.objects.get()
    assert insight.state == "verified"
    assert Trigger.objects.filter(kind="insight_verified").count() == 1


@pytest.mark.parametrize("verdict", ["no", "partly"])
def test_no_reopens_a_level_higher_with_the_time_that_was_left(csm: User, manager: User, verdict: str) -> None:
    department = make_department("product")
    department.opens_at, department.closes_at = dt.time(0), dt.time(23, 59, 59)
    department.save()
    made = now() - 60 * DAY
    verification = verification_of(csm, decided_at=made, due_at=made + DAY / 8, warn_at=made)
    take_verdict(verification=verification, verdict=verdict, comment="Call +45 12 34 56 78: still slow")
    insight = Insight.objects.get()
    assert (insight.state, insight.level, insight.decided_at) == ("reopened", 1, None)
    assert insight.due_at is not None
    assert insight.warn_at is not None
    # Three hours were left at most (a weekend leaves none, and then two are the least); a fresh term has sixteen.
    assert now() < insight.warn_at < insight.due_at < now() + 5 * DAY
    assert Notice.objects.filter(user=manager, text__contains="solved").count() == 1
    words = list(insight.steps.values_list("text", flat=True))[-1]
    assert "still slow" in words
    assert "12 34 56 78" not in words


def test_no_answer_leaves_it_told_and_says_so(csm: User, as_csm: Client) -> None:
    verification = verification_of(csm)
    url = reverse("insight_telling", args=[verification.insight_id])
    assert "told, no answer" not in as_csm.get(url).content.decode()
    Verification.objects.update(expires_at=now() + 10 * DAY)
    assert "told, no answer" in as_csm.get(url).content.decode()
    assert Insight.objects.get().state == "told"
    assert Message.objects.count() == 1


def test_a_look_at_the_link_answers_nothing(csm: User) -> None:
    verification_of(csm)
    mail = Message.objects.get()
    link = re.search(r"https?://[^/\s]+(/v/[^\s\"]+?/)", mail.body_text)
    assert link is not None, mail.body_text
    client = Client()
    for _ in range(3):
        assert client.get(link[1]).status_code == 200
        assert client.head(link[1]).status_code == 200
    assert client.post(link[1], {"verdict": "yes"}).status_code == 422
    assert Verification.objects.get().verdict == ""
    assert Touchpoint.objects.count() == 1
