"""Asking over the API: one answer per item, the same key asks nobody twice."""

import pytest
import time_machine
from django.test import Client

from accounts.models import ContactSend
from team.models import User
from tests.makers import make_account, make_api_key, make_contact
from tests.voc.makers import make_nps
from tests.voc.makers_waves import WORKING_HOUR
from voc.models import Invitation, Survey
from voc.services.invitations import send_planned

pytestmark = pytest.mark.django_db


def ask(key: str, survey: Survey, items: list[dict[str, object]], *, request: str = "r1") -> tuple[int, list[str]]:
    answer = Client().post(
        f"/api/v1/surveys/{survey.pk}/invitations/",
        {"items": items},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": request},
    )
    found = answer.json()
    return answer.status_code, [one["outcome"] for one in found.get("items", [])]


@time_machine.travel(WORKING_HOUR)
def test_each_item_gets_its_answer_and_a_repeat_asks_nobody(csm: User, stranger: User) -> None:
    survey = make_nps(csm).survey
    account = make_account(csm=csm, country="DK")
    ana, bo, tired = (make_contact(account) for _one in range(3))
    foreign = make_contact(make_account(csm=stranger))
    double = make_contact(account, email="double@x.example")
    make_contact(make_account(csm=csm), email="Double@x.example")
    ContactSend.objects.create(contact=tired, account=account, kind="survey", message_ref="x", sent_at=WORKING_HOUR)
    items: list[dict[str, object]] = [
        {"contact": ana.pk},
        {"email": bo.email.upper()},
        {"contact": tired.pk},
        {"contact": foreign.pk},
        {"email": "nobody@x.example"},
        {"email": "double@x.example"},
        {"email": "double@x.example", "account": account.pk},
        {"contact": ana.pk},
    ]
    key = make_api_key(csm, scopes=["write"])
    expected = ["queued", "queued", "suppressed", "unknown", "unknown", "ambiguous", "queued", "already"]
    assert ask(key, survey, items) == (202, expected)
    again = ["already", "already", "suppressed", "unknown", "unknown", "ambiguous", "already", "already"]
    assert ask(key, survey, items) == (202, again)
    assert Invitation.objects.count() == 4
    assert double.pk in Invitation.objects.values_list("contact_id", flat=True)
    send_planned()
    assert ask(key, survey, items[:1]) == (202, ["already"])


def test_bad_requests_are_refused(csm: User) -> None:
    survey = make_nps(csm).survey
    key = make_api_key(csm, scopes=["write"])
    assert ask(key, survey, [{"contact": 1}], request="")[0] == 400
    assert ask(key, survey, [{"contact": 1}], request="a b")[0] == 400
    assert ask(key, survey, [])[0] == 400
    assert ask(key, survey, [{"contact": 1, "email": "a@x.example"}])[0] == 400
    assert ask(key, survey, [{"contact": 1}] * 1001)[0] == 400
    assert ask(make_api_key(csm, scopes=["read"]), survey, [{"contact": 1}])[0] == 403
    Survey.objects.update(is_active=False)
    assert ask(key, survey, [{"contact": 1}])[0] == 409
