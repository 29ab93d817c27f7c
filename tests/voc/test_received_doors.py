"""The ways in for mail: a provider's signed post, and the command."""

import base64
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Contact, Touchpoint
from outbox.http.signed import signature_of
from outbox.models import ReceivedMail
from team.models import User
from tests.outbox.letters import answer
from tests.voc.makers_received import make_nora, sent_to

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()
Outcome = ReceivedMail.Outcome


@pytest.fixture
def nora(csm: User) -> Contact:
    return make_nora(csm)


Post = Callable[..., int]


@pytest.fixture
def post(settings: LazySettings) -> Post:
    settings.MAIL_RECEIVE_SECRET = SECRET

    def send(
        body: bytes,
        *,
        name: str = "msg_1",
        ago: float = 0,
        secret: str = SECRET,
        kind: str = "message/rfc822",
        **more: str,
    ) -> int:
        stamp = str(int(time.time() - ago))
        signature = signature_of(body, name=name, stamp=stamp, secret=secret)
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature, **more}
        return Client().post("/mail/received/", body, content_type=kind, headers=headers).status_code

    return send


def test_a_provider_posts_a_mail_once(post: Post, nora: Contact) -> None:
    raw = answer("Thank you!", names=sent_to(nora, kind="personal").message_id)
    assert [post(raw), post(raw), post(raw, name="msg_2")] == [200, 409, 200]
    assert ReceivedMail.objects.count() == Touchpoint.objects.filter(source="received").count() == 1


def test_a_form_field_holds_the_mail(post: Post, nora: Contact) -> None:
    raw = answer("Thank you!", names=sent_to(nora, kind="personal").message_id).decode()
    body = f'--b\r\nContent-Disposition: form-data; name="body-mime"\r\n\r\n{raw}\r\n--b--\r\n'.encode()
    assert post(body, kind="multipart/form-data; boundary=b") == 200
    assert ReceivedMail.objects.get().outcome == Outcome.LOGGED
    assert post(b"a=b", name="msg_2", kind="application/x-www-form-urlencoded") == 422


@pytest.mark.parametrize(
    "more",
    [
        {"secret": "whsec_" + base64.b64encode(b"another").decode()},
        {"ago": 400.0},
        {"ago": -400.0},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-id": "other"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "nan"},
        {"webhook-id": ""},
    ],
)
def test_what_is_not_signed_is_refused(post: Post, more: dict[str, str]) -> None:
    assert post(answer("9"), **more) == 401
    assert not ReceivedMail.objects.exists()


def test_a_changed_body_is_refused(post: Post) -> None:
    stamp = str(int(time.time()))
    headers = {"webhook-id": "m", "webhook-timestamp": stamp}
    headers["webhook-signature"] = signature_of(answer("9"), name="m", stamp=stamp, secret=SECRET)
    response = Client().post("/mail/received/", answer("10"), content_type="message/rfc822", headers=headers)
    assert response.status_code == 401


def test_without_a_secret_the_door_does_not_exist() -> None:
    assert Client().post("/mail/received/", b"x", content_type="message/rfc822").status_code == 404
    assert Client().get("/mail/received/").status_code == 405


def test_a_large_post_is_refused(post: Post) -> None:
    assert post(b"Subject: x\n\n" + b"x" * 1024 * 1024) == 413
    assert post(b"x" * 4 * 1024 * 1024) == 413


def test_the_command_takes_a_file_and_a_maildir(tmp_path: Path, nora: Contact) -> None:
    message = sent_to(nora, kind="personal")
    file = tmp_path / "mail.eml"
    file.write_bytes(answer("One", names=message.message_id))
    said = StringIO()
    call_command("receive_mail", str(file), stdout=said)
    assert "answer" in said.getvalue()
    assert "One" not in said.getvalue()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.x").write_bytes(answer("Two", names=message.message_id, number=2))
    (tmp_path / "new" / "2.x").symlink_to("/etc/hostname")
    call_command("receive_mail", maildir=tmp_path, stdout=StringIO())
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["1.x:2,S"]
    assert sorted(ReceivedMail.objects.values_list("words", flat=True)) == ["One", "Two"]
    with pytest.raises(CommandError):
        call_command("receive_mail", str(tmp_path / "missing"))
    with pytest.raises(CommandError):
        call_command("receive_mail", maildir=tmp_path / "cur")
