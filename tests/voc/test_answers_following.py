"""What follows from an answer: marked with it, made by a worker, once, all or nothing."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection

from accounts.models import AccountChange, Fact
from lifecycle.models import Trigger
from outbox import bell
from team.models import User
from tests.makers import make_account, make_contact
from tests.team.racing import at_once
from tests.voc.makers import make_invitation, make_nps
from voc.formulas.answers import AnswerValue
from voc.models import Feedback, Response
from voc.services.erasure import erase_words
from voc.services.responses import follow_up, follow_up_waiting, take_answers
from voc.tasks import feedback as tasks
from voc.tasks import ring_follow_up, sweep

pytestmark = pytest.mark.django_db


def answered(csm: User, *, score: int = 3, words: str = "The export drops the filters.") -> Response:
    """Somebody answered; no worker has seen it."""
    invitation, _token = make_invitation(make_nps(csm), make_contact(make_account(csm=csm)))
    first, second = (question["id"] for question in invitation.version.definition["questions"][:2])
    answers = {first: AnswerValue(number=Decimal(score)), second: AnswerValue(text=words)}
    taken = take_answers(invitation=invitation, answers=answers, language="en")
    assert taken.response is not None
    assert taken.has_news
    return taken.response


def made() -> list[int]:
    """Everything that follows from answers."""
    triggers = Trigger.objects.filter(kind="answer")
    facts = Fact.objects.filter(definition__name="nps")
    return [Feedback.objects.count(), triggers.count(), facts.count()]


def test_an_answer_is_stored_with_the_mark_and_the_sweep_makes_the_rest(csm: User) -> None:
    """Neither Redis nor a worker was there."""
    response = answered(csm)
    assert (Response.objects.get().is_followed_up, made()) == (False, [0, 0, 0])
    sweep()
    assert (Response.objects.get().is_followed_up, made()) == (True, [1, 1, 1])
    assert response.account is not None
    response.account.summary.refresh_from_db()
    assert response.account.summary.nps == 3
    assert Feedback.objects.get().understood_at is not None


def test_twice_equals_once(csm: User) -> None:
    response = answered(csm)
    assert follow_up(response_id=response.pk)
    marks = AccountChange.objects.count()
    assert not follow_up(response_id=response.pk)
    assert (made(), AccountChange.objects.count()) == ([1, 1, 1], marks)
    Response.objects.update(is_followed_up=False)
    assert follow_up(response_id=response.pk)
    assert made() == [1, 1, 1]


@pytest.mark.parametrize("table", ["voc_feedback", "accounts_fact", "lifecycle_trigger", "voc_response"])
def test_a_crash_between_leaves_nothing_but_the_mark(csm: User, table: str) -> None:
    response = answered(csm)

    def pull_the_plug(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if table in sql and ("INSERT" in sql or "UPDATE" in sql) and "FOR UPDATE" not in sql:
            raise DatabaseError("pulled the plug")
        return execute(sql, params, many, context)

    marks = AccountChange.objects.count()
    with connection.execute_wrapper(pull_the_plug), pytest.raises(DatabaseError):
        follow_up(response_id=response.pk)
    assert (made(), AccountChange.objects.count()) == ([0, 0, 0], marks)
    assert not Response.objects.get().is_followed_up
    assert follow_up_waiting() == 1
    assert made() == [1, 1, 1]


def test_an_answer_that_cannot_be_followed_keeps_no_other_waiting(csm: User) -> None:
    bad, _good = answered(csm), answered(csm)

    def pull_the_plug(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if "lifecycle_trigger" in sql and f"response:{bad.pk}" in str(params):
            raise DatabaseError("pulled the plug")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(pull_the_plug):
        assert follow_up_waiting() == 1
    assert list(Response.objects.to_follow_up()) == [bad]


def test_a_changed_answer_is_followed_up_again(csm: User) -> None:
    response = answered(csm)
    follow_up_waiting()
    assert response.invitation is not None
    first, second = (question["id"] for question in response.version.definition["questions"][:2])
    changed = {first: AnswerValue(number=Decimal(9)), second: AnswerValue(text="Fixed, thanks.")}
    assert take_answers(invitation=response.invitation, answers=changed, language="en").has_news
    assert not take_answers(invitation=response.invitation, answers=changed, language="en").has_news
    assert follow_up_waiting() == 1
    assert (Feedback.objects.get().text, Feedback.objects.get().score) == ("Fixed, thanks.", 9)
    assert Trigger.objects.filter(kind="answer").count() == 1


def test_erased_words_do_not_come_back(csm: User) -> None:
    response = answered(csm)
    assert response.contact_id is not None
    erase_words(contact_ids=[response.contact_id])
    assert follow_up_waiting() == 1
    assert made() == [0, 1, 1]


def test_answers_of_one_second_share_a_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[object] = []
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    monkeypatch.setattr(bell, "_rung_at", {})
    monkeypatch.setattr(tasks.follow_up_answers, "apply_async", lambda **how: rung.append(how["countdown"]))
    ring_follow_up()
    ring_follow_up()
    assert rung == [tasks.BELL_SECONDS]
    bell._rung_at[tasks.follow_up_answers.name] -= 2 * tasks.BELL_SECONDS
    ring_follow_up()
    assert len(rung) == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_follow_up_once(csm: User) -> None:
    for _number in range(3):
        answered(csm)
    results = at_once(4, follow_up_waiting)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(result for result in results if isinstance(result, int)) == 3
    assert made() == [3, 3, 3]
