"""Joining by invitation."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from team.models import StaffInvitation, User
from team.services.invitations import (
    CannotInvite,
    InvitationGone,
    accept_invitation,
    find_invitation,
    invite_person,
    send_again,
    withdraw_invitation,
)
from tests.makers import make_department
from tests.team.racing import at_once

PASSWORD = "correct horse battery"


def invite(admin: User, email: str = "new@vendor.example") -> str:
    product = make_department("product")
    return invite_person(actor=admin, email=email, name="New", role="member", departments=[product]).secret


@pytest.fixture(autouse=True)
def kept_mail(settings: object) -> None:
    """Mail is the outbox's business; here it is only looked at."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]


def test_the_mail_has_the_link_and_the_database_has_not(admin: User) -> None:
    secret = invite(admin)
    assert f"/join/{secret}/" in str(mail.outbox[0].body)
    assert mail.outbox[0].to == ["new@vendor.example"]
    assert len(secret) >= 43  # 256 bits
    assert not StaffInvitation.objects.filter(digest__contains=secret[:16]).exists()


def test_address_role_and_departments_come_from_the_invitation(admin: User) -> None:
    person = accept_invitation(secret=invite(admin, "New@Vendor.example "), name="Nia", password=PASSWORD)
    assert (person.email, person.role, person.name) == ("new@vendor.example", "member", "Nia")
    assert [department.slug for department in person.departments.all()] == ["product"]
    assert person.check_password(PASSWORD)


def test_it_works_once(admin: User) -> None:
    secret = invite(admin)
    accept_invitation(secret=secret, name="Nia", password=PASSWORD)
    with pytest.raises(InvitationGone):
        accept_invitation(secret=secret, name="Eve", password=PASSWORD)


def test_it_expires(admin: User) -> None:
    secret = invite(admin)
    with (
        time_machine.travel(timezone.now() + dt.timedelta(days=7, seconds=1), tick=False),
        pytest.raises(InvitationGone),
    ):
        find_invitation(secret)


def test_withdrawn_it_is_dead(admin: User) -> None:
    secret = invite(admin)
    assert withdraw_invitation(invitation=find_invitation(secret))
    with pytest.raises(InvitationGone):
        find_invitation(secret)


def test_sending_again_kills_the_old_link(admin: User) -> None:
    old = invite(admin)
    new = send_again(actor=admin, invitation=find_invitation(old)).secret
    with pytest.raises(InvitationGone):
        find_invitation(old)
    assert [department.slug for department in find_invitation(new).departments.all()] == ["product"]


def test_who_is_here_is_not_invited(admin: User, csm: User) -> None:
    with pytest.raises(CannotInvite):
        invite(admin, csm.email.upper())
    assert mail.outbox == []


def test_the_database_keeps_one_open_invitation_per_mail(admin: User) -> None:
    invite(admin)
    words = {"email": "new@vendor.example", "invited_by": admin, "expires_at": timezone.now()}
    with pytest.raises(IntegrityError, match="one_open_invitation_per_mail"), transaction.atomic():
        StaffInvitation.objects.create(digest="x", **words)


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_make_one_person(admin: User) -> None:
    secret = invite(admin)
    answers = at_once(20, lambda: accept_invitation(secret=secret, name="Nia", password=PASSWORD))
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, InvitationGone) for answer in answers) == 19
    assert User.objects.filter(email="new@vendor.example").count() == 1


def test_opening_the_link_uses_nothing_up(admin: User, client: Client) -> None:
    secret = invite(admin)
    for _ in range(3):
        assert client.get(f"/join/{secret}/").status_code == 200
        assert client.head(f"/join/{secret}/").status_code == 200
    assert StaffInvitation.objects.usable().count() == 1


def test_joining_in_the_browser(admin: User, client: Client) -> None:
    secret = invite(admin)
    answer = client.post(
        f"/join/{secret}/", {"name": "Nia", "password": PASSWORD, "role": "admin", "email": "x@y.example"}
    )
    assert answer.status_code == 302
    person = User.objects.get(name="Nia")
    assert (person.email, person.role) == ("new@vendor.example", "member")
    assert client.get(f"/join/{secret}/").status_code == 410


def test_a_weak_password_is_refused(admin: User, client: Client) -> None:
    secret = invite(admin)
    assert client.post(f"/join/{secret}/", {"name": "Nia", "password": "password12"}).status_code == 422
    assert not User.objects.filter(email="new@vendor.example").exists()


def test_the_subject_takes_no_second_line(admin: User) -> None:
    admin.name = "Eve\nBcc: all@customer.example"
    admin.save()
    invite(admin)
    assert "\n" not in mail.outbox[0].subject
