"""The answer page: scanners change nothing, people are believed, nothing is half stored."""

import datetime as dt
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.utils import timezone

from accounts.models import AccountChange, Contact, ContactConsent, Touchpoint
from lifecycle.models import Task, Trigger
from outbox.models import Message, State
from outbox.services import enqueue_mail
from outbox.services.sending import drain
from team.models import Notice, User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_insight, make_invitation, make_nps
from voc.formulas.tokens import digest_of
from voc.models import Answer, Feedback, Invitation, Response, Verification
from voc.services.loop import tell_customer
from voc.services.preferences import wishes_of
from voc.services.responses import follow_up_waiting
from voc.services.tokens import preference_token
from voc.services.understanding.reading import understand_waiting

pytestmark = pytest.mark.django_db
FORM = re.compile(r'name="form" value="([^"]+)"')
AT = re.compile(r'name="at" value="([^"]+)"')
CONTROLS = {
    *("form", "lang", "at", "v", "leave_this_empty", "script", "touch"),
    *("said", "verdict", "comment", "email", "name"),
}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """Forms are old enough at once, where a test does not say otherwise; the bell finds a worker at once."""
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)
    monkeypatch.setattr("voc.views.answers.ring_follow_up", follow_up_waiting)


@pytest.fixture
def invited(csm: User) -> tuple[Invitation, str]:
    contact = make_contact(make_account(csm=csm, name="Northwind"), name="Nora Wind")
    return make_invitation(make_nps(csm), contact)


def fields(page: str, **given: str) -> dict[str, str]:
    """What a browser sends for a page of ours, with these answers."""
    form, at = FORM.search(page), AT.search(page)
    assert form is not None
    known = {"form": form[1], "lang": "en"} | ({"at": at[1]} if at else {})
    return known | {name if name in CONTROLS else f"q.{name}": value for name, value in given.items()}


def send(path: str, client: Client | None = None, **given: str) -> Any:
    client = client or Client()
    return client.post(path, fields(client.get(path).content.decode(), **given))


def everything() -> list[object]:
    """What a scanner must not change."""
    return [
        list(Response.objects.values()),
        list(Answer.objects.values()),
        list(Invitation.objects.values()),
        list(ContactConsent.objects.values()),
        list(Contact.objects.values("status", "version")),
        list(Verification.objects.values()),
        AccountChange.objects.count(),
    ]


def test_a_scanner_that_opens_every_link_changes_nothing(csm: User, invited: tuple[Invitation, str]) -> None:
    """S-09: HEAD, GET and prefetch of all eleven cells, the stop links and the verification link."""
    invitation, token = invited
    insight = make_insight(invitation.account, contact=invitation.contact, state="acted_on", action="Fixed")
    tell_customer(actor=csm, insight=insight, contact=invitation.contact, text="Fixed.")
    link = re.search(r"(/v/[^/]+/)", Message.objects.get(kind="reply").body_text)
    assert link is not None
    standing = preference_token(invitation.contact)
    paths = [
        f"/s/{token}/",
        *(f"/s/{token}/?a={n}" for n in range(11)),
        f"/p/{standing}/",
        f"/p/{standing}/stop/",
        link[1],
    ]
    before = everything()
    scanner = Client(headers={"User-Agent": "Mozilla/5.0 SafeLinks", "Sec-Purpose": "prefetch"})
    for path in paths:
        assert scanner.head(path).status_code in {200, 302}
        assert scanner.get(path).status_code in {200, 302}
    assert everything() == before


def test_the_tapped_number_is_only_chosen(invited: tuple[Invitation, str]) -> None:
    _invitation, token = invited
    page = Client().get(f"/s/{token}/?a=9")
    assert page.content.decode().count(" checked") == 1
    assert 'value="9" checked' in page.content.decode()
    assert Client().get(f"/s/{token}/").content.decode().count(" checked") == 0
    assert Client().get(f"/s/{token}/?a=11").content.decode().count(" checked") == 0
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert len(page.content) < 9_000


