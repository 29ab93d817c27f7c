"""The inbox in the database: sources are swept once, repeats are mentions, every deed has its way back."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import AccountGrant, Ticket
from accounts.services.erasure import erase_contacts
from team.clock import now
from team.models import Notice, User
from team.services.undo import undo_action
from tests.makers import make_account, make_contact, make_department
from tests.voc.makers import make_feedback, make_insight, make_nps
from tests.voc.makers_inbox import make_ticket, make_touch
from voc.models import Feedback, FeedbackStep, Gathering, Insight, InsightFeedback, Response
from voc.selectors.repeats import find_alike, find_first
from voc.services.feedback import set_handled, take_feedback
from voc.services.inbox.gathering import gather_feedback, gather_from_now_on
from voc.services.inbox.handling import give_account, handle_feedback, send_to_department
from voc.services.inbox.receiving import Piece, take_pieces
from voc.services.inbox.repeats import mark_distinct, mark_repeat
from voc.services.inbox.writing import add_feedback
from voc.services.insights import decline_insight
from voc.services.routing import Unroutable, place, repeat, route_feedback

pytestmark = pytest.mark.django_db
SAID = "The export drops the filters every single time."


def test_what_customers_say_in_tickets_calls_mails_and_chats_is_swept_once(csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account, persona="champion")
    ticket = make_ticket(account, "We cannot export to Excel any more.", contact=ana)
    make_touch(account, "mail", "Please move our invoice to June.", ana)
    make_touch(account, "call", "Talked for long.\n> The roll-out is too slow for us.", ana, direction="two_way")
    make_touch(account, "chat", "How do I reset the dashboard?", direction="in")
    assert gather_feedback() == 4
    assert gather_feedback() == 0
    found = {row.source: row for row in Feedback.objects.all()}
    assert (found["ticket"].external_id, found["ticket"].contact) == (str(ticket.pk), ana)
    assert found["call"].text == "The roll-out is too slow for us."
    assert (found["mail"].persona, found["chat"].contact) == ("champion", None)
    assert account.changes.filter(reason="feedback").exists()


def test_our_own_words_private_notes_and_old_ones_are_left_out(csm: User) -> None:
    account = make_account(csm=csm)
    make_touch(account, "mail", "Dear Ana, here is your invoice.", direction="out")
    make_touch(account, "note", "They will leave, I fear, within the year.", direction="none")
    make_touch(account, "call", "She hates the new price list.", is_private=True)
    make_touch(account, "mail", "I am out of office until June.", is_automated=True)
    make_touch(account, "chat", "ok, thanks")
    make_ticket(account, "Something happened last winter.", opened_at=now() - dt.timedelta(days=200))
    deleted = make_ticket(account, "This was entered by mistake.")
    Ticket.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    assert gather_feedback() == 0


def test_a_slip_is_not_taken_within_its_first_seconds(csm: User) -> None:
    ticket = make_ticket(make_account(csm=csm), "We cannot export to Excel any more.")
    Ticket.objects.filter(pk=ticket.pk).update(created_at=timezone.now())
    assert gather_feedback() == 0


def test_the_sweep_moves_on_and_still_sees_rows_that_come_late(csm: User) -> None:
    account = make_account(csm=csm)
    old = make_ticket(account, "We cannot export to Excel any more.")
    Ticket.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(hours=9))
    late = make_ticket(account, "Nor to PDF, by the way, since May.")
    Ticket.objects.filter(pk=late.pk).update(body="")
    assert gather_feedback() == 1
    assert Gathering.objects.get(source="ticket").seen_id == old.pk
    Ticket.objects.filter(pk=late.pk).update(body="Nor to PDF, by the way, since May.")
    assert gather_feedback() == 1
    make_ticket(account, "And Word, while you are at it.")
    gather_from_now_on()
    assert gather_feedback() == 0


def test_the_same_words_again_are_a_mention_and_no_second_insight(csm: User) -> None:
    account = make_account(csm=csm)
    first = make_feedback(account, SAID, received_at=now() - dt.timedelta(days=3))
    insight = place(feedback=first, department=make_department("product"), theme=None)
    again = make_feedback(account, SAID.upper() + " !!")
    assert route_feedback(feedback=again) == insight
    again.refresh_from_db()
    insight.refresh_from_db()
    assert (again.duplicate_of, again.is_handled, insight.mentions) == (first, True, 2)
    assert route_feedback(feedback=again) is None
    assert (Insight.objects.count(), InsightFeedback.objects.count()) == (1, 2)


def test_a_repeat_waits_behind_the_first_and_goes_with_it(csm: User) -> None:
    account = make_account(csm=csm)
    first = make_feedback(account, SAID, received_at=now() - dt.timedelta(days=1))
    again = make_feedback(account, SAID)
    assert route_feedback(feedback=again) is None
    assert list(Feedback.objects.to_do()) == [first]
    insight = place(feedback=first, department=make_department("product"), theme=None)
    insight.refresh_from_db()
    assert (insight.mentions, insight.quotes.count(), Feedback.objects.to_do().count()) == (2, 2, 0)


def test_others_old_short_and_closed_ones_are_no_first(csm: User, manager: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    make_feedback(other, SAID, received_at=now() - dt.timedelta(days=1))
    make_feedback(account, SAID, received_at=now() - dt.timedelta(days=40))
    assert find_first(make_feedback(account, SAID)) is None
    make_feedback(account, "All good", received_at=now() - dt.timedelta(days=1))
    assert find_first(make_feedback(account, "All good")) is None
    ana = make_contact(account)
    mine = make_feedback(account, "Slow!", contact=ana, received_at=now() - dt.timedelta(days=1))
    assert find_first(make_feedback(account, "slow", contact=ana)) == mine
    third = make_account(csm=csm)
    insight = make_insight(third, text=SAID)
    Feedback.objects.filter(account=third).update(received_at=now() - dt.timedelta(days=1), fingerprint=None)
    decline_insight(actor=manager, insight=insight, reason="Works as meant")
    assert find_first(make_feedback(third, SAID)) is None


def test_alike_ones_are_proposed_and_never_joined_by_themselves(csm: User) -> None:
    account = make_account(csm=csm)
    one = make_feedback(account, "The export takes six clicks every month and I fix the columns by hand.")
    two = make_feedback(account, "the export takes six clicks each month, and I fix columns by hand")
    make_feedback(account, "The weather is lovely and the new dashboards are a joy to use.")
    assert find_first(two) is None
    assert [alike.feedback for alike in find_alike(two, user=csm)] == [one]


def test_a_person_marks_a_repeat_and_takes_it_back(csm: User) -> None:
    account = make_account(csm=csm)
    one, two = make_feedback(account, SAID), make_feedback(account, "Filters are gone after each export.")
    insight = place(feedback=one, department=make_department("product"), theme=None)
    action = mark_repeat(actor=csm, feedback=two, first=one)
    two.refresh_from_db()
    insight.refresh_from_db()
    assert (two.duplicate_of, two.is_handled, insight.mentions) == (one, True, 2)
    assert undo_action(actor=csm, action=action)
    two.refresh_from_db()
    insight.refresh_from_db()
    assert (two.duplicate_of, two.is_handled, two.is_distinct, insight.mentions) == (None, False, False, 1)
    with pytest.raises(Unroutable):
        mark_repeat(actor=csm, feedback=two, first=make_feedback(make_account(csm=csm), SAID))


def test_what_a_person_told_apart_stays_apart(csm: User) -> None:
    account = make_account(csm=csm)
    first = make_feedback(account, SAID, received_at=now() - dt.timedelta(days=1))
    again = make_feedback(account, SAID, understood_at=now())
    repeat(feedback=again, first=first)
    again.refresh_from_db()
    action = mark_distinct(actor=csm, feedback=again)
    again.refresh_from_db()
    assert (again.duplicate_of, again.is_distinct) == (None, True)
    assert find_first(again) is None
    assert action is not None
    assert undo_action(actor=csm, action=action)
    again.refresh_from_db()
    assert (again.duplicate_of, again.is_distinct) == (first, False)


def test_looked_at_is_undone_and_a_queue_is_not_emptied_by_it(csm: User) -> None:
    account = make_account(csm=csm)
    one, two = make_feedback(account), make_feedback(account, SAID)
    action = handle_feedback(actor=csm, feedback_ids=[one.pk, two.pk])
    assert action is not None
    assert handle_feedback(actor=csm, feedback_ids=[one.pk, two.pk]) is None
    one.refresh_from_db()
    assert (one.is_handled, one.handled_by) == (True, csm)
    assert undo_action(actor=csm, action=action)
    assert Feedback.objects.to_do().count() == 2
    place(feedback=one, department=make_department("product"), theme=None)
    assert not set_handled(feedback=one, is_handled=False)
    assert [step.kind for step in two.steps.all()] == ["handled", "reopened"]


def test_sent_by_hand_and_taken_back_leaves_no_trace_in_the_queue(csm: User) -> None:
    feedback = make_feedback(make_account(csm=csm))
    member = make_department("product", members=(csm,))
    action = send_to_department(actor=csm, feedback=[feedback], department=member, theme=None)
    assert Insight.objects.count() == 1
    assert undo_action(actor=csm, action=action)
    assert (Insight.objects.count(), AccountGrant.objects.count(), Notice.objects.filter(kind="insight").count()) == (
        0,
        0,
        0,
    )
    assert list(Feedback.objects.to_do()) == [feedback]
    with pytest.raises(Unroutable):
        send_to_department(actor=csm, feedback=[], department=member, theme=None)


def test_what_was_said_in_public_is_given_to_an_account_and_back(manager: User, csm: User) -> None:
    account = make_account(csm=csm)
    account.summary.stage = "Onboarding"
    account.summary.save()
    feedback = take_feedback(
        account=None,
        contact=None,
        text=SAID,
        source="review",
        received_at=now(),
        author="Ana B.",
        score=2,
        scale=(1, 5),
    )
    assert (feedback.score, feedback.score_given) == (3, "2/5")
    assert not Feedback.objects.visible_to(csm).exists()
    action = give_account(actor=manager, feedback=feedback, account=account)
    feedback.refresh_from_db()
    assert (feedback.account, feedback.stage) == (account, "Onboarding")
    assert Feedback.objects.visible_to(csm).exists()
    with pytest.raises(Unroutable):
        give_account(actor=manager, feedback=feedback, account=make_account())
    assert undo_action(actor=manager, action=action)
    feedback.refresh_from_db()
    assert feedback.account is None


def test_marketing_reads_what_belongs_to_nobody(csm: User) -> None:
    take_feedback(account=None, contact=None, text=SAID, source="social", received_at=now())
    make_department("marketing", members=(csm,))
    assert Feedback.objects.visible_to(User.objects.get(pk=csm.pk)).count() == 1


def test_what_was_written_by_hand_is_unwritten_even_from_a_queue(csm: User) -> None:
    account = make_account(csm=csm)
    ticket = make_ticket(account, SAID)
    feedback, action = add_feedback(actor=csm, text=SAID, source="ticket", account=account, origin=ticket)
    assert gather_feedback() == 0
    place(feedback=feedback, department=make_department("product"), theme=None)
    assert undo_action(actor=csm, action=action)
    assert not Feedback.objects.exists()
    assert not Insight.objects.exists()


def test_a_score_is_of_the_scale_of_its_survey(csm: User) -> None:
    version = make_nps(csm)
    version.survey.kind = "csat"
    version.survey.save()
    response = Response.objects.create(version=version, state="partial", score=5)
    feedback = take_feedback(
        account=make_account(),
        contact=None,
        text="Great",
        source="survey",
        received_at=now(),
        score=5,
        response=response,
    )
    assert (feedback.score, feedback.score_given) == (10, "5/5")


def test_programs_send_many_and_hear_of_each(csm: User, stranger: User, manager: User) -> None:
    account, foreign = make_account(csm=csm), make_account(csm=stranger)
    ana = make_contact(account, email="Ana@acme.example")
    pieces = [
        Piece(SAID, "chat", account_id=account.pk, external_id="1"),
        Piece(SAID, "chat", email="ana@ACME.example", external_id="2"),
        Piece(SAID, "chat", account_id=foreign.pk, external_id="3"),
        Piece(SAID, "chat", external_id="4"),
        Piece(SAID, "review", account_id=account.pk, external_id="1", score=4, scale=(1, 5)),
        Piece(SAID, "chat", account_id=foreign.pk, contact_id=ana.pk),
    ]
    outcomes = take_pieces(actor=csm, pieces=pieces)
    assert [one.outcome for one in outcomes] == ["created", "created", "rejected", "rejected", "updated", "rejected"]
    assert Feedback.objects.get(external_id="2").contact == ana
    again = take_pieces(actor=csm, pieces=pieces[1:2])
    assert (again[0].outcome, Feedback.objects.count()) == ("unchanged", 2)
    taken = take_pieces(actor=stranger, pieces=[Piece(SAID, "chat", account_id=foreign.pk, external_id="1")])
    assert taken[0].errors == {"external_id": ["This id belongs to other feedback."]}
    assert take_pieces(actor=manager, pieces=[Piece(SAID, "social", author="@ana")])[0].outcome == "created"


def test_a_batch_of_many_asks_a_fixed_number_of_questions(csm: User, django_assert_max_num_queries: object) -> None:
    account = make_account(csm=csm)
    pieces = [Piece(f"{SAID} {number}", "chat", account_id=account.pk, external_id=str(number)) for number in range(30)]
    take_pieces(actor=csm, pieces=pieces)
    with django_assert_max_num_queries(6 + 2 * 30):  # type: ignore[operator]
        take_pieces(actor=csm, pieces=pieces)


def test_the_forgotten_leave_no_name_and_no_fingerprint(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    feedback = take_feedback(
        account=contact.account, contact=contact, text=SAID, source="review", received_at=now(), author="Ana B.",
        url="https://reviews.example/ana",
    )  # fmt: skip
    erase_contacts(ids=[contact.pk])
    feedback.refresh_from_db()
    assert (feedback.text, feedback.author, feedback.url, feedback.fingerprint) == ("", "", "", None)
    assert not FeedbackStep.objects.exclude(text="").exists()
