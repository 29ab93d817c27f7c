"""Parts and pages: the server picks, caches keep them apart, an expired session never lands in a table cell."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from ui import http
from ui.middleware import FragmentMiddleware


def make_request(path: str = "/", **headers: str) -> Any:
    request: Any = RequestFactory().get(path, headers=headers)
    request.htmx = HtmxDetails(request)
    return request


@pytest.mark.parametrize(
    ("headers", "part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
    ],
)
def test_htmx_gets_a_part_and_back_gets_the_page(headers: dict[str, str], part: bool) -> None:
    assert http.wants_part(make_request(**headers)) is part


def test_the_part_is_named_by_the_target_but_only_among_those_offered() -> None:
    asked = make_request(**{"HX-Request": "true", "HX-Target": "rows"})
    assert http.part_of(asked, ("list", "rows")) == "rows"
    assert http.part_of(asked, ("list",)) == "list"


def test_render_part_varies_by_what_asked(settings: Any) -> None:
    assert engines["django"]
    whole = http.render_part(make_request(), "ui/list_rows.html", "rows", {"page": None})
    assert {"HX-Request", "HX-Target"} <= {name.strip() for name in whole["Vary"].split(",")}
    assert http.render_part(make_request(), "ui/list_rows.html", "rows", {"page": None}, status=422).status_code == 422


def test_toasts_and_events_add_up() -> None:
    response = http.toast(http.close_dialog(), "Gespeichert ✓", undo="/undo/3/")
    sent = json.loads(response["HX-Trigger"])
    assert sent["close-dialog"] is True
    assert sent["toast"] == {"text": "Gespeichert ✓", "undo": "/undo/3/", "isBad": False}
    assert response["HX-Trigger"].isascii()


def middleware(response: HttpResponse) -> FragmentMiddleware:
    def view(request: HttpRequest) -> HttpResponse:
        return response

    return FragmentMiddleware(view)


def test_an_expired_session_sends_the_whole_page_to_the_log_in() -> None:
    gone = HttpResponseRedirect("/login/?next=/accounts/rows/")
    asked = make_request(
        "/accounts/rows/", **{"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/?q=acme"}
    )
    answer = middleware(gone)(asked)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/login/?next=%2Faccounts%2F%3Fq%3Dacme"


@pytest.mark.parametrize("current", ["http://evil.example/x", "", "http://testserver//evil.example"])
def test_the_way_back_never_leads_to_another_host(current: str) -> None:
    asked = make_request("/rows/", **{"HX-Request": "true", "HX-Current-URL": current})
    answer = middleware(HttpResponseRedirect("/login/?next=/rows/"))(asked)
    assert answer["HX-Redirect"] == "/login/?next=%2Frows%2F"


def test_other_redirects_and_whole_pages_are_left_alone() -> None:
    assert middleware(HttpResponseRedirect("/accounts/"))(make_request(**{"HX-Request": "true"})).status_code == 302
    assert middleware(HttpResponseRedirect("/login/"))(make_request()).status_code == 302


def test_pages_are_private_and_may_come_back_from_the_browsers_cache() -> None:
    answer = middleware(HttpResponse("<p>"))(make_request())
    assert answer["Cache-Control"] == "private, no-cache"
    assert "no-store" not in answer["Cache-Control"]


def test_done_tells_htmx_by_toast_and_others_by_the_next_page(as_csm: Any) -> None:
    answer = http.done(make_request(**{"HX-Request": "true"}), "/accounts/", "Saved", event="account-changed")
    assert answer.status_code == 204
    assert set(json.loads(answer["HX-Trigger"])) == {"close-dialog", "toast", "account-changed"}


def test_a_prefetch_is_known() -> None:
    assert http.is_prefetch(make_request(**{"Sec-Purpose": "prefetch;prerender"}))
    assert not http.is_prefetch(make_request())