@pytest.mark.parametrize(("language", "words"), [("da", "Send svar"), ("zh", "发送"), ("en", "Send answer")])
def test_the_page_speaks_three_languages(invited: tuple[Invitation, str], language: str, words: str) -> None:
    page = Client(headers={"Accept-Language": "en"}).get(f"/s/{invited[1]}/?lang={language}").content.decode()
    assert words in page
    assert f'<html lang="{language}"' in page


def test_an_answer_can_be_changed_for_a_day(invited: tuple[Invitation, str]) -> None:
    path = f"/s/{invited[1]}/"
    assert send(path, nps="9").status_code == 303
    assert "Thank you" in Client().get(path).content.decode()
    assert send(f"{path}?edit=1", nps="4", reason="Changed my mind about the price").status_code == 303
    response = Response.objects.get()
    assert (response.score, response.feedback.get().score) == (4, 4)
    late = fields(Client().get(f"{path}?edit=1").content.decode(), nps="10")
    Response.objects.update(submitted_at=timezone.now() - dt.timedelta(hours=25))
    assert Client().post(path, late).status_code == 303
    assert Response.objects.get().score == 4
    assert "Change my answer" not in Client().get(f"{path}?edit=1").content.decode()


def test_words_without_a_number_are_kept_and_asked_for(invited: tuple[Invitation, str]) -> None:
    answer = send(f"/s/{invited[1]}/", reason="All fine")
    assert answer.status_code == 422
    assert "All fine" in answer.content.decode()
    response = Response.objects.get()
    assert (response.state, response.answers.get().text) == (Response.State.PARTIAL, "All fine")
    assert Feedback.objects.count() == 0
    assert send(f"/s/{invited[1]}/", nps="8", reason="All fine").status_code == 303
    assert Response.objects.get().state == Response.State.CONFIRMED


def test_a_hasty_form_is_asked_once_more_and_does_not_count(
    invited: tuple[Invitation, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 1.5)
    client, path = Client(), f"/s/{invited[1]}/"
    again = send(path, client, nps="0")
    assert again.status_code == 200
    assert "once more" in again.content.decode()
    response = Response.objects.get()
    assert (response.state, response.doubts, response.score) == (Response.State.PROVISIONAL, ["fast"], None)
    assert Answer.objects.count() == 0
    assert (Response.objects.counted().count(), Trigger.objects.count()) == (0, 0)
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)
    assert client.post(path, fields(again.content.decode(), nps="7")).status_code == 303
    assert Response.objects.get().state == Response.State.CONFIRMED


def test_who_fills_the_trap_is_a_machine(invited: tuple[Invitation, str]) -> None:
    assert send(f"/s/{invited[1]}/", nps="0", leave_this_empty="http://spam.example").status_code == 200
    assert Response.objects.get().state == Response.State.MACHINE
    assert Invitation.objects.get().state == Invitation.State.SENT
    assert send(f"/s/{invited[1]}/", nps="9").status_code == 303
    assert Response.objects.get().state == Response.State.CONFIRMED


@pytest.mark.parametrize("token", ["", "x", "forged:1tx:abc"])
def test_a_form_that_we_did_not_make_is_not_stored(invited: tuple[Invitation, str], token: str) -> None:
    assert Client().post(f"/s/{invited[1]}/", {"form": token, "at": "nps", "q.nps": "1"}).status_code == 422
    assert Response.objects.count() == 0


def test_a_form_of_another_link_is_not_stored(csm: User, invited: tuple[Invitation, str]) -> None:
    other = make_invitation(make_nps(csm), make_contact(invited[0].account))[1]
    form = FORM.search(Client().get(f"/s/{other}/").content.decode())
    assert form is not None
    assert Client().post(f"/s/{invited[1]}/", {"form": form[1], "at": "nps", "q.nps": "1"}).status_code == 422
    assert Response.objects.count() == 0


@pytest.mark.parametrize("state", ["expired", "declined", "suppressed", "recalled"])
def test_a_link_that_is_over_says_so(invited: tuple[Invitation, str], state: str) -> None:
    Invitation.objects.update(state=state)
    answer = Client().get(f"/s/{invited[1]}/")
    assert answer.status_code == 410
    assert "does not lead to a question" in answer.content.decode()


