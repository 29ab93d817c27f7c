"""API keys at the door: who gets in, what they may, how often."""

import datetime as dt
import secrets
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from team.formulas import digest_of
from team.http.keys import ApiKeyAuthentication, HasScope, KeyThrottle, count_up
from team.models import ApiKey, User
from team.services.keys import create_key, revoke_key
from tests.makers import make_api_key
from tests.team.racing import at_once

FACTORY = APIRequestFactory()


class Open(APIView):
    """A view with nothing but the defaults of the settings."""

    def get(self, request: Request) -> Any:
        return self._answer(request)

    def post(self, request: Request) -> Any:
        return self._answer(request)

    def _answer(self, request: Request) -> Any:
        return Response({"user": request.user.pk})


class Ingest(Open):
    required_scope = "ingest"


def any_minute() -> dt.datetime:
    """Five seconds into a minute that no other run has counted in: Redis outlives the test's database."""
    return dt.datetime(2020, 1, 1, 12, 0, 5, tzinfo=dt.UTC) + dt.timedelta(minutes=secrets.randbelow(1_000_000))


class Slow(Open):
    requests_per_minute = 3


def call(view: type[APIView], method: str = "get", key: str = "", user: User | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = getattr(FACTORY, method)("/", headers=headers)
    if user:
        force_authenticate(request, user)
    return view.as_view()(request)


def test_the_secret_is_shown_once_and_kept_as_a_digest(csm: User) -> None:
    made = create_key(owner=csm, name="Script", scopes=["read"])
    assert len(made.secret) >= 43
    kept = ApiKey.objects.values().get()
    assert made.secret not in str(kept)
    assert kept["digest"] == digest_of(made.secret)


@pytest.mark.parametrize(
    ("scopes", "method", "status"),
    [
        (["read"], "get", 200),
        (["read"], "post", 403),
        (["write"], "get", 200),
        (["write"], "post", 200),
        (["ingest"], "get", 403),
        (["ingest"], "post", 403),
    ],
)
def test_scopes_narrow_what_a_key_may(csm: User, scopes: list[str], method: str, status: int) -> None:
    assert call(Open, method, make_api_key(csm, scopes=scopes)).status_code == status


def test_a_view_with_an_own_scope_opens_for_it_alone(csm: User) -> None:
    assert call(Ingest, "post", make_api_key(csm, scopes=["ingest"])).status_code == 200
    assert call(Ingest, "post", make_api_key(csm, scopes=["read", "write"])).status_code == 403
    assert call(Ingest, "post", user=csm).status_code == 403


def test_without_a_key_nobody_gets_in(db: None) -> None:
    answer = call(Open)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("key", ["wrong", "x" * 5000, "æøå", "a b"])
def test_a_wrong_key_is_no_key(csm: User, key: str) -> None:
    make_api_key(csm)
    request = FACTORY.get("/", headers={"Authorization": f"Bearer {key}"})
    with pytest.raises(AuthenticationFailed):
        ApiKeyAuthentication().authenticate(request)


def test_a_revoked_key_is_dead(csm: User) -> None:
    made = create_key(owner=csm, name="Script", scopes=["read"])
    assert call(Open, key=made.secret).status_code == 200
    assert revoke_key(key=made.key) and not revoke_key(key=made.key)
    assert call(Open, key=made.secret).status_code == 401


def test_a_key_expires(csm: User) -> None:
    today = dt.datetime.now(dt.UTC).date()
    made = create_key(owner=csm, name="Script", scopes=["read"], expires_on=today)
    assert call(Open, key=made.secret).status_code == 200
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=1), tick=False):
        assert call(Open, key=made.secret).status_code == 401


def test_the_last_use_is_written_once_a_day(csm: User, django_assert_num_queries: Any) -> None:
    key = make_api_key(csm)
    call(Open, key=key)
    assert ApiKey.objects.get().last_used_on == dt.datetime.now(dt.UTC).date()
    with django_assert_num_queries(1):  # the key with its owner
        call(Open, key=key)


def test_a_session_needs_a_token_for_changes(csm: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(csm)
    request = APIRequestFactory(enforce_csrf_checks=True).post("/")
    request.session = browser.session
    request.user = csm
    answer = Open.as_view()(request)
    assert answer.status_code == 403
    assert "CSRF" in str(answer.data)


def test_the_fourth_request_of_three_is_refused(csm: User) -> None:
    key = make_api_key(csm)
    with time_machine.travel(any_minute(), tick=False):
        answers = [call(Slow, key=key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "55"


def test_twenty_at_once_get_exactly_three(db: None) -> None:
    with time_machine.travel(any_minute(), tick=False):
        assert at_once(20, lambda: count_up("race", limit=3)).count(True) == 3


def test_without_redis_requests_go_through(csm: User, settings: Any) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
    assert count_up("anybody", limit=0)


def test_the_defaults_of_the_settings_are_these() -> None:
    assert (Open.authentication_classes[0], Open.permission_classes, Open.throttle_classes) == (
        ApiKeyAuthentication,
        [HasScope],
        [KeyThrottle],
    )
