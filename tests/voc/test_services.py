"""Services of voice that no page shows alone: routing, joining, escalation, the opt-out race, timeline and card."""

import datetime as dt
import threading

import pytest
import time_machine
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts.models import ContactConsent
from accounts.selectors.timeline import read_timeline
from outbox.models import Message, State
from outbox.services import enqueue_mail
from outbox.services.sending import drain
from team.clock import now, today
from team.models import Notice, User
from tests.makers import make_account, make_contact, make_department, make_user
from tests.outbox.sinks import mail_sink
from tests.voc.makers import make_insight, make_invitation, make_nps
from voc.http.queue_list import PROMISED
from voc.models import Feedback, Insight, Invitation, Response, RoutingRule, Survey, Theme
from voc.selectors.queue import in_tab, is_late, mergeable, queue_of
from voc.selectors.voice import voice_of
from voc.services.deadlines import escalate_late
from voc.services.defaults import ensure_default_routing, ensure_default_survey
from voc.services.feedback import take_feedback
from voc.services.insights import NotAllowedNow, Overtaken, accept_insight, decline_insight
from voc.services.invitations import expire_invitations, invite_contacts, plan_invitations, send_planned
from voc.services.preferences import stop_everything
from voc.services.surveys import NotReady, publish_survey
from voc.services.understanding.reading import understand_waiting

pytestmark = pytest.mark.django_db
# A Wednesday on which people are at work.
WORKING_HOUR = dt.datetime(2026, 11, 18, 10, tzinfo=dt.UTC)


def say(account: object, text: str, **fields: object) -> Feedback:
    given = {"contact": None, "source": "call", "received_at": now(), **fields}
    return take_feedback(account=account, text=text, **given)  # type: ignore[arg-type]


def test_the_starter_set_is_made_once(csm: User) -> None:
    for _time in range(2):
        ensure_default_routing()
        ensure_default_survey(owner=csm)
    assert (Survey.objects.count(), Theme.objects.count(), RoutingRule.objects.count()) == (1, 41, 16)


def test_a_survey_without_a_purpose_is_not_published(csm: User) -> None:
    version = make_nps(csm)
    Survey.objects.filter(pk=version.survey_id).update(decision="")
    with pytest.raises(NotReady, match="decision"):
        publish_survey(survey=version.survey, actor=csm)


def test_customer_mail_is_compiled() -> None:
    call_command("mail_build", "--check")


def test_critics_go_to_the_department_that_can_act_and_repeats_join(csm: User) -> None:
    ensure_default_routing()
    account = make_account(csm=csm)
    say(account, "The export takes too many clicks.", score=3)
    say(account, "Still too many clicks in the export!", score=2)
    say(account, "The last invoice was wrong again.", score=5)
    say(account, "Something is off, hard to say what.", score=4)
    assert understand_waiting() == 4
    assert understand_waiting() == 0
    found = {insight.department.slug: insight.mentions for insight in Insight.objects.select_related("department")}
    assert found == {"product": 2, "finance": 1, "success": 1}
    account.summary.refresh_from_db()
    assert account.summary.open_insights == 3


def test_words_on_several_themes_go_where_most_of_the_evidence_points(csm: User) -> None:
    ensure_default_routing()
    price = "It is expensive"
    say(make_account(csm=csm), f"{price}, and big exports time out or are broken, a slow product.", score=3)
    say(make_account(csm=csm), "Reports time out and the export is broken, which costs us half a day.", score=3)
    say(make_account(csm=csm), f"{price}: the price went up again, and the discount is gone.", score=3)
    understand_waiting()
    assert list(Insight.objects.order_by("pk").values_list("department__slug", flat=True)) == [
        "product",
        "product",
        "sales",
    ]


def test_praise_for_support_goes_back_to_support_and_other_praise_is_handled(csm: User) -> None:
    ensure_default_routing()
    account = make_account(csm=csm)
    say(account, "Your support agent answered at once, excellent.", score=10)
    say(account, "All well.", score=10)
    say(account, "Words that fit no rule at all.")
    understand_waiting()
    insight = Insight.objects.get()
    assert (insight.department.slug, insight.is_praise) == ("support", True)
    assert Feedback.objects.unrouted().count() == 1


