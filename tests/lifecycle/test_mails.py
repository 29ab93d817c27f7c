"""Mail to customers: what it says, when it goes, what it counts as, and what becomes of it."""

import datetime as dt
import threading

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AccountSummary, Contact, ContactConsent, ContactSend, CustomField, Touchpoint
from accounts.services.touchpoints import log_touchpoint
from engagement.selectors.moments import moment_of
from engagement.selectors.readings import read_measures
from lifecycle.formulas.merging import FIELDS, MergeError, merge
from lifecycle.models import AccountMail, PlayStepRun
from lifecycle.selectors.mails import letter_of, template_in
from lifecycle.services.mail_drafts import discard_draft, edit_mail, postpone_mail, save_draft
from lifecycle.services.mails import pick_contact, plan_mail, reject_mail, send_account_mail, send_freed_mails
from outbox.models import Message
from outbox.services.sending import drain
from team.clock import now, today
from team.models import Notice, User
from tests.lifecycle.makers_mails import make_mail, make_play, make_playbook, make_run, make_template
from tests.makers import make_account, make_contact
from tests.outbox.sinks import mail_sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(csm: User) -> Contact:
    return make_contact(make_account(csm=csm, name="Acme"), name="Ana Holm", email="ana@acme.example", title="COO")


def spend_budget(contact: Contact) -> None:
    """The two automated mails of this week."""
    for number in range(2):
        ContactSend.objects.create(
            contact=contact,
            account=contact.account,
            kind="automated",
            message_ref=f"message:{number}",
            sent_at=now() - dt.timedelta(days=1),
        )


def test_fields_are_filled_in_one_pass_and_nothing_is_evaluated() -> None:
    fields = dict.fromkeys(FIELDS, "") | {"contact.name": "{{ account.name }} {% now %}", "account.name": "Acme"}
    assert merge("{{contact.name}} at {{ account.name }}", fields) == "{{ account.name }} {% now %} at Acme"
    assert merge("Dear {{ contact.title | colleague }}", fields) == "Dear colleague"


@pytest.mark.parametrize(
    "text, words",
    [
        ("{{ contact.title }} {{ csm.name }}", "No values for contact.title, csm.name."),
        ("{{ contact.password }}", "Unknown field: contact.password."),
        ("{{ account.csm.password }}", "Unknown field: account.csm.password."),
        ("{{ contact.name.__class__ }}", "Unknown field: contact.name.__class__."),
        ("{% load x %}", "Not a field: {% load x %}"),
        ("{{ contact name }}", "Not a field: {{ contact name }}"),
    ],
)
def test_what_cannot_be_filled_is_named(text: str, words: str) -> None:
    with pytest.raises(MergeError) as caught:
        merge(text, dict.fromkeys(FIELDS, "") | {"contact.name": "Ana"})
    assert str(caught.value) == words


@given(st.text(), st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(min_size=1)))
def test_text_without_braces_stays_and_values_come_through_unchanged(text: str, values: dict[str, str]) -> None:
    plain = text.replace("{", "").replace("}", "")
    fields = dict.fromkeys(FIELDS, "") | values
    assert merge(plain, fields) == plain
    for name, value in values.items():
        assert merge(f"<{{{{ {name} }}}}>", fields) == f"<{value}>"


def test_a_template_speaks_the_customers_language_where_it_has_it(csm: User, ana: Contact) -> None:
    english = make_template(slug="hello")
    danish = make_template(slug="hello", language="da", subject="Om {{ account.name }}")
    chinese = make_contact(ana.account, language="zh-hans")
    assert [template_in(english, language) for language in ("da", "zh-hans", "da-dk")] == [danish, english, danish]
    dane = make_contact(ana.account, name="Bo Ny", language="da")
    assert plan_mail(account=ana.account, contact=dane, owner=csm, template=english).subject == "Om Acme"
    assert plan_mail(account=ana.account, contact=chinese, owner=csm, template=english).subject.startswith("A word")


