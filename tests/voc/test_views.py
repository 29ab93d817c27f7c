"""Voice on screen: mine is shown, theirs is not, parts come alone, queries stay flat."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outbox.models import Message, State
from outbox.services import enqueue_mail
from team.clock import today
from team.models import User
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_feedback, make_insight, make_invitation, make_nps
from voc.models import Insight, Invitation, Response

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def number_of_queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


@pytest.fixture
def member(db: None) -> User:
    person = make_user(email="product@vendor.example", name="Priya", role="member")
    make_department("product", members=(person,))
    return person


def test_the_queue_shows_the_own_department_only(csm: User, member: User) -> None:
    account = make_account(csm=csm, name="Northwind")
    make_insight(account, text="The export drops the filters.")
    make_insight(account, department="sales", text="Sales promised more.", theme="handover")
    page = browser(member).get("/insights/").content.decode()
    assert "The export drops the filters" in page
    assert "Sales promised" not in page
    assert browser(member).get("/insights/?department=sales").status_code == 404
    assert browser(member).get("/insights/?tab=none").status_code == 404


def test_members_see_a_band_and_never_the_sum(csm: User, member: User) -> None:
    account = make_account(csm=csm, name="Northwind")
    account.summary.arr = 123456
    account.summary.save()
    insight = make_insight(account)
    for path in ("/insights/", f"/insights/{insight.pk}/", f"/insights/{insight.pk}/peek/"):
        page = browser(member).get(path).content.decode()
        assert "$100K–$250K" in page
        assert not any(word in page for word in ("123456", "123,456", "$123"))
    assert "$123K" in browser(csm).get("/insights/?department=all").content.decode()


def test_a_decision_in_the_dialog_moves_the_insight(csm: User, member: User) -> None:
    insight = make_insight(make_account(csm=csm))
    client, path = browser(member), f"/insights/{insight.pk}/accept/"
    dialog = client.get(path, headers=HTMX | {"HX-Target": "dialog"}).content.decode()
    assert "<html" not in dialog
    assert "Accept" in dialog
    assert client.post(path, {"promise": "x", "promised_on": "1999-01-01"}, headers=HTMX).status_code == 422
    answer = client.post(path, {"promise": "Next release", "promised_on": "+2w"}, headers=HTMX)
    assert (answer.status_code, "insights-changed" in answer.headers["HX-Trigger"]) == (204, True)
    insight.refresh_from_db()
    assert (insight.state, insight.promised_on) == ("accepted", today() + dt.timedelta(days=14))
    assert insight.owner == member
    late = client.post(f"/insights/{insight.pk}/decline/", {"reason": "no"}, headers=HTMX)
    assert late.status_code == 422
    assert "meanwhile" in late.content.decode()
    stale = client.get(f"/insights/{insight.pk}/decline/").content.decode()
    assert "meanwhile “Accepted”" in stale
    assert 'name="reason"' not in stale


def test_merge_snooze_wake_assign_and_act(csm: User, member: User) -> None:
    account = make_account(csm=csm)
    one, two = make_insight(account), make_insight(account, theme="bugs")
    client = browser(member)
    client.post(f"/insights/{two.pk}/merge/", {"into": one.pk})
    two.refresh_from_db()
    one.refresh_from_db()
    assert (two.state, two.merged_into, one.mentions, one.quotes.count()) == ("merged", one, 2, 2)
    client.post(f"/insights/{one.pk}/snooze/", {"until": "+1w"})
    assert "Nothing waits" in client.get("/insights/").content.decode()
    assert one.title in client.get("/insights/?tab=snoozed").content.decode()
    client.post(f"/insights/{one.pk}/wake/")
    client.post(f"/insights/{one.pk}/assign/", {"owner": member.pk})
    one.refresh_from_db()
    assert (one.snoozed_until, one.owner) == (None, member)
    client.post(f"/insights/{one.pk}/accept/", {"promise": "x", "promised_on": "+1w"})
    client.post(f"/insights/{one.pk}/act/", {"action": "Fixed"})
    one.refresh_from_db()
    assert one.state == Insight.State.ACTED_ON
    page = client.get(f"/insights/{one.pk}/").content.decode()
    assert "Decision log" in page
    assert "Fixed" in page


def test_what_an_insight_may_be_merged_into_is_found_by_title_or_account(csm: User, member: User) -> None:
    one, two = make_insight(make_account(csm=csm, name="Alder")), make_insight(make_account(csm=csm, name="Birch"))
    client = browser(member)
    assert [row["value"] for row in client.get(f"/insights/{one.pk}/options/").json()] == [str(two.pk)]
    assert client.get(f"/insights/{one.pk}/options/?q=birch").json()[0]["hint"] == "Birch"
    assert client.get(f"/insights/{one.pk}/options/?q=alder").json() == []


def test_handing_over_moves_the_queue_and_the_sight(csm: User, member: User) -> None:
    insight = make_insight(make_account(csm=csm))
    sales = make_department("sales", members=(make_user(role="member"),))
    browser(member).post(f"/insights/{insight.pk}/assign/", {"department": sales.pk})
    insight.refresh_from_db()
    assert (insight.department, insight.state) == (sales, "new")
    assert insight.account.grants.filter(department=sales).exists()
    assert browser(member).get(f"/insights/{insight.pk}/").status_code == 404


def test_sending_from_an_account(csm: User) -> None:
    account = make_account(csm=csm)
    free, asked = make_contact(account, name="Free"), make_contact(account, name="Asked")
    version = make_nps(csm)
    client, path = browser(csm), f"/accounts/{account.pk}/survey/"
    client.post(path, {"survey": version.survey_id, "contacts": [asked.pk]})
    page = client.get(path).content.decode()
    assert "too recently" in page
    again = client.post(path, {"survey": version.survey_id, "contacts": [asked.pk]}, follow=True)
    assert "had been asked this month" in again.content.decode()
    assert Message.objects.filter(kind="survey").count() == 1
    client.post(path, {"survey": version.survey_id, "contacts": [free.pk]})
    assert sorted(Invitation.objects.values_list("contact__name", flat=True)) == ["Asked", "Free"]
    assert Message.objects.filter(kind="survey").count() == 2


def test_results_count_confirmed_answers_and_show_the_rest_apart(csm: User, stranger: User) -> None:
    version = make_nps(csm)
    account = make_account(csm=csm)
    for number, (state, score) in enumerate([("confirmed", 10), ("confirmed", 0), ("provisional", 10), ("machine", 0)]):
        contact = make_contact(account)
        invitation, _token = make_invitation(version, contact, state="answered" if number < 2 else "sent")
        Response.objects.create(
            version=version, invitation=invitation, account=account, contact=contact, state=state, score=score,
            submitted_at=invitation.created_at,
        )  # fmt: skip
    page = browser(csm).get(f"/surveys/{version.survey_id}/").content.decode()
    assert "n 2" in page
    assert "1 clicks to confirm, 1 by machines, 0 left half-way" in page
    assert "Nobody was asked yet" in browser(stranger).get(f"/surveys/{version.survey_id}/").content.decode()


def test_feedback_without_a_rule_waits_in_the_inbox(csm: User, stranger: User) -> None:
    feedback = make_feedback(make_account(csm=csm), "Words that fit no rule")
    assert "Words that fit" in browser(csm).get("/feedback/").content.decode()
    assert "Words that fit" not in browser(stranger).get("/feedback/").content.decode()
    product = make_department("product")
    browser(csm).post(f"/feedback/{feedback.pk}/route/", {"department": product.pk})
    assert feedback.insights.get().department == product
    assert "Words that fit" not in browser(csm).get("/feedback/").content.decode()


def test_the_mail_is_read_in_a_frame_that_can_do_nothing(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    html = '<html><head></head><body style="color:red"><script>alert(1)</script><p>Hi</p></body></html>'
    message = enqueue_mail(
        kind="survey", recipient=contact.email, subject="Hi", body_text="x", body_html=html,
        subject_ref=f"contact:{contact.pk}",
    )  # fmt: skip
    page = browser(csm).get(f"/outbox/{message.pk}/")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    frame = browser(csm).get(f"/outbox/{message.pk}/html/")
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_undecided_mail_stands_on_top_and_admins_decide(csm: User, admin: User) -> None:
    contact = make_contact(make_account(csm=csm))
    message = enqueue_mail(
        kind="survey", recipient=contact.email, subject="Hi", body_text="x", subject_ref=f"contact:{contact.pk}"
    )
    Message.objects.update(state=State.UNKNOWN)
    assert "Did these arrive" in browser(admin).get("/outbox/").content.decode()
    assert "It arrived" not in browser(csm).get("/outbox/").content.decode()
    browser(admin).post(f"/outbox/{message.pk}/arrived/")
    message.refresh_from_db()
    assert message.state == State.SENT
    assert "Did these arrive" not in browser(admin).get("/outbox/").content.decode()


def fill_queue(csm: User, number: int) -> None:
    for _index in range(number):
        make_insight(make_account(csm=csm))


def fill_feedback(csm: User, number: int) -> None:
    for _index in range(number):
        make_feedback(make_account(csm=csm))


def fill_outbox(csm: User, number: int) -> None:
    for _index in range(number):
        contact = make_contact(make_account(csm=csm))
        enqueue_mail(
            kind="survey", recipient=contact.email, subject="x", body_text="x", subject_ref=f"contact:{contact.pk}"
        )


@pytest.mark.parametrize(
    ("path", "fill"),
    [("/insights/?department=all", fill_queue), ("/feedback/", fill_feedback), ("/outbox/", fill_outbox)],
)
def test_lists_ask_the_same_number_of_queries(csm: User, path: str, fill: Callable[[User, int], None]) -> None:
    client = browser(csm)
    fill(csm, 2)
    few = number_of_queries(client, path)
    fill(csm, 20)
    assert number_of_queries(client, path) == few


def test_a_survey_page_asks_the_same_number_of_queries(csm: User) -> None:
    version = make_nps(csm)
    client, path = browser(csm), f"/surveys/{version.survey_id}/"
    counts = []
    for number in (2, 20):
        for _index in range(number):
            account = make_account(csm=csm)
            contact = make_contact(account)
            invitation, _token = make_invitation(version, contact, state="answered")
            response = Response.objects.create(
                version=version, invitation=invitation, account=account, contact=contact, state="confirmed", score=3,
                submitted_at=invitation.created_at,
            )  # fmt: skip
            make_feedback(account, contact=contact, response=response, score=3)
        counts.append(number_of_queries(client, path))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


@pytest.mark.parametrize("rubbish", ["²", "9" * 5000, "x", "-1"])
def test_rubbish_for_a_person_is_refused(csm: User, rubbish: str) -> None:
    make_nps(csm)
    account = make_account(csm=csm)
    make_contact(account)
    assert browser(csm).post(f"/accounts/{account.pk}/survey/", {"contacts": [rubbish]}).status_code == 422