def test_tokens_are_stored_as_digests_and_kept_out_of_the_log(
    invited: tuple[Invitation, str], caplog: pytest.LogCaptureFixture
) -> None:
    invitation, token = invited
    assert len(token) >= 32
    assert invitation.digest == digest_of(token)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM voc_invitation row WHERE row::text LIKE %s", [f"%{token}%"])
        assert cursor.fetchone() == (0,)


def test_fifty_submits_at_once_make_one_response(
    transactional_db: None, csm: User, invited: tuple[Invitation, str]
) -> None:
    path = f"/s/{invited[1]}/"
    given = fields(Client().get(path).content.decode(), nps="8", reason="Same")
    barrier, codes = threading.Barrier(50), []

    def submit() -> None:
        barrier.wait()
        codes.append(Client().post(path, given).status_code)
        connections.close_all()

    threads = [threading.Thread(target=submit) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) == {303}
    assert (Response.objects.count(), Answer.objects.count(), Feedback.objects.count()) == (1, 2, 1)
    assert Trigger.objects.filter(kind="answer").count() == 1


class BreakAt:
    """Makes the n-th write of a request fail, as a crash there would."""

    def __init__(self, number: int) -> None:
        self.number, self.writes = number, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "WITH")):
            self.writes += 1
            if self.writes == self.number:
                raise DatabaseError("pulled the plug")
        return done


