"""The usage tab: features over weeks, breadth by plan, people, use cases; and its file."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Persona
from engagement.models import EventIdentity, Feature
from engagement.selectors.adoption import adoption_of
from team.models import User
from tests.engagement.more_worlds import make_item, make_use_case
from tests.engagement.worlds import ago, make_subscription, make_usage
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db


def test_features_stand_week_by_week_with_what_the_plan_includes(csm: User) -> None:
    account = make_account(csm=csm)
    make_subscription(account, plan="Team", seats=4)
    for days_ago, events in ((0, 5), (6, 3), (7, 2), (30, 1)):
        make_usage(account, days_ago=days_ago, events=events, feature="reports")
    make_usage(account, days_ago=100, feature="export")
    make_usage(account, days_ago=2, feature="hidden")
    Feature.objects.filter(name="hidden").update(is_hidden=True)
    Feature.objects.create(name="api", plans=["Enterprise"])
    Feature.objects.create(name="alerts", plans=["Team"])
    found = adoption_of(Account.objects.with_summary().get(pk=account.pk), weeks=4)
    assert [row.name for row in found.rows] == ["reports"]
    assert [cell.events for cell in found.rows[0].cells] == [0, 0, 2, 8]
    assert [row.name for row in found.unused] == ["alerts", "export"]
    assert found.not_included == 1
    assert (found.key_used, found.key_features, found.breadth) == (1, 3, 33)
    Feature.objects.filter(name="reports").update(is_key=True)
    assert adoption_of(Account.objects.with_summary().get(pk=account.pk)).breadth == 100


def test_people_are_named_where_their_mail_is_known(csm: User) -> None:
    account = make_account(csm=csm)
    ann = make_contact(account, name="Ann", email="Ann@acme.example", persona=Persona.CHAMPION)
    bo = make_contact(account, name="Bo", email="bo@acme.example")
    EventIdentity.objects.create(kind="user", value="u-17", account=account, email="bo@acme.example")
    course = make_item("Basics")
    course.completions.create(account=account, contact=ann, completed_at=ago(9))
    for days_ago, user in ((1, "ann@acme.example"), (2, "ann@acme.example"), (3, "u-17"), (4, "zed"), (40, "old")):
        make_usage(account, days_ago=days_ago, user=user)
    found = adoption_of(Account.objects.with_summary().get(pk=account.pk))
    assert [(one.contact_id, one.user_key, one.days) for one in found.people] == [
        (ann.pk, "ann@acme.example", 2),
        (bo.pk, "u-17", 1),
        (None, "zed", 1),
    ]
    assert (found.monthly, found.monthly_before, found.weekly) == (3, 1, 3)
    assert found.finishers is not None
    assert (found.finishers.count, found.finishers.days, found.finishers.others_days) == (1, 2.0, 1.0)


def test_the_page_says_what_is_met_and_what_is_missing(
    as_csm: Client, csm: User, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    account = make_account(csm=csm)
    make_use_case("Weekly", {"what": "days", "least": 2, "words": "Twice a month"}, {"what": "users", "least": 3})
    for days_ago in (1, 3):
        make_usage(account, days_ago=days_ago, events=1234, user="ann")
    with django_assert_max_num_queries(20):
        html = as_csm.get(reverse("account_usage", args=[account.pk]), {"weeks": "26"}).content.decode()
    assert "Twice a month" in html
    assert "At least 3 active people in 28 days" in html
    assert "1 / 3" in html
    assert "2,468" in html
    part = as_csm.get(reverse("account_usage", args=[account.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    file = as_csm.get(reverse("account_usage", args=[account.pk]), {"weeks": "4", "format": "csv"})
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[1].split(",")[0] == "reports"
    assert lines[1].endswith(",0,0,0,2468")


def test_nothing_seen_is_said_and_leads_on(as_csm: Client, client: Client, csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    html = as_csm.get(reverse("account_usage", args=[account.pk])).content.decode()
    assert "No usage seen" in html
    client.force_login(manager)
    html = client.get(reverse("account_usage", args=[account.pk])).content.decode()
    assert reverse("event_keys") in html or reverse("imports") in html
