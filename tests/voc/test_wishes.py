"""What a customer asked for holds in every mail, of any age and by any way back."""

import time

import pytest
from django.core import signing
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import ContactConsent, ContactSend
from accounts.services.accounts import delete_account
from accounts.services.budget import refuse_message
from accounts.services.merges import merge_contacts
from outbox.models import Message, State
from outbox.services import enqueue_mail, send_again
from outbox.services.couriers import Outcome, refused
from outbox.services.outcomes import record_outcome, tell_listeners
from team.clock import now
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_insight, make_invitation, make_nps
from voc.formulas.tokens import digest_of
from voc.http.links import FORM_SALT
from voc.models import Invitation, Verification
from voc.services.invitations import invite_contacts
from voc.services.loop import tell_customer
from voc.services.preferences import stop_surveys
from voc.services.signals import say_left
from voc.services.tokens import preference_token

pytestmark = pytest.mark.django_db


def test_the_stop_in_an_old_mail_works_for_a_person_who_was_merged(csm: User, client: Client) -> None:
    account = make_account(csm=csm)
    keep, drop = make_contact(account), make_contact(account)
    token = preference_token(drop)
    merge_contacts(actor=csm, keep=keep, drop=drop)
    assert client.post(reverse("one_click_stop", args=[token])).status_code == 200
    assert not ContactConsent.objects.get(contact=keep, purpose="survey").is_allowed


def test_the_stop_works_while_the_account_is_hidden(csm: User, client: Client) -> None:
    contact = make_contact(make_account(csm=csm))
    delete_account(actor=csm, account=contact.account)
    assert client.post(reverse("one_click_stop", args=[preference_token(contact)])).status_code == 200


def test_no_more_surveys_takes_back_surveys_and_nothing_else(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    survey = make_nps(csm).survey
    invite_contacts(actor=csm, survey=survey, contacts=[contact], occasion="w")
    enqueue_mail(
        kind="play", recipient=contact.email, subject="Help", body_text="x", subject_ref=f"contact:{contact.pk}"
    )
    stop_surveys(contact=contact, source="one click")
    assert dict(Message.objects.values_list("kind", "state")) == {"survey": State.CANCELLED, "play": State.QUEUED}


def test_who_says_to_have_left_is_not_brought_back_by_an_older_form(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    before = contact.updated_at
    say_left(contact=contact)
    contact.refresh_from_db()
    assert (contact.version, contact.updated_at > before) == (2, True)
    assert contact.account.summary.contacts == 0


def let_go(outcome: Outcome) -> Message:
    """The one message is claimed, and this becomes of it."""
    Message.objects.update(state=State.SENDING, attempt=F("attempt") + 1, lease_until=now())
    record_outcome(message=Message.objects.get(), outcome=outcome)
    tell_listeners()
    return Message.objects.get()


def failed_survey(csm: User) -> tuple[Invitation, Message]:
    contact = make_contact(make_account(csm=csm))
    invite_contacts(actor=csm, survey=make_nps(csm).survey, contacts=[contact], occasion="w")
    message = let_go(refused("550 no"))
    return Invitation.objects.get(), message


def test_a_survey_that_went_out_at_the_second_try_can_be_answered(csm: User, admin: User) -> None:
    invitation, message = failed_survey(csm)
    assert invitation.state == Invitation.State.SUPPRESSED
    send_again(actor=admin, message=message)
    let_go(Outcome(State.SENT))
    invitation.refresh_from_db()
    assert (invitation.state, invitation.reason) == (Invitation.State.SENT, "")
    assert ContactSend.objects.get().kind == ContactSend.Kind.SURVEY


def test_a_second_try_asks_for_the_same_consent_as_the_first(csm: User, admin: User) -> None:
    invitation, message = failed_survey(csm)
    stop_surveys(contact=invitation.contact, source="one click")
    send_again(actor=admin, message=message)
    message.refresh_from_db()
    assert refuse_message(message)


def test_nothing_goes_to_people_of_a_deleted_account(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    invite_contacts(actor=csm, survey=make_nps(csm).survey, contacts=[contact], occasion="w")
    delete_account(actor=csm, account=contact.account)
    assert refuse_message(Message.objects.get())


def test_a_link_of_a_deleted_account_leads_nowhere(csm: User, client: Client) -> None:
    contact = make_contact(make_account(csm=csm))
    _invitation, token = make_invitation(make_nps(csm), contact)
    delete_account(actor=csm, account=contact.account)
    assert client.get(reverse("survey_answer", args=[token])).status_code == 404


def test_a_nul_in_a_public_form_is_no_error(csm: User, client: Client) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    insight = make_insight(account, contact=contact, state="acted_on", action="Fixed")
    sent = tell_customer(actor=csm, insight=insight, contact=contact, text="Done.")
    secret = next(word for word in Message.objects.get().secrets if digest_of(word) == sent.digest)
    form = signing.dumps([sent.digest, time.time() - 60, False], salt=FORM_SALT)
    address = reverse("verification_answer", args=[secret])
    answer = client.post(address, {"form": form, "verdict": "no", "comment": "not\x00 yet"})
    assert answer.status_code == 303
    assert Verification.objects.get().comment == "not yet"