def test_a_mail_knows_the_account_and_its_own_fields(csm: User, ana: Contact) -> None:
    CustomField.objects.create(key="plan_name", label="Plan")
    ana.account.custom = {"plan_name": "Gold"}
    ana.account.save(update_fields=["custom"])
    AccountSummary.objects.filter(account=ana.account).update(renews_on=dt.date(2027, 3, 1), seats=1200)
    body = "{{ custom.plan_name }} {{ account.renews_on }} {{ account.seats }} {{ csm.first_name }} {{ due_on }}"
    mail = AccountMail.objects.get(pk=make_mail(ana, owner=csm, body=body, due_on=dt.date(2026, 12, 24)).pk)
    assert letter_of(mail).body == "Gold 1 Mar 2027 1,200 Carla 24 Dec 2026"


def test_sending_writes_the_outbox_the_touchpoint_and_the_ledger(csm: User, ana: Contact) -> None:
    day = today() + dt.timedelta(days=7)
    mail = plan_mail(
        account=ana.account,
        contact=ana,
        owner=csm,
        subject="Your goals, {{ contact.first_name }}",
        body="Dear {{ contact.first_name }}",
        asks_for="Name the goals",
        due_on=day,
    )
    message, touch, send = Message.objects.get(), Touchpoint.objects.get(), ContactSend.objects.get()
    assert (mail.state, mail.subject, mail.body) == ("sent", "Your goals, Ana", "Dear Ana")
    assert mail.message_ref == message.ref == touch.message_ref == send.message_ref
    assert (message.recipient, message.reply_to, message.is_automated) == ("ana@acme.example", csm.email, False)
    assert message.sender.startswith("Carla Smith <")
    assert "List-Unsubscribe" not in message.headers
    assert (touch.kind, touch.direction, touch.asks_for, touch.due_on) == ("mail", "out", "Name the goals", day)
    assert touch.awaiting_reply_since is not None
    assert touch.is_proactive
    assert send.kind == "personal"


def test_a_mail_goes_once_however_often_it_is_sent(csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm, state="draft")
    for _time in range(3):
        assert send_account_mail(actor=csm, mail=mail).state == "sent"
    assert (Message.objects.count(), Touchpoint.objects.count(), ContactSend.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_eight_senders_at_once_send_one_mail(csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm, state="draft")
    states: list[str] = []

    def send() -> None:
        states.append(send_account_mail(actor=csm, mail=mail).state)
        connections.close_all()

    threads = [threading.Thread(target=send) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == ["sent"] * 8
    assert (Message.objects.count(), Touchpoint.objects.count(), ContactSend.objects.count()) == (1, 1, 1)


def test_nobody_writes_for_anothers_account(stranger: User, csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm, state="draft")
    with pytest.raises(PermissionDenied):
        send_account_mail(actor=stranger, mail=mail)
    with pytest.raises(PermissionDenied):
        save_draft(actor=stranger, account=ana.account, contact=ana, subject="x", body="y")
    assert not Message.objects.exists()


def test_a_missing_value_holds_the_mail_and_is_named(csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm, state="draft", body="{{ account.desired_outcomes }}")
    held = send_account_mail(actor=csm, mail=mail)
    assert (held.state, held.refusal) == ("draft", "No value for account.desired_outcomes.")
    run = make_run(make_play(ana.account))
    waits = plan_mail(
        account=ana.account, contact=ana, owner=csm, subject="x", body="{{ account.stage }}", run=run, is_trusted=True
    )
    assert (waits.state, waits.refusal) == ("review", "No value for account.stage.")
    assert not Message.objects.exists()


def test_a_spent_budget_warns_a_person_who_may_go_on(csm: User, ana: Contact) -> None:
    spend_budget(ana)
    mail = make_mail(ana, owner=csm, state="draft")
    held = send_account_mail(actor=csm, mail=mail)
    assert (held.state, held.refusal) == ("draft", "Got the automated mails of this week")
    assert held.next_free_on is not None
    assert held.next_free_on > today()
    sent = send_account_mail(actor=csm, mail=mail, is_confirmed=True)
    assert (sent.state, sent.refusal, sent.next_free_on) == ("sent", "", None)


def test_a_play_waits_for_its_day_and_then_goes_by_itself(csm: User, ana: Contact) -> None:
    spend_budget(ana)
    run = make_run(make_play(ana.account, playbook=make_playbook(is_trusted=True)))
    mail = plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="Hello", run=run, is_trusted=True)
    assert (mail.state, mail.refusal) == ("review", "Got the automated mails of this week")
    assert send_account_mail(actor=csm, mail=mail, is_confirmed=True).state == "review"
    assert send_freed_mails() == 0
    ContactSend.objects.update(sent_at=now() - dt.timedelta(days=9))
    AccountMail.objects.update(next_free_on=today())
    assert send_freed_mails() == 1
    assert send_freed_mails() == 0
    run.refresh_from_db()
    assert (run.state, run.result) == ("done", {"mail": mail.pk})


def test_a_play_never_writes_to_who_said_no(csm: User, ana: Contact) -> None:
    ContactConsent.objects.create(contact=ana, purpose="success", is_allowed=False, source="preference page")
    run = make_run(make_play(ana.account))
    mail = plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="Hello", run=run, is_trusted=True)
    run.refresh_from_db()
    assert (mail.state, mail.refusal, run.state) == ("refused", "Does not want this kind of mail", "failed")
    assert run.result["refusal"] == mail.refusal


