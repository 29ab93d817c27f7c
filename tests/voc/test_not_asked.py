"""Who was not asked: escalations, the list by rule, and the retry when the day comes."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Contact, ContactRules, Ticket
from accounts.selectors.budget import ComingAsk, coming_asks
from accounts.services.budget import check_contact
from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_insight, make_nps
from voc.formulas.tokens import digest_of
from voc.models import Invitation, SurveyVersion
from voc.selectors.suppressed import held_back, suppressed_in, tally_rules
from voc.services.invitations import invite_contacts
from voc.services.waves.retrying import retry_suppressed

pytestmark = pytest.mark.django_db
State = Invitation.State


def held(version: SurveyVersion, contact: Contact, **fields: Any) -> Invitation:
    """An invitation that a rule held back until yesterday."""
    values = {
        "rule": "survey_too_soon",
        "reason": "Was asked by a survey too recently",
        "next_free_on": today() - dt.timedelta(days=1),
        "retry_until": today() + dt.timedelta(days=20),
        "expires_at": now() + dt.timedelta(days=30),
        "digest": digest_of(f"held:{contact.pk}"),
        **fields,
    }
    return Invitation.objects.create(
        version=version, contact=contact, account=contact.account, occasion="w", state=State.SUPPRESSED, **values
    )


def verdict(contact: Contact, kind: str) -> str:
    return check_contact(contact=contact, kind=kind, at=now()).reason


@pytest.mark.parametrize("burns", ["insight", "ticket"])
def test_nobody_is_asked_while_something_burns_but_about_the_case(csm: User, burns: str) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    if burns == "insight":
        make_insight(account, level=1)
    else:
        Ticket.objects.create(account=account, priority="p1", opened_at=now())
    kinds = ("survey", "reminder", "automated", "transactional", "personal")
    assert [verdict(contact, kind) for kind in kinds] == ["open_escalation", "open_escalation", "", "", ""]
    ContactRules.objects.create(pauses_for_escalation=False)
    assert verdict(contact, "survey") == ""


def test_a_small_fire_holds_nobody_back(csm: User) -> None:
    account = make_account(csm=csm)
    make_insight(account, level=0)
    Ticket.objects.create(account=account, priority="p2", opened_at=now())
    Ticket.objects.create(account=account, priority="p1", opened_at=now(), closed_at=now())
    assert verdict(make_contact(account), "survey") == ""


def test_rule_reason_and_day_stay_on_the_invitation(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    version = make_nps(csm)
    invite_contacts(actor=csm, survey=version.survey, contacts=[contact], occasion="first")
    invite_contacts(actor=csm, survey=version.survey, contacts=[contact], occasion="second")
    aside = Invitation.objects.get(occasion="second")
    assert (aside.state, aside.rule) == (State.SUPPRESSED, "survey_too_soon")
    assert aside.next_free_on == today() + dt.timedelta(days=91)


def test_whose_day_has_come_is_asked_again_once(csm: User) -> None:
    row = held(make_nps(csm), make_contact(make_account(csm=csm)))
    assert (retry_suppressed(), retry_suppressed()) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.rule, row.next_free_on) == (State.QUEUED, "", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"next_free_on": dt.date(2999, 1, 1)},
        {"next_free_on": None},
        {"retry_until": None},
        {"retry_until": dt.date(2020, 1, 1)},
    ],
)
def test_whoever_is_not_free_or_not_wanted_any_more_stays_aside(csm: User, fields: dict[str, Any]) -> None:
    held(make_nps(csm), make_contact(make_account(csm=csm)), **fields)
    assert retry_suppressed() == 0


def test_nobody_is_asked_again_for_a_closed_survey(csm: User) -> None:
    version = make_nps(csm)
    held(version, make_contact(make_account(csm=csm)))
    version.survey.is_active = False
    version.survey.save()
    assert retry_suppressed() == 0


def test_a_retry_after_a_stored_mail_that_did_not_leave_is_another_mail(csm: User) -> None:
    row = held(make_nps(csm), make_contact(make_account(csm=csm)), message_ref="message:old")
    before = row.digest
    retry_suppressed()
    row.refresh_from_db()
    assert (row.message_ref, row.digest != before) == ("", True)


def test_rules_are_tallied_with_the_soonest_day(csm: User) -> None:
    version, account = make_nps(csm), make_account(csm=csm)
    for days in (3, 1):
        held(version, make_contact(account), next_free_on=today() + dt.timedelta(days=days))
    held(version, make_contact(account), rule="opted_out", next_free_on=None)
    first, second = tally_rules(Invitation.objects.all(), on=today())
    assert (first.rule, first.count, first.retried) == ("survey_too_soon", 2, 2)
    assert first.next_free_on == today() + dt.timedelta(days=1)
    assert (second.rule, second.count, second.retried, second.next_free_on) == ("opted_out", 1, 0, None)


def test_the_list_shows_mine_filters_by_rule_and_exports(csm: User, stranger: User, as_csm: Client) -> None:
    version = make_nps(csm)
    mine = make_contact(make_account(csm=csm), name="Anna Mine")
    other = make_contact(make_account(csm=csm), name="Otto Out")
    theirs = make_contact(make_account(csm=stranger), name="Thea Theirs")
    held(version, mine)
    held(version, other, rule="opted_out", reason="Does not want this kind of mail", next_free_on=None)
    held(version, theirs)
    page = as_csm.get(reverse("not_asked")).content.decode()
    assert "Anna Mine" in page
    assert "Thea Theirs" not in page
    filtered = as_csm.get(reverse("not_asked"), {"rule": "opted_out"}).content.decode()
    assert "Otto Out" in filtered
    assert "Anna Mine" not in filtered
    answer = as_csm.get(reverse("not_asked"), {"format": "csv"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Anna Mine" in text
    assert "Thea Theirs" not in text


def test_a_trial_hears_of_what_rules_held_back_and_of_nothing_else(csm: User) -> None:
    version, account = make_nps(csm), make_account(csm=csm)
    held(version, make_contact(account))
    held(version, make_contact(account), rule="opted_out")
    told = list(
        held_back(first=account.pk, last=account.pk, since=now() - dt.timedelta(days=1), until=now() + dt.timedelta(1))
    )
    assert [(pk, mail.kind, mail.held_by) for pk, mail in told] == [(account.pk, "survey", "survey_too_soon")]


def plans(account: Account) -> list[ComingAsk]:
    return coming_asks(account, at=now())


def test_the_quarter_names_who_waits_and_who_is_asked_again(csm: User) -> None:
    version, account = make_nps(csm), make_account(csm=csm)
    anna = make_contact(account, name="Anna")
    soon = today() + dt.timedelta(days=10)
    held(version, anna, next_free_on=soon)
    held(version, make_contact(account), next_free_on=today() + dt.timedelta(days=100))
    held(version, make_contact(make_account()), next_free_on=soon)
    assert [(ask.name, ask.on) for ask in plans(account)] == [("Anna", soon)]


def test_a_wave_part_counts_only_its_own(csm: User) -> None:
    version = make_nps(csm)
    held(version, make_contact(make_account(csm=csm)))
    wave = version.survey.waves.create(name="Round", version=version)
    part = suppressed_in(wave, user=csm)
    assert (part.count, part.rows) == (0, ())


def test_whom_somebody_asked_by_hand_is_asked_on_the_first_free_day(csm: User, as_csm: Client) -> None:
    """Held back today, free in ten days while the survey is wanted: asked then, as in a wave."""
    contact = make_contact(make_account(csm=csm), name="Wanda Waits")
    ContactRules.objects.create(survey_every_days=10)
    version = make_nps(csm)
    invite_contacts(actor=csm, survey=version.survey, contacts=[contact], occasion="first")
    url = reverse("survey_send", args=[contact.account_id])
    assert b"disabled" not in as_csm.get(url).content
    answer = as_csm.post(url, {"survey": version.survey_id, "contacts": [contact.pk]}, follow=True)
    assert "1 is asked on" in answer.content.decode()
    aside = Invitation.objects.get(state=State.SUPPRESSED)
    assert aside.next_free_on and aside.retry_until == today() + dt.timedelta(days=version.survey.valid_days)
    assert "Wanda Waits" in as_csm.get(reverse("not_asked"), {"again": "yes"}).content.decode()
    with time_machine.travel(now() + dt.timedelta(days=12)):
        assert retry_suppressed() == 1


def test_who_is_never_free_cannot_be_picked(csm: User, as_csm: Client) -> None:
    contact = make_contact(make_account(csm=csm))
    Contact.objects.filter(pk=contact.pk).update(status=Contact.Status.BOUNCED)
    version = make_nps(csm)
    url = reverse("survey_send", args=[contact.account_id])
    assert b"disabled" in as_csm.get(url).content
    assert as_csm.post(url, {"survey": version.survey_id, "contacts": [contact.pk]}).status_code == 422


def test_a_play_says_once_what_became_of_its_survey(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    version = make_nps(csm)
    invite_contacts(actor=csm, survey=version.survey, contacts=[contact], occasion="first")
    found = invite_contacts(actor=None, survey=version.survey, contacts=[contact], occasion="play-run:1")
    assert (found.suppressed[0].retry_until, found.waiting) == (None, [])
