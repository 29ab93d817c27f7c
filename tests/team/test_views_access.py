"""Log-in, second factor, password reset, and what an attacker tries there."""

import re
import time
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.test import Client
from django.urls import reverse

from team.models import Install, TryCounter, User
from team.services.demo import NotADemo, ensure_demo_people
from tests.makers import make_api_key, make_user

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def person(db: None) -> User:
    user = make_user(email="nia@vendor.example", name="Nia Berg")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture(autouse=True)
def kept_mail(settings: Any) -> None:
    """Mail is the outbox's business; here it is only looked at."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def log_in(client: Client, email: str = "nia@vendor.example", password: str = PASSWORD, **more: Any) -> Any:
    address = more.pop("address", "192.0.2.1")
    return client.post("/login/", {"login": email, "password": password, **more}, REMOTE_ADDR=address)


def code_now(offset: int = 0) -> str:
    return str(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + offset)))


def is_in(client: Client) -> bool:
    return client.get("/settings/profile/").status_code == 200


def test_the_right_password_opens_the_wrong_one_does_not(person: User, client: Client) -> None:
    assert log_in(client, password="wrong").status_code == 200
    assert not is_in(client)
    assert log_in(client).status_code == 302
    assert is_in(client)


def test_the_address_may_be_written_in_capitals(person: User, client: Client) -> None:
    log_in(client, email=" NIA@Vendor.Example")
    assert is_in(client)


def test_the_sixth_try_is_locked_even_with_the_right_password(person: User, client: Client) -> None:
    for _ in range(5):
        assert "not correct" in log_in(client, password="wrong").content.decode()
    assert "Too many failed" in log_in(client).content.decode()
    assert not is_in(client)


def test_the_lock_does_not_reach_the_owner_elsewhere(person: User, client: Client) -> None:
    for _ in range(6):
        log_in(client, password="wrong", address="203.0.113.9")
    log_in(client, address="192.0.2.1")
    assert is_in(client)


def test_the_lock_ends_after_five_minutes(person: User, client: Client) -> None:
    for _ in range(6):
        log_in(client, password="wrong")
    with time_machine.travel(time.time() + 301, tick=False):
        log_in(client)
        assert is_in(client)


def test_a_made_up_forwarded_address_does_not_unlock(person: User, client: Client) -> None:
    for number in range(6):
        client.post(
            "/login/", {"login": person.email, "password": "wrong"}, headers={"X-Forwarded-For": f"198.51.100.{number}"}
        )
    assert "Too many failed" in client.post("/login/", {"login": person.email, "password": PASSWORD}).content.decode()


def test_one_address_cannot_try_many_people(db: None, client: Client) -> None:
    for number in range(30):
        log_in(client, email=f"somebody{number}@vendor.example", password="wrong")
    assert "Too many failed" in log_in(client, email="another@vendor.example").content.decode()


def test_right_log_ins_use_up_no_tries(person: User, client: Client) -> None:
    for _ in range(7):
        log_in(client)
        client.post("/logout/")
    assert set(TryCounter.objects.values_list("tries", flat=True)) == {0}


def body_without_token(answer: Any) -> str:
    return re.sub(r'value="[^"]*"', "", answer.content.decode())


def test_unknown_and_known_people_get_the_same_words(person: User, client: Client) -> None:
    known = log_in(client, password="wrong")
    unknown = log_in(client, email="nobody@vendor.example", password="wrong")
    assert body_without_token(known) == body_without_token(unknown)


def test_a_reset_says_the_same_for_known_and_unknown(person: User, client: Client) -> None:
    answers = [
        client.post("/password/reset/", {"email": email}, follow=True) for email in (person.email, "no@vendor.example")
    ]
    assert body_without_token(answers[0]) == body_without_token(answers[1])
    assert [message.to for message in mail.outbox] == [[person.email]]


def test_a_reset_link_works_once_and_ends_sessions_and_keys(person: User, client: Client, settings: Any) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    make_api_key(person)
    client.post("/password/reset/", {"email": person.email}, headers={"Host": "localhost"})
    link = re.search(r"https?://\S+", str(mail.outbox[0].body))
    assert link and link[0].startswith(settings.BASE_URL)
    form = client.get(link[0], follow=True).redirect_chain[-1][0]
    new = "another horse battery"
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert not is_in(client), "a reset does not log in, so it cannot go round the second factor"
    assert not is_in(elsewhere)
    assert not person.api_keys.live().exists()
    assert "does not work" in Client().get(link[0], follow=True).content.decode()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "\thttps://evil.example",
        "/\t/evil.example",
        "https://testserver@evil.example/",
        "https://127.0.0.1.evil.example/",
        "http://testserver/inbox/",
        "\x00//evil.example",
        "ftp://evil.example",
        "mailto:x@evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_log_in(person: User, client: Client, target: str) -> None:
    assert log_in(client, next=target).headers["Location"] == "/"


def test_a_path_of_ours_is_followed(person: User, client: Client) -> None:
    assert log_in(client, next="/inbox/?show=done").headers["Location"] == "/inbox/?show=done"


def test_a_log_in_without_token_is_refused(person: User) -> None:
    assert log_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_nobody_signs_up(db: None, client: Client) -> None:
    assert client.get("/signup/").status_code == 404
    assert client.post("/signup/", {"email": "e@evil.example", "password1": PASSWORD}).status_code == 405
    assert not User.objects.exists()


def test_with_a_second_factor_the_password_alone_does_not_open(person: User, client: Client) -> None:
    TOTP.activate(person, SECRET)
    assert log_in(client).headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post("/2fa/code/", {"code": "000000"})
    assert not is_in(client)
    assert client.post("/2fa/code/", {"code": code_now()}).status_code == 302
    assert is_in(client)


def test_a_code_works_once(person: User, client: Client) -> None:
    TOTP.activate(person, SECRET)
    code = code_now()
    log_in(client)
    client.post("/2fa/code/", {"code": code})
    other = Client()
    log_in(other)
    assert "used already" in other.post("/2fa/code/", {"code": f" {code[:3]} {code[3:]}"}).content.decode()
    assert not is_in(other)


def test_the_sixth_code_is_not_even_looked_at(person: User, client: Client) -> None:
    TOTP.activate(person, SECRET)
    log_in(client)
    for _ in range(5):
        client.post("/2fa/code/", {"code": "000000"})
    other = Client()
    log_in(other, address="203.0.113.7")
    assert "Too many wrong codes" in other.post("/2fa/code/", {"code": code_now()}).content.decode()


def test_a_recovery_code_works_once(person: User, client: Client) -> None:
    TOTP.activate(person, SECRET)
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    log_in(client)
    client.post("/2fa/code/", {"code": code})
    assert is_in(client)
    other = Client()
    log_in(other)
    other.post("/2fa/code/", {"code": code})
    assert not is_in(other)


def test_secrets_of_second_factors_are_encrypted(person: User) -> None:
    TOTP.activate(person, SECRET)
    RecoveryCodes.activate(person)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert all(code not in stored for code in RecoveryCodes.activate(person).get_unused_codes())


def test_setting_up_a_second_factor_in_the_browser(person: User, client: Client) -> None:
    log_in(client)
    page = client.post("/reauthenticate/?next=/2fa/app/", {"password": PASSWORD}, follow=True)
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    answer = client.post("/2fa/app/", {"code": code})
    assert answer.headers["Location"] == "/2fa/recovery/"
    codes = client.get("/2fa/recovery/")
    assert len(codes.context["unused_codes"]) == 10
    assert "Remove" in client.get("/settings/security/").content.decode()


@pytest.mark.parametrize("path", ["/inbox/", "/settings/profile/", "/audit/", "/settings/keys/", "/views/", "/undo/"])
def test_where_mfa_is_demanded_everything_leads_to_its_set_up(person: User, client: Client, path: str) -> None:
    Install.objects.create(pk=1, requires_mfa=True)
    log_in(client)
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/2fa/app/")
    part = client.get(path, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == "/2fa/app/"


def test_whoever_has_a_factor_passes_and_cannot_remove_it(person: User, client: Client) -> None:
    Install.objects.create(pk=1, requires_mfa=True)
    TOTP.activate(person, SECRET)
    log_in(client)
    client.post("/2fa/code/", {"code": code_now()})
    assert is_in(client)
    client.post("/2fa/app/remove/")
    assert Authenticator.objects.filter(user=person).exists()


def test_where_mfa_is_demanded_one_can_still_log_out_and_set_it_up(person: User, client: Client) -> None:
    Install.objects.create(pk=1, requires_mfa=True)
    log_in(client)
    assert client.get("/2fa/app/").headers["Location"].startswith("/reauthenticate/")
    page = client.post("/reauthenticate/?next=/2fa/app/", {"password": PASSWORD}, follow=True)
    assert "Your company asks everybody" in page.content.decode()
    client.post("/logout/")
    assert client.get("/inbox/").headers["Location"].startswith("/login/")


def test_changing_the_password_keeps_this_browser_and_ends_the_others(person: User, client: Client) -> None:
    elsewhere = Client()
    log_in(client)
    log_in(elsewhere)
    new = "another horse battery"
    client.post("/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(client)
    assert not is_in(elsewhere)


def test_demo_people_are_offered_and_open_with_one_click(client: Client, db: None, settings: Any) -> None:
    settings.DEMO_MODE = True
    assert len(ensure_demo_people()) == 10
    assert ensure_demo_people() == ensure_demo_people()
    page = client.get("/login/").content.decode()
    assert page.count('name="login" value="') == 10
    log_in(client, email="csm@example.com", password="perennial")
    assert is_in(client)


def test_outside_of_demo_mode_there_are_no_demo_people(client: Client, db: None, settings: Any) -> None:
    settings.DEMO_MODE = True
    ensure_demo_people()
    settings.DEMO_MODE = False
    assert "@example.com" not in client.get("/login/").content.decode()
    with pytest.raises(NotADemo):
        ensure_demo_people()


def test_a_deactivated_person_stays_out(person: User, client: Client) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    log_in(client)
    assert not is_in(client)