def test_an_invitation_is_sent_once_per_wave_and_suppressed_with_a_reason(csm: User) -> None:
    version, account = make_nps(csm), make_account(csm=csm)
    good = make_contact(account)
    nobody = make_contact(account, email="x@customer.example")
    nobody.email = ""
    nobody.save()
    refuses = make_contact(account)
    ContactConsent.objects.create(contact=refuses, purpose="survey", is_allowed=False, source="test")
    people = [good, nobody, refuses]
    first = invite_contacts(actor=csm, survey=version.survey, contacts=people, occasion="w1")
    again = invite_contacts(actor=csm, survey=version.survey, contacts=people, occasion="w1")
    assert (len(first.invited), len(first.suppressed), again.already) == (1, 2, 1)
    assert all(reason for reason, _count in first.reasons)
    assert Invitation.objects.count() == 3
    later = invite_contacts(actor=csm, survey=version.survey, contacts=[good], occasion="w2")
    assert later.suppressed[0].next_free_on is not None
    assert Message.objects.count() == 1


@time_machine.travel(WORKING_HOUR)
def test_many_are_noted_and_asked_by_the_sweep_once_each(csm: User) -> None:
    version, account = make_nps(csm), make_account(csm=csm)
    people = [make_contact(account, email=f"p{number}@customer.example") for number in range(3)]
    refuses = make_contact(account)
    ContactConsent.objects.create(contact=refuses, purpose="survey", is_allowed=False, source="test")
    everybody = [*people, refuses]
    assert plan_invitations(actor=csm, survey=version.survey, contacts=everybody, occasion="w1") == 3
    assert plan_invitations(actor=csm, survey=version.survey, contacts=everybody, occasion="w1") == 3
    assert not Message.objects.exists()
    assert (send_planned(limit=3), send_planned(), send_planned()) == (3, 0, 0)
    assert Message.objects.count() == 3
    assert Invitation.objects.get(contact=refuses).state == Invitation.State.SUPPRESSED
    assert plan_invitations(actor=csm, survey=version.survey, contacts=people, occasion="w1") == 0


@time_machine.travel(WORKING_HOUR)
def test_nobody_is_asked_by_a_survey_that_was_closed_meanwhile(csm: User) -> None:
    version, contact = make_nps(csm), make_contact(make_account(csm=csm))
    plan_invitations(actor=csm, survey=version.survey, contacts=[contact], occasion="w1")
    Survey.objects.update(is_active=False)
    assert send_planned() == 1
    assert not Message.objects.exists()
    assert Invitation.objects.get().reason


def test_mail_that_never_left_frees_the_budget(csm: User, settings: LazySettings) -> None:
    version, contact = make_nps(csm), make_contact(make_account(csm=csm))
    invite_contacts(actor=csm, survey=version.survey, contacts=[contact], occasion="w1")
    ContactConsent.objects.create(contact=contact, purpose="survey", is_allowed=False, source="test")
    drain(channel="mail")
    assert Message.objects.get().state == State.SUPPRESSED
    invitation = Invitation.objects.get()
    assert (invitation.state, bool(invitation.reason)) == (Invitation.State.SUPPRESSED, True)
    assert contact.sends.count() == 0


def test_links_expire(csm: User) -> None:
    make_invitation(make_nps(csm), make_contact(make_account(csm=csm)), expires_at=now() - dt.timedelta(days=1))
    assert expire_invitations() == 1
    assert expire_invitations() == 0


def test_late_decisions_rise_to_the_lead_and_then_to_the_managers(csm: User, manager: User) -> None:
    insight = make_insight(make_account(csm=csm))
    lead = make_user(role="member")
    department = insight.department
    department.lead = lead
    department.save()
    for level, person in ((1, lead), (2, manager)):
        Insight.objects.update(due_at=now() - dt.timedelta(hours=1))
        assert escalate_late() == 1
        insight.refresh_from_db()
        assert insight.level == level
        assert Notice.objects.filter(user=person).count() == 1
    Insight.objects.update(due_at=now() - dt.timedelta(hours=1))
    assert escalate_late() == 0


