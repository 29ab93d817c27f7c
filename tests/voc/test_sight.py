"""Nobody learns another customer's words by a merge, a deletion or a grant without an end."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccountGrant
from accounts.services.accounts import delete_account
from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_department, make_user
from tests.voc.makers import make_feedback, make_insight, make_invitation, make_nps
from voc.models import Insight, InsightFeedback
from voc.selectors.invitations import last_time
from voc.selectors.queue import in_tab, is_late, queue_of, read_evidence
from voc.selectors.telling import recipients_of
from voc.services.deadlines import escalate_late
from voc.services.dividing import merge_insight
from voc.services.routing import place

pytestmark = pytest.mark.django_db


def merged(mine: User, other: User, by: User) -> tuple[Insight, Insight]:
    """An insight of one book that went into one of another book; (what went, what goes on)."""
    gone = make_insight(make_account(csm=mine), text="Our export loses rows.")
    stays = make_insight(make_account(csm=other), text="The secret merger with Initech makes us leave.")
    merge_insight(actor=by, insight=gone, into=stays)
    return gone, stays


def test_a_customer_reads_the_own_words_and_never_those_of_another(csm: User, stranger: User, manager: User) -> None:
    gone, stays = merged(csm, stranger, manager)
    Insight.objects.filter(pk=stays.pk).update(state="acted_on", action="Fixed in May", decided_at=now())
    contact = gone.account.contacts.get()
    invitation, _token = make_invitation(make_nps(csm), contact)
    last = last_time(invitation)
    assert last is not None
    assert (last.said, last.action) == ("Our export loses rows", "Fixed in May")


def test_quotes_of_another_book_stay_there(csm: User, stranger: User, manager: User) -> None:
    _gone, stays = merged(csm, stranger, manager)
    assert [one.account and one.account.csm for one in read_evidence(insight=stays, user=stranger).quotes] == [stranger]
    assert len(read_evidence(insight=stays, user=manager).quotes) == 2


def test_who_is_told_is_of_an_account_that_one_sees(csm: User, stranger: User, manager: User) -> None:
    gone, stays = merged(csm, stranger, manager)
    Insight.objects.filter(pk=stays.pk).update(state="acted_on", action="Fixed")
    client = Client()
    client.force_login(stranger)
    page = client.get(reverse("insight_tell", args=[stays.pk])).content.decode()
    assert gone.account.contacts.get().name not in page
    assert stays.account.contacts.get().name in page


def test_a_grant_by_a_merge_ends(csm: User, stranger: User, manager: User) -> None:
    gone, stays = merged(csm, stranger, manager)
    grant = AccountGrant.objects.get(account=gone.account, source_ref=f"insight:{stays.pk}")
    assert grant.until is not None


def test_the_queue_forgets_a_deleted_account(csm: User, manager: User) -> None:
    member = make_user(role="member")
    insight = make_insight(make_account(csm=csm), due_at=now() - dt.timedelta(days=3))
    make_department("product", members=(member,))
    delete_account(actor=csm, account=insight.account)
    for reader in (manager, member):
        assert not in_tab(queue_of(reader, None), "triage").exists()
    assert not Insight.objects.decidable_by(manager).exists()
    assert not Insight.objects.answerable_by(manager).exists()
    assert escalate_late() == 0
    assert recipients_of(insight=insight, user=manager) == []


def test_feedback_put_into_a_queue_twice_at_once_is_there_once(csm: User) -> None:
    feedback = make_feedback(make_account(csm=csm))
    department = make_department("product")
    first = place(feedback=feedback, department=department, theme=None)
    assert place(feedback=feedback, department=department, theme=None) == first
    assert InsightFeedback.objects.count() == 1


def test_late_is_when_the_hour_has_passed_in_whatever_zone(csm: User) -> None:
    insight = make_insight(make_account(csm=csm), due_at=now() - dt.timedelta(minutes=1))
    assert is_late(insight)
    insight.due_at = now() + dt.timedelta(minutes=1)
    assert not is_late(insight)
    insight.state, insight.promised_on = Insight.State.ACCEPTED, today()
    assert not is_late(insight)