@pytest.mark.parametrize("fields", [{"status": "left"}, {"status": "bounced"}, {"email": ""}])
def test_nobody_can_write_to_who_cannot_be_reached(csm: User, ana: Contact, fields: dict[str, str]) -> None:
    Contact.objects.filter(pk=ana.pk).update(**fields)
    mail = make_mail(ana, owner=csm, state="draft")
    assert send_account_mail(actor=csm, mail=mail, is_confirmed=True).state == "draft"
    assert not Message.objects.exists()


def test_a_mail_of_a_play_waits_in_the_box_of_its_owner_and_is_planned_once(csm: User, ana: Contact) -> None:
    run = make_run(make_play(ana.account))
    plan = {"account": ana.account, "contact": ana, "owner": csm, "subject": "Hi", "body": "Hello", "run": run}
    mail = plan_mail(**plan)  # type: ignore[arg-type]
    assert plan_mail(**plan) == mail  # type: ignore[arg-type]
    assert (mail.state, mail.is_automated, mail.author) == ("review", True, None)
    assert Notice.objects.get(user=csm).url == "/mails/review/"
    send_account_mail(actor=csm, mail=mail)
    mail.refresh_from_db()
    run.refresh_from_db()
    assert (mail.state, mail.reviewed_by, run.state) == ("sent", csm, "done")


def test_a_rejected_mail_lets_the_play_go_on_without_it(csm: User, ana: Contact) -> None:
    run = make_run(make_play(ana.account))
    mail = plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="Hello", run=run)
    assert reject_mail(actor=csm, mail=mail, reason="They are on holiday")
    assert not reject_mail(actor=csm, mail=mail, reason="again")
    run.refresh_from_db()
    assert (run.state, run.result["rejected"]) == (PlayStepRun.State.SKIPPED, "They are on holiday")
    assert send_account_mail(actor=csm, mail=mail).state == "rejected"


def test_automated_mail_never_resets_silence_last_touch_or_proactive_share(csm: User, ana: Contact) -> None:
    before = now() - dt.timedelta(days=40)
    log_touchpoint(actor=csm, account=ana.account, kind="call", contacts=[ana], occurred_at=before, is_proactive=True)
    log_touchpoint(actor=csm, account=ana.account, kind="mail", contacts=[ana], occurred_at=before)

    def picture() -> object:
        summary = AccountSummary.objects.get(account=ana.account)
        # Measured tomorrow, so that the mail of today would count if it counted.
        read = read_measures(account_ids=[ana.account_id], moment=moment_of(cutoff=now() + dt.timedelta(days=1)))
        measures = {code: float(values[0]) for code, values in read.values.items() if not np.isnan(values[0])}
        assert measures["proactive_share"] == 0.5
        assert measures["silence"] == 40
        ana.refresh_from_db()
        return ana.last_two_way_at, summary.last_touch_at, summary.awaiting_reply_since, measures

    first = picture()
    run = make_run(make_play(ana.account))
    plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="Hello", run=run, is_trusted=True)
    touch = Touchpoint.objects.get(is_automated=True)
    assert (touch.is_proactive, touch.awaiting_reply_since, touch.direction) == (False, None, "out")
    assert picture() == first