def test_two_people_decide_and_one_is_told(csm: User) -> None:
    insight = make_insight(make_account(csm=csm))
    mine, theirs = Insight.objects.get(), Insight.objects.get()
    day = now().date() + dt.timedelta(days=3)
    accept_insight(actor=csm, insight=mine, promise="Soon", promised_on=day)
    with pytest.raises(Overtaken):
        decline_insight(actor=csm, insight=theirs, reason="No")
    with pytest.raises(NotAllowedNow):
        decline_insight(actor=csm, insight=mine, reason=" ")
    assert insight.steps.count() == 2


def test_voice_stands_on_the_timeline_and_on_the_card(csm: User, admin: User) -> None:
    version, account = make_nps(csm), make_account(csm=csm)
    contact, silent = make_contact(account, name="Nora"), make_contact(account, name="Silent")
    invitation, _token = make_invitation(version, contact, state="answered")
    make_invitation(version, silent)
    Response.objects.create(
        version=version, invitation=invitation, account=account, contact=contact, state="confirmed", score=9,
        submitted_at=now(),
    )  # fmt: skip
    make_insight(account, contact=contact)
    kinds = {entry.key.split("-")[0] for entry in read_timeline(account=account, user=admin, kinds=["voice"]).rows}
    assert kinds == {"response", "feedback", "step"}
    outsider = make_user(role="member")
    make_department("sales", members=(outsider,))
    assert read_timeline(account=account, user=outsider, kinds=["voice"]).rows == ()
    card = voice_of(account)
    assert (card.nps.value, card.asked, card.answered, [one.name for one in card.silent]) == (100, 2, 1, ["Silent"])


def test_nothing_leaves_after_the_stop_is_confirmed(transactional_db: None, settings: LazySettings) -> None:
    """R-43: a stop that races a send under way waits for it; after its answer nothing arrives."""
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"
    settings.OUTBOX_LISTENERS = []
    contact = make_contact(make_account())
    late = 0
    with mail_sink(lambda _number: "slow") as sink:
        settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port}
        for delay in (0.0, 0.05, 0.15, 0.35):
            ContactConsent.objects.all().delete()
            Message.objects.all().delete()
            for _number in range(3):
                enqueue_mail(
                    kind="survey", recipient=contact.email, subject="x", body_text="x",
                    subject_ref=f"contact:{contact.pk}", is_automated=True,
                )  # fmt: skip

            def send() -> None:
                drain(channel="mail")
                connections.close_all()

            sender = threading.Thread(target=send)
            sender.start()
            threading.Event().wait(delay)
            stop_everything(contact=contact, source="test")
            from_now = len(sink.ledger)
            sender.join()
            Message.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
            drain(channel="mail")
            late += len(sink.ledger) - from_now
    assert late == 0


def test_a_promise_that_is_due_is_late_and_comes_first_and_who_was_told_comes_last(csm: User) -> None:
    day = today()
    for title, state, days in (("told", "told", -9), ("soon", "accepted", 3), ("broken", "accepted", -1)):
        make_insight(
            make_account(csm=csm),
            title=title,
            state=state,
            promise="It works.",
            promised_on=day + dt.timedelta(days=days),
            decided_at=now(),
        )
    rows = in_tab(queue_of(csm, None), "accepted").order_by(PROMISED)
    assert [(row.title, is_late(row)) for row in rows] == [("broken", True), ("soon", False), ("told", False)]


def test_an_insight_is_merged_into_its_like_first(csm: User) -> None:
    here, there = make_account(csm=csm), make_account(csm=csm)
    urgent = make_insight(there, theme="bugs", priority=1)
    like = make_insight(there, theme="usability", priority=4)
    mine = make_insight(here, theme="usability")
    assert list(mergeable(insight=mine, user=csm)) == [like, urgent]
