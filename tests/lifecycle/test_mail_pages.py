"""Writing from the account, the review box and templates on screen."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Contact, ContactSend
from lifecycle.models import AccountMail, MailTemplate, PlaybookStep
from outbox.models import Message
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.lifecycle.makers_mails import make_mail, make_play, make_playbook, make_run, make_template
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def ana(csm: User) -> Contact:
    return make_contact(make_account(csm=csm, name="Acme"), name="Ana Holm", email="ana@acme.example", language="da")


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def typed(contact: Contact, do: str, **fields: str) -> dict[str, str]:
    return {"contact": str(contact.pk), "subject": "Hi", "body": "Dear {{ contact.first_name }}", "do": do, **fields}


def spend_budget(contact: Contact) -> None:
    for number in range(2):
        ContactSend.objects.create(
            contact=contact,
            account=contact.account,
            kind="automated",
            message_ref=f"message:{number}",
            sent_at=now() - dt.timedelta(days=1),
        )


def test_a_mail_is_previewed_then_sent(as_csm: Client, ana: Contact) -> None:
    url = reverse("mail_compose", args=[ana.account_id])
    preview = as_csm.post(url, typed(ana, "preview", asks_for="Answer", due_on="+1w"), headers=HTMX)
    html = preview.content.decode()
    assert "<html" not in html
    assert "Dear Ana" in html
    assert "csm@vendor.example" in html
    assert 'value="send"' in html
    assert not Message.objects.exists()
    sent = as_csm.post(url, typed(ana, "send", asks_for="Answer", due_on="+1w"), headers=HTMX)
    assert sent.status_code == 204
    assert "account-changed" in sent.headers["HX-Trigger"]
    mail = AccountMail.objects.get()
    assert (mail.state, mail.body, mail.asks_for) == ("sent", "Dear Ana", "Answer")
    assert mail.due_on == today() + dt.timedelta(days=7)


def test_a_chosen_template_fills_the_words_in_the_persons_language(as_csm: Client, ana: Contact) -> None:
    make_template(slug="hello", subject="Hello")
    make_template(slug="hello", language="da", subject="Goddag", body="Kære {{ contact.first_name }}")
    url = reverse("mail_compose", args=[ana.account_id])
    page = as_csm.post(url, {"contact": ana.pk, "template": "hello", "subject": "", "body": ""}, headers=HTMX)
    html = page.content.decode()
    assert 'value="Goddag"' in html
    assert "Kære {{ contact.first_name }}" in html
    kept = as_csm.post(url, {"contact": ana.pk, "template": "", "subject": "Mine", "body": "Words"}, headers=HTMX)
    assert 'value="Mine"' in kept.content.decode()


def test_a_missing_field_comes_back_named(as_csm: Client, ana: Contact) -> None:
    url = reverse("mail_compose", args=[ana.account_id])
    page = as_csm.post(url, typed(ana, "preview", body="{{ account.desired_outcomes }}"))
    assert page.status_code == 422
    assert "No value for account.desired_outcomes." in page.content.decode()
    assert as_csm.post(url, typed(ana, "save", body="{{ account.desired_outcomes }}")).status_code == 302
    assert AccountMail.objects.get().state == "draft"


def test_a_spent_budget_is_said_before_and_a_person_may_go_on(as_csm: Client, ana: Contact) -> None:
    spend_budget(ana)
    url = reverse("mail_compose", args=[ana.account_id])
    html = as_csm.post(url, typed(ana, "preview")).content.decode()
    assert "Got the automated mails of this week" in html
    assert "The next free day is" in html
    held = as_csm.post(url, typed(ana, "send"))
    assert held.status_code == 422
    draft = AccountMail.objects.get()
    again = reverse("mail_edit", args=[draft.pk])
    assert again in held.content.decode()
    as_csm.post(again, typed(ana, "send", is_confirmed="yes"))
    assert AccountMail.objects.get().state == "sent"


def test_people_of_other_accounts_cannot_be_written_to(as_csm: Client, ana: Contact, stranger: User) -> None:
    other = make_contact(make_account(csm=stranger))
    page = as_csm.post(reverse("mail_compose", args=[ana.account_id]), typed(other, "send"))
    assert page.status_code == 422
    assert not Message.objects.exists()


def test_drafts_are_ones_own(as_csm: Client, csm: User, ana: Contact, as_manager: Client) -> None:
    draft = make_mail(ana, owner=csm, state="draft", subject="Not yet")
    assert "Not yet" in as_csm.get(reverse("mail_drafts")).content.decode()
    assert "Not yet" not in as_manager.get(reverse("mail_drafts")).content.decode()
    as_csm.post(reverse("mail_discard", args=[draft.pk]))
    assert not AccountMail.objects.exists()


def test_the_review_box_shows_sends_rejects_and_puts_off(as_csm: Client, csm: User, ana: Contact) -> None:
    playbook = make_playbook(name="Welcome them")
    mails = [
        make_mail(ana, owner=csm, run=make_run(make_play(ana.account, playbook=playbook, reason_key=key)))
        for key in ("a", "b", "c")
    ]
    page = as_csm.get(reverse("mail_review")).content.decode()
    assert page.count("data-row ") == 3
    assert "Welcome them" in page
    assert "Dear Ana" in as_csm.get(reverse("mail_send", args=[mails[0].pk])).content.decode()
    sent = as_csm.post(reverse("mail_send", args=[mails[0].pk]), headers=HTMX | {"HX-Target": "mail-1"})
    assert (sent.status_code, sent.content) == (200, b"")
    assert "close-dialog" in sent.headers["HX-Trigger"]
    empty = as_csm.post(reverse("mail_reject", args=[mails[1].pk]), {"reason": ""}, headers=HTMX)
    assert (empty.status_code, empty.headers["HX-Retarget"]) == (422, "#dialog")
    as_csm.post(reverse("mail_reject", args=[mails[1].pk]), {"reason": "Holidays"})
    as_csm.post(reverse("mail_later", args=[mails[2].pk]), {"until": "+1w"})
    assert list(AccountMail.objects.order_by("pk").values_list("state", "refusal")) == [
        ("sent", ""),
        ("rejected", "Holidays"),
        ("review", ""),
    ]
    page = as_csm.get(reverse("mail_review")).content.decode()
    assert "Nothing to read" in page
    assert "waits for its day" in page
    assert "read by Carla Smith" in as_csm.get(reverse("mail", args=[mails[0].pk])).content.decode()


def test_picked_mails_go_after_one_question(as_csm: Client, csm: User, ana: Contact, stranger: User) -> None:
    mails = [make_mail(ana, owner=csm, subject=f"Number {number}") for number in range(2)]
    broken = make_mail(ana, owner=csm, body="{{ account.stage }}", subject="Broken")
    theirs = make_mail(make_contact(make_account(csm=stranger)), owner=stranger, subject="Theirs")
    ids = [mail.pk for mail in [*mails, broken, theirs]]
    dialog = as_csm.post(reverse("mail_send_many"), {"selected": ids}, headers=HTMX).content.decode()
    assert "Send 2 mails" in dialog
    assert "No value for account.stage." in dialog
    assert "Theirs" not in dialog
    as_csm.post(reverse("mail_send_many"), {"selected": ids, "is_confirmed": "yes"}, headers=HTMX)
    states = dict(AccountMail.objects.values_list("pk", "state"))
    assert [states[pk] for pk in ids] == ["sent", "sent", "review", "review"]


def test_a_mail_in_review_is_changed_before_it_goes(as_csm: Client, csm: User, ana: Contact) -> None:
    mail = make_mail(ana, owner=csm)
    as_csm.post(reverse("mail_edit", args=[mail.pk]), typed(ana, "save", subject="Better"))
    mail.refresh_from_db()
    assert (mail.subject, mail.state, mail.is_automated) == ("Better", "review", True)


def test_the_review_box_needs_as_many_queries_for_twenty_as_for_one(as_csm: Client, csm: User, ana: Contact) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            as_csm.get(reverse("mail_review"))
        return len(found)

    make_mail(ana, owner=csm, run=make_run(make_play(ana.account, reason_key="0")))
    before = count()
    for number in range(1, 20):
        make_mail(ana, owner=csm, run=make_run(make_play(ana.account, reason_key=str(number))))
    assert count() == before


def test_a_template_is_written_translated_previewed_and_deleted(
    as_manager: Client, manager: User, csm: User, ana: Contact
) -> None:
    words: dict[str, str] = {"name": "Kick-off", "language": "en", "subject": "Kick-off with {{ account.name }}"}
    words |= {"body": "Dear {{ contact.first_name | friend }}", "wanted_action": "Pick a time"}
    as_manager.post(reverse("mail_template_create"), words)
    english = MailTemplate.objects.get()
    assert (english.slug, english.created_by) == ("kick-off", manager)
    page = as_manager.get(f"{reverse('mail_template_create')}?of={english.pk}&language=da").content.decode()
    assert "Dear {{ contact.first_name | friend }}" in page
    as_manager.post(f"{reverse('mail_template_create')}?of={english.pk}", words | {"language": "da"})
    danish = MailTemplate.objects.get(language="da")
    assert danish.slug == english.slug
    again = as_manager.post(f"{reverse('mail_template_create')}?of={english.pk}", words | {"language": "da"})
    assert again.status_code == 422
    url = reverse("mail_template_edit", args=[danish.pk])
    preview = as_manager.post(url, words | {"do": "preview"}, headers={"HX-Request": "true", "HX-Target": "preview"})
    assert "Kick-off with Acme" in preview.content.decode()
    assert "Dear Ana" in preview.content.decode()
    bad = as_manager.post(url, words | {"body": "{{ contact.password }}"})
    assert "Unknown field: contact.password." in bad.content.decode()
    playbook = make_playbook(name="Welcome them")
    PlaybookStep.objects.create(
        playbook=playbook,
        key="mail",
        position=0,
        kind="mail",
        title="Write",
        wanted_action="Pick",
        options={"template": english.slug},
    )
    as_manager.post(reverse("mail_template_delete", args=[danish.pk]))
    assert not MailTemplate.objects.filter(pk=danish.pk).exists()
    as_manager.post(reverse("mail_template_delete", args=[english.pk]))
    assert MailTemplate.objects.filter(pk=english.pk).exists()
    assert undo_action(actor=manager, action=ActionLog.objects.filter(actor=manager).latest("pk"))
    assert MailTemplate.objects.filter(pk=danish.pk).exists()


def test_the_list_says_which_languages_a_template_has_and_what_writes_it(as_csm: Client) -> None:
    make_template(slug="hello", name="Hello")
    make_template(slug="hello", name="Hello", language="da")
    html = as_csm.get(reverse("mail_templates")).content.decode()
    assert "Danish, English" in html