def test_automated_mail_says_how_to_stop_it_and_the_link_is_not_kept(csm: User, ana: Contact) -> None:
    run = make_run(make_play(ana.account))
    plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="Hello", run=run, is_trusted=True)
    message = Message.objects.get()
    assert "/p/" in message.body_text
    assert message.headers["List-Unsubscribe"].endswith("?of=success>")
    assert message.secrets
    assert message.is_automated
    assert "/p/" not in Touchpoint.objects.get().body


def test_one_click_stops_mails_of_plays_and_not_surveys(csm: User, ana: Contact, client: Client) -> None:
    run = make_run(make_play(ana.account))
    plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="x", run=run, is_trusted=True)
    address = Message.objects.get().headers["List-Unsubscribe"].strip("<>")
    assert client.post(address[address.index("/p/") :]).status_code == 200
    assert list(ContactConsent.objects.values_list("purpose", "is_allowed")) == [("success", False)]


@pytest.mark.django_db(transaction=True)
def test_what_the_gate_stops_is_shown_on_the_mail_and_the_play(csm: User, ana: Contact, settings: LazySettings) -> None:
    run = make_run(make_play(ana.account))
    mail = plan_mail(account=ana.account, contact=ana, owner=csm, subject="Hi", body="Hello", run=run, is_trusted=True)
    ContactConsent.objects.create(contact=ana, purpose="success", is_allowed=False, source="preference page")
    with mail_sink() as sink:
        settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port}
        drain(channel="mail")
    mail.refresh_from_db()
    run.refresh_from_db()
    assert sink.ledger == []
    assert (mail.state, mail.refusal) == ("refused", "Does not want this kind of mail")
    assert (run.state, run.result["refusal"]) == ("failed", mail.refusal)
    assert not ContactSend.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_customer_gets_a_persons_mail_as_it_was_written(csm: User, ana: Contact, settings: LazySettings) -> None:
    plan_mail(
        account=ana.account, contact=ana, owner=csm, subject="Grüße", body="Dear {{ contact.first_name }},\n\nøl?"
    )
    with mail_sink() as sink:
        settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port}
        drain(channel="mail")
    assert len(sink.bodies) == 1
    raw = sink.bodies[0].decode()
    assert "Reply-To: csm@vendor.example" in raw
    assert "Auto-Submitted" not in raw
    assert "Dear Ana," in raw
    assert AccountMail.objects.get().state == "sent"


def test_a_draft_is_kept_changed_and_thrown_away(csm: User, ana: Contact) -> None:
    draft = save_draft(actor=csm, account=ana.account, contact=ana, subject="Hi", body="{{ contact.title }}")
    again = save_draft(actor=csm, account=ana.account, contact=ana, subject="Ho", body="x", asks_for="y", mail=draft)
    assert (again.pk, again.subject, again.asks_for) == (draft.pk, "Ho", "y")
    assert discard_draft(actor=csm, mail=draft)
    assert not discard_draft(actor=csm, mail=draft)


def test_what_was_sent_is_not_changed_any_more(csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm)
    send_account_mail(actor=csm, mail=mail)
    assert edit_mail(actor=csm, mail=mail, subject="Other").subject == "Hello"
    assert not postpone_mail(actor=csm, mail=mail, until=today())


def test_put_off_mails_come_back_on_their_day(csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm)
    day = today()
    assert postpone_mail(actor=csm, mail=mail, until=day + dt.timedelta(days=2))
    assert not AccountMail.objects.at_hand(day).exists()
    assert AccountMail.objects.at_hand(day + dt.timedelta(days=2)).exists()


def test_a_step_writes_to_the_persona_it_names(csm: User) -> None:
    account = make_account(csm=csm)
    assert pick_contact(account=account) is None
    user = make_contact(account, persona="user", strength=5)
    weak = make_contact(account, persona="champion", strength=2)
    strong = make_contact(account, persona="champion", strength=4)
    make_contact(account, persona="executive", status="left")
    assert pick_contact(account=account, to="champion") == strong
    assert pick_contact(account=account, to="primary") == strong
    assert pick_contact(account=account, to="user") == user
    assert pick_contact(account=account, to="executive") is None
    Contact.objects.filter(pk=weak.pk).update(last_two_way_at=timezone.now(), strength=4)
    assert pick_contact(account=account, to="champion") == weak
