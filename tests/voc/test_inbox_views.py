"""The inbox on screen, by API and behind the standing link."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from team.clock import now
from team.models import User
from tests.makers import make_account, make_api_key, make_contact, make_department
from tests.voc.makers import make_feedback
from tests.voc.makers_inbox import browser, make_ticket
from voc.http.links import form_token
from voc.models import Feedback, FeedbackTheme, Theme
from voc.services.footers import write_footer
from voc.services.routing import place
from voc.services.tokens import feedback_token

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SAID = "The export drops the filters every time."
SECRET = "Call me on +45 12 34 56 78 or ana@acme.example, the export is broken."


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode()


def test_the_tabs_hold_what_waits_everything_and_what_is_done(csm: User, stranger: User) -> None:
    account = make_account(csm=csm)
    make_feedback(account, "Still waiting for an answer")
    make_feedback(account, "Seen by somebody already", is_handled=True)
    client = browser(csm)
    assert "Still waiting" in text_of(client, "/feedback/")
    assert "Seen by somebody" not in text_of(client, "/feedback/")
    assert "Seen by somebody" in text_of(client, "/feedback/?tab=handled")
    assert text_of(client, "/feedback/?tab=all").count("<tr data-row") == 2
    assert "Nothing waits for you" in text_of(browser(stranger), "/feedback/")
    assert client.get("/feedback/?tab=none").status_code == 404
    assert "<html" not in text_of(client, "/feedback/", **HTMX)


def test_filters_and_words_are_in_the_address(csm: User) -> None:
    account = make_account(csm=csm)
    theme = Theme.objects.create(slug="speed", name="Speed")
    tagged = make_feedback(account, "Dashboards are slow", source="chat", label="negative", language="en")
    FeedbackTheme.objects.create(feedback=tagged, theme=theme)
    make_feedback(account, "导出功能非常慢", source="review", label="mixed", language="zh")
    client = browser(csm)
    for query in (
        "source=chat",
        "label=negative",
        "theme=speed",
        "language=en",
        "q=dashb",
        "q=slow+dashboards",
        "score.none=yes&q=Dash",
    ):
        page = text_of(client, f"/feedback/?{query}")
        assert "Dashboards are slow" in page, query
        assert "导出" not in page, query
    for query in ("q=导出", "theme.none=yes", "theme.not=speed", "known=yes&language=zh"):
        page = text_of(client, f"/feedback/?{query}")
        assert "Dashboards" not in page, query
        assert "导出" in page, query
    assert "Dashboards" not in text_of(client, "/feedback/?q=nowhere")


def test_departments_read_masked_quotes_and_everybody_else_the_words(csm: User, member: User) -> None:
    account = make_account(csm=csm)
    feedback = make_feedback(account, SECRET)
    insight = place(feedback=feedback, department=make_department("product"), theme=None)
    paths = [
        "/feedback/?tab=all", f"/feedback/{feedback.pk}/", f"/feedback/{feedback.pk}/peek/", f"/insights/{insight.pk}/",
        f"/insights/{insight.pk}/peek/", "/insights/", "/feedback/?tab=all&format=csv",
        f"/accounts/{account.pk}/history/",
    ]  # fmt: skip
    for path in paths:
        page = text_of(browser(member), path)
        assert "12 34 56" not in page, path
        assert "ana@acme" not in page, path
    assert "[phone]" in text_of(browser(member), paths[1])
    assert "+45 12 34 56 78" in text_of(browser(csm), paths[1])
    assert "ana@acme.example" in text_of(browser(csm), paths[6])
    key = make_api_key(member, scopes=["read"])
    answer = Client().get("/api/v1/feedback/", headers={"Authorization": f"Bearer {key}"})
    assert "[mail]" in answer.content.decode()
    assert "ana@acme" not in answer.content.decode()


def test_masked_readers_cannot_search_what_the_marks_hide(csm: User, member: User) -> None:
    feedback = make_feedback(make_account(csm=csm), SECRET)
    place(feedback=feedback, department=make_department("product"), theme=None)
    assert "data-row" in text_of(browser(member), "/feedback/?tab=all&q=nothing-like-it")


def test_one_key_deals_with_a_row_and_undo_brings_it_back(csm: User) -> None:
    feedback = make_feedback(make_account(csm=csm), SAID)
    client = browser(csm)
    answer = client.post(f"/feedback/{feedback.pk}/handled/", {"row": "todo"}, headers=HTMX)
    assert "hx-swap-oob" in answer.content.decode()
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert SAID not in text_of(client, "/feedback/")
    client.post(undo)
    assert SAID in text_of(client, "/feedback/")


def test_picked_rows_are_looked_at_or_sent_together_and_only_mine(csm: User, stranger: User) -> None:
    account = make_account(csm=csm)
    mine = [make_feedback(account, f"{SAID} {number}") for number in range(3)]
    theirs = make_feedback(make_account(csm=stranger), SAID)
    client = browser(csm)
    client.post("/feedback/bulk/handle/", {"selected": [mine[0].pk, theirs.pk]})
    assert Feedback.objects.to_do().count() == 4
    client.post("/feedback/bulk/handle/", {"selected": [mine[0].pk]})
    department = make_department("product")
    client.post("/feedback/bulk/route/", {"selected": [one.pk for one in mine[1:]], "department": department.pk})
    assert list(Feedback.objects.to_do()) == [theirs]


def test_from_any_page_the_dialog_knows_the_customer(csm: User, stranger: User) -> None:
    account = make_account(csm=csm, name="Northwind")
    contact = make_contact(account, name="Ana")
    client = browser(csm)
    for path in (f"/accounts/{account.pk}/", f"/contacts/{contact.pk}/"):
        dialog = client.get(
            "/feedback/new/", headers=HTMX | {"HX-Target": "dialog", "HX-Current-URL": f"http://testserver{path}"}
        )
        assert "Northwind" in dialog.content.decode()
        assert "<html" not in dialog.content.decode()
    hidden = browser(stranger).get(
        "/feedback/new/", headers=HTMX | {"HX-Current-URL": f"http://testserver/accounts/{account.pk}/"}
    )
    assert "Northwind" not in hidden.content.decode()
    sent = {"text": SAID, "account": account.pk, "contact": contact.pk, "source": "call", "score": 3}
    answer = client.post("/feedback/new/", sent, headers=HTMX)
    assert (answer.status_code, "undo" in answer.headers["HX-Trigger"]) == (204, True)
    feedback = Feedback.objects.get()
    assert (feedback.contact, feedback.score) == (contact, 3)
    other = make_contact(make_account(csm=csm))
    assert client.post("/feedback/new/", sent | {"contact": other.pk}, headers=HTMX).status_code == 422


def test_a_ticket_becomes_feedback_with_its_words(csm: User, stranger: User) -> None:
    ticket = make_ticket(make_account(csm=csm), SAID)
    assert SAID in text_of(browser(csm), f"/feedback/new/?ticket={ticket.pk}")
    assert browser(stranger).get(f"/feedback/new/?ticket={ticket.pk}").status_code == 404


def test_people_are_found_by_name_and_only_visible_ones(csm: User, stranger: User) -> None:
    make_contact(make_account(csm=csm), name="Ana Berg")
    assert [row["label"] for row in browser(csm).get("/feedback/people/?q=ana").json()] == ["Ana Berg"]
    assert browser(stranger).get("/feedback/people/?q=ana").json() == []


def test_public_words_get_an_account(manager: User, csm: User) -> None:
    account = make_account(csm=csm)
    feedback = Feedback.objects.create(text=SAID, source="review", received_at=now(), author="Ana B.")
    client = browser(manager)
    client.post(f"/feedback/{feedback.pk}/account/", {"account": account.pk})
    feedback.refresh_from_db()
    assert feedback.account == account


def test_a_page_tells_repeats_and_history(csm: User) -> None:
    account = make_account(csm=csm)
    first = make_feedback(account, SAID)
    again = make_feedback(account, "Filters are dropped by every export, each time.", duplicate_of=first)
    browser(csm).post(f"/feedback/{first.pk}/handled/")
    page = text_of(browser(csm), f"/feedback/{first.pk}/")
    assert "Said again" in page
    assert "Looked at, nothing to do" in page
    assert "counts as a mention" in text_of(browser(csm), f"/feedback/{again.pk}/")
    browser(csm).post(f"/feedback/{again.pk}/distinct/")
    again.refresh_from_db()
    assert again.duplicate_of is None


@pytest.mark.parametrize("path", ["/feedback/", "/feedback/?tab=all&col=themes&col=segment"])
def test_the_list_asks_the_same_number_of_queries(csm: User, path: str) -> None:
    client, theme = browser(csm), Theme.objects.create(slug="speed", name="Speed")
    counts = []
    for number in (2, 20):
        for _index in range(number):
            feedback = make_feedback(make_account(csm=csm), contact=None)
            FeedbackTheme.objects.create(feedback=feedback, theme=theme)
        client.get(path)
        with CaptureQueriesContext(connection) as found:
            client.get(path)
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert counts[0] <= 14


def post_json(key: str, data: Any) -> Any:
    return Client().post(
        "/api/v1/feedback/",
        json.dumps(data),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def test_programs_send_one_or_many(csm: User) -> None:
    account = make_account(csm=csm)
    key = make_api_key(csm, scopes=["write"])
    one = {"text": SAID, "source": "chat", "account": account.pk, "external_id": "c-1", "score": 4, "scale": [1, 5]}
    assert post_json(key, one).status_code == 201
    again = post_json(key, one)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert Feedback.objects.get().score_given == "4/5"
    many = post_json(
        key, [one, {**one, "external_id": "c-2"}, {**one, "text": ""}, {**one, "url": "javascript:alert(1)"}, 5]
    )
    outcomes = [row["outcome"] for row in many.json()["outcomes"]]
    assert outcomes == ["unchanged", "created", "rejected", "rejected", "rejected"]
    assert post_json(key, [one] * 501).status_code == 400
    assert post_json(key, []).status_code == 400
    assert post_json(key, {**one, "source_system": "ticket"}).status_code == 400


def said(token: str, **fields: str) -> Any:
    return Client().post(f"/f/{token}/", fields)


def old_token(contact_id: int) -> str:
    """A form that a person has looked at for a while."""
    with time_machine.travel(timezone.now() - dt.timedelta(seconds=30)):
        return form_token(f"feedback:{contact_id}")


def test_the_standing_link_takes_words_once_and_a_scanner_leaves_none(csm: User) -> None:
    contact = make_contact(make_account(csm=csm), language="da")
    token = feedback_token(contact)
    page = Client().get(f"/f/{token}/")
    assert 'lang="da"' in page.content.decode()
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert Client().head(f"/f/{token}/").status_code == 200
    assert said(token, text="", form=form_token(f"feedback:{contact.pk}")).status_code == 422
    assert said(token, text=SAID, form=form_token(f"feedback:{contact.pk}")).status_code == 422
    assert said(token, text=SAID).status_code == 422
    form = old_token(contact.pk)
    assert said(token, text=SAID, form=form, leave_this_empty="x").status_code == 303
    assert not Feedback.objects.exists()
    for _twice in range(2):
        assert said(token, text=SAID, form=form, mood="bad").status_code == 303
    feedback = Feedback.objects.get()
    assert (feedback.source, feedback.contact, feedback.score) == ("link", contact, 2)
    assert "Tak" in Client().get(f"/f/{token}/?said=1").content.decode()


def test_every_automated_mail_ends_with_the_standing_link(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    lines, _headers, secrets = write_footer(contact)
    assert f"/f/{feedback_token(contact)}/" in lines
    assert feedback_token(contact) in secrets
