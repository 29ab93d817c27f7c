"""What a person may do changes: their sessions and keys end at once."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from team.http.keys import ApiKeyAuthentication
from team.models import ActionLog, ApiKey, Notice, User
from team.services.people import (
    CannotChange,
    change_password,
    change_role,
    deactivate_person,
    end_access,
    reactivate_person,
    reset_mfa,
)
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_api_key, make_user
from tests.team.racing import at_once


@pytest.fixture
def browser(csm: User) -> Client:
    client = Client()
    client.force_login(csm)
    assert client.get("/settings/profile/").status_code == 200
    return client


def is_out(client: Client) -> bool:
    answer = client.get("/settings/profile/")
    return answer.status_code == 302 and answer.headers["Location"].startswith("/login/")


def test_a_new_role_ends_sessions_and_keys(admin: User, csm: User, browser: Client) -> None:
    make_api_key(csm)
    change_role(actor=admin, person=csm, role="viewer")
    assert is_out(browser)
    assert not ApiKey.objects.live().exists()


def test_a_role_changed_behind_the_services_back_ends_sessions_too(csm: User, browser: Client) -> None:
    User.objects.filter(pk=csm.pk).update(role="viewer")
    assert is_out(browser)


def test_the_same_role_is_no_change(admin: User, csm: User, browser: Client) -> None:
    assert change_role(actor=admin, person=csm, role="csm") is None
    assert not is_out(browser)


def test_deactivation_ends_sessions_and_keys_for_good(admin: User, csm: User, browser: Client) -> None:
    make_api_key(csm)
    deactivate_person(actor=admin, person=csm)
    assert is_out(browser)
    reactivate_person(actor=admin, person=csm)
    assert is_out(browser)
    assert not ApiKey.objects.live().exists()


def test_a_new_password_ends_sessions_and_keys_and_says_so(csm: User, browser: Client) -> None:
    make_api_key(csm)
    change_password(person=csm, password="correct horse battery")
    assert is_out(browser)
    assert not ApiKey.objects.live().exists()
    assert Notice.objects.get(user=csm).kind == "security"


def test_ending_access_ends_it_everywhere(csm: User, browser: Client) -> None:
    end_access(person=csm)
    assert is_out(browser)


def test_the_key_of_somebody_deactivated_is_refused(csm: User) -> None:
    key = make_api_key(csm)
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {key}"})
    assert ApiKeyAuthentication().authenticate(request)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    with pytest.raises(AuthenticationFailed):
        ApiKeyAuthentication().authenticate(request)


def test_nobody_takes_away_the_own_access(admin: User) -> None:
    make_user(role="admin")
    with pytest.raises(CannotChange):
        change_role(actor=admin, person=admin, role="csm")
    with pytest.raises(CannotChange):
        deactivate_person(actor=admin, person=admin)


def test_the_last_admin_stays(admin: User, manager: User) -> None:
    with pytest.raises(CannotChange, match="last active admin"):
        deactivate_person(actor=manager, person=admin)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_do_not_both_win(admin: User) -> None:
    other = make_user(role="admin")
    pairs = iter([(admin, other), (other, admin)])

    def remove_the_other() -> ActionLog | None:
        actor, person = next(pairs)
        return deactivate_person(actor=actor, person=person)

    answers = at_once(2, remove_the_other)
    assert sum(isinstance(answer, ActionLog) for answer in answers) == 1
    assert User.objects.filter(role="admin", is_active=True).count() == 1


def test_a_role_can_be_given_back(admin: User, csm: User) -> None:
    action = change_role(actor=admin, person=csm, role="viewer")
    assert action and undo_action(actor=admin, action=action)
    csm.refresh_from_db()
    assert csm.role == "csm"


def test_an_admin_who_is_none_any_more_undoes_nothing(admin: User, csm: User) -> None:
    action = change_role(actor=admin, person=csm, role="viewer")
    User.objects.filter(pk=admin.pk).update(role="csm")
    admin.refresh_from_db()
    assert action
    with pytest.raises(CannotUndo):
        undo_action(actor=admin, action=action)


def test_removing_a_second_factor_tells_its_owner(admin: User, csm: User, browser: Client) -> None:
    assert not reset_mfa(actor=admin, person=csm)
    TOTP.activate(csm, "JBSWY3DPEHPK3PXP")
    assert reset_mfa(actor=admin, person=csm)
    assert is_out(browser)
    assert Notice.objects.get(user=csm).kind == "security"