def test_a_crash_at_any_write_leaves_all_or_nothing(
    transactional_db: None, invited: tuple[Invitation, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-09: after a broken attempt nothing is there; the unbroken one leaves the answer, and of what follows all."""
    monkeypatch.setattr("voc.views.answers.ring_follow_up", lambda: None)
    path = f"/s/{invited[1]}/"
    client = Client(raise_request_exception=False)
    broken = 0
    for number in range(1, 60):
        with connection.execute_wrapper(breaker := BreakAt(number)):
            answer = send(path, client, nps="2", reason="The export is slow")
        if breaker.writes < number:
            break
        broken += 1
        assert answer.status_code == 500
        counts = [Response.objects.count(), Answer.objects.count(), Feedback.objects.count(), Trigger.objects.count()]
        assert counts == [0, 0, 0, 0], number
        assert Invitation.objects.get().state == Invitation.State.SENT
    assert broken >= 1
    assert [Response.objects.count(), Answer.objects.count(), Feedback.objects.count()] == [1, 2, 0]
    assert Response.objects.to_follow_up().count() == 1
    for number in range(1, 60):
        marks = AccountChange.objects.count()
        with connection.execute_wrapper(breaker := BreakAt(number)):
            done = follow_up_waiting()
        if breaker.writes < number:
            break
        broken += 1
        assert (done, Response.objects.to_follow_up().count(), AccountChange.objects.count()) == (0, 1, marks)
        assert [Feedback.objects.count(), Trigger.objects.count()] == [0, 0], number
    assert broken >= 9
    assert [Feedback.objects.count(), Trigger.objects.filter(kind="answer").count()] == [1, 1]
    assert not Response.objects.to_follow_up().exists()


VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "'-alert(1)-'",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ settings.SECRET_KEY }}",
    "{% load ui %}",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    '=HYPERLINK("http://x")',
    "</title><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "&lt;script&gt;",
]


@pytest.mark.parametrize("vector", VECTORS)
def test_what_customers_write_is_text_everywhere(
    csm: User, admin: User, invited: tuple[Invitation, str], vector: str
) -> None:
    """S-11: through the real link into every page that shows it."""
    invitation, token = invited
    send(f"/s/{token}/", nps="1", reason=f"The export is slow {vector}")
    understand_waiting()
    feedback = Feedback.objects.get()
    insight = feedback.insights.get()
    other = make_insight(
        invitation.account, contact=invitation.contact, text=vector, state="acted_on", action=vector, theme="x"
    )
    tell_customer(actor=csm, insight=other, contact=invitation.contact, text=vector)
    client = Client()
    client.force_login(admin)
    mail = Message.objects.get(kind="reply")
    pages = [
        f"/insights/{insight.pk}/",
        f"/insights/{insight.pk}/peek/",
        "/insights/?department=all",
        "/feedback/",
        f"/surveys/{invitation.version.survey_id}/",
        f"/outbox/{mail.pk}/",
        f"/outbox/{mail.pk}/html/",
        f"/s/{token}/?edit=1",
    ]
    for path in pages:
        page = client.get(path).content.decode()
        if "<" in vector:
            assert vector not in page, path
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page.replace("&gt;", "")


def test_one_click_needs_no_cookie_and_is_idempotent(invited: tuple[Invitation, str]) -> None:
    contact = invited[0].contact
    path = f"/p/{preference_token(contact)}/stop/"
    client = Client(enforce_csrf_checks=True)
    for _time in range(2):
        answer = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.cookies) == (200, {})
    assert wishes_of(contact) == {"survey": False, "success": True, "marketing": True}
    assert ContactConsent.objects.count() == 1
    assert Invitation.objects.get().state == Invitation.State.DECLINED


def test_a_stop_recalls_what_waits_and_holds_at_the_gate(
    invited: tuple[Invitation, str], settings: LazySettings
) -> None:
    contact = invited[0].contact
    waiting = enqueue_mail(
        kind="survey", recipient=contact.email, subject="Hi", body_text="x", subject_ref=f"contact:{contact.pk}"
    )
    send(f"/p/{preference_token(contact)}/", said="stop")
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED
    late = enqueue_mail(
        kind="survey", recipient=contact.email, subject="Hi", body_text="x", subject_ref=f"contact:{contact.pk}"
    )
    drain(channel="mail")
    late.refresh_from_db()
    assert late.state == State.SUPPRESSED


def test_i_have_left_and_not_me_are_signals(csm: User, invited: tuple[Invitation, str]) -> None:
    contact = invited[0].contact
    path = f"/p/{preference_token(contact)}/"
    for _time in range(2):
        assert send(path, said="left").status_code == 303
    contact.refresh_from_db()
    assert contact.status == Contact.Status.LEFT
    send(path, said="not_me")
    assert not any(wishes_of(contact).values())
    assert Notice.objects.filter(user=csm, kind="contact").count() == 2
    assert Trigger.objects.filter(kind="stakeholder").count() == 2
    assert Task.objects.filter(owner=csm, contact=contact).count() == 2
    assert Touchpoint.objects.filter(source="survey").count() == 2


@pytest.mark.parametrize("token", ["1", "1:x", "x:y", "99999999999999999999:x"])
def test_a_made_up_preference_link_opens_nothing(token: str) -> None:
    page = Client().get(f"/p/{token}/")
    assert (page.status_code, "Go to Today" in page.content.decode()) == (404, False)
    assert "voc/answers/gone.html" in {template.name for template in page.templates}
    assert Client().post(f"/p/{token}/stop/").status_code == 404


@pytest.fixture
def told(csm: User, invited: tuple[Invitation, str]) -> Iterator[str]:
    invitation = invited[0]
    insight = make_insight(invitation.account, contact=invitation.contact, state="acted_on", action="Fixed")
    tell_customer(actor=csm, insight=insight, contact=invitation.contact, text="Fixed.")
    found = re.search(r"(/v/[^/]+/)", Message.objects.get(kind="reply").body_text)
    assert found is not None
    yield found[1]


@pytest.mark.parametrize(
    ("verdict", "state", "level"), [("yes", "verified", 0), ("partly", "reopened", 1), ("no", "reopened", 1)]
)
def test_the_customer_decides_whether_it_is_solved(told: str, verdict: str, state: str, level: int) -> None:
    assert send(told, verdict=verdict, comment="thanks").status_code == 303
    insight = Verification.objects.get().insight
    assert (insight.state, insight.level) == (state, level)
    assert Client().post(told, {"verdict": "no"}).status_code == 422
    assert Verification.objects.get().verdict == verdict
