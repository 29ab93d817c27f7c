"""The API: what it shows, takes and refuses."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Contact, Fact, Subscription, SubscriptionVersion, Touchpoint
from accounts.services.facts import FactRow, push_facts
from team.clock import now
from team.models import User
from tests.makers import make_account, make_api_key, make_contact


@pytest.fixture
def api(csm: User) -> Client:
    key = make_api_key(csm, scopes=["read", "write"])
    return Client(headers={"Authorization": f"Bearer {key}"})


def _send(api: Client, method: str, url: str, body: Any) -> Any:
    return getattr(api, method)(url, body, content_type="application/json")


def test_a_list_shows_what_one_sees_at_a_flat_cost(api: Client, csm: User, stranger: User) -> None:
    make_account(csm=stranger)
    # The first call of a day notes that the key is in use.
    api.get(reverse("api_accounts"))
    counts = []
    for number in (1, 20):
        for _ in range(number):
            make_account(csm=csm)
        with CaptureQueriesContext(connection) as queries:
            rows = api.get(reverse("api_accounts")).json()["results"]
        counts.append(len(queries))
    assert len(rows) == 21
    assert counts[0] == counts[1]


def test_an_account_is_added_and_changed_with_its_version(api: Client, csm: User) -> None:
    made = _send(api, "post", reverse("api_accounts"), {"name": "Acme", "domains": ["ACME.com"]})
    assert made.status_code == 201
    account = Account.objects.get()
    assert (account.csm, account.domains) == (csm, ["acme.com"])
    url = reverse("api_account", args=[account.pk])
    assert _send(api, "patch", url, {"industry": "Software"}).status_code == 400
    assert _send(api, "patch", url, {"industry": "Software", "version": 1}).json()["version"] == 2
    clash = _send(api, "patch", url, {"industry": "Retail", "version": 1})
    assert clash.status_code == 409
    assert clash.json()["errors"]["clashes"]["industry"] == {"theirs": "Software", "mine": "Retail"}


def test_only_the_allow_list_is_taken(api: Client, csm: User, stranger: User) -> None:
    contact = make_contact(make_account(csm=csm))
    other = make_account(csm=csm)
    body = {"version": 1, "account": other.pk, "id": 99, "merged_into": 1, "deleted_at": "2026-01-01T00:00:00Z"}
    _send(api, "patch", reverse("api_contact", args=[contact.pk]), {**body, "name": "New"})
    contact.refresh_from_db()
    assert (contact.name, contact.account_id == other.pk) == ("New", False)
    assert (contact.merged_into_id, contact.deleted_at) == (None, None)
    foreign = make_contact(make_account(csm=stranger))
    refused = _send(api, "patch", reverse("api_contact", args=[contact.pk]), {"version": 2, "reports_to": foreign.pk})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "csm__password__startswith=a",
        "_connector=OR",
        "name__regex=.",
        "status=nonsense",
        "csm=x",
        "csm=" + "9" * 30,
        "updated_after=yesterday",
        "updated_after=2026-01-01",
        "name=%00",
        "ordering=csm__password",
        "updated_after=0001-01-01T00:00:00%2B10:00",
    ],
)
def test_unknown_and_wrong_filters_are_refused(api: Client, query: str) -> None:
    assert api.get(f"{reverse('api_accounts')}?{query}").status_code == 400


def test_filters_narrow(api: Client, csm: User) -> None:
    make_account(csm=csm, name="Acme", tags=["a"], domains=["acme.com"])
    make_account(csm=csm, name="Other")
    for query in ("name=acm", "tag=a", "domain=acme.com"):
        names = [row["name"] for row in api.get(f"{reverse('api_accounts')}?{query}").json()["results"]]
        assert names == ["Acme"], query


def test_a_touch_through_the_api_renews_the_silence(api: Client, csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account)
    body = {"account": account.pk, "kind": "call", "body": "x", "contacts": [ana.pk]}
    assert _send(api, "post", reverse("api_touchpoints"), body).status_code == 201
    ana.refresh_from_db()
    assert ana.last_two_way_at == Touchpoint.objects.get().occurred_at


def test_a_contract_through_the_api_leaves_versions(api: Client, csm: User) -> None:
    body = {"account": make_account(csm=csm).pk, "starts_on": "2026-01-01", "arr": "100.00"}
    made = _send(api, "post", reverse("api_subscriptions"), body).json()
    url = reverse("api_subscription", args=[made["id"]])
    assert _send(api, "patch", url, {"version": 1, "arr": "150"}).status_code == 200
    assert SubscriptionVersion.objects.count() == 2
    assert _send(api, "patch", url, {"version": 2, "ends_on": "2020-01-01"}).status_code == 400
    assert Subscription.objects.get().arr == 150


def test_the_same_mail_address_is_told_not_crashed(api: Client, csm: User) -> None:
    account = make_account(csm=csm)
    body = {"account": account.pk, "name": "Ana", "email": "ana@acme.example"}
    assert _send(api, "post", reverse("api_contacts"), body).status_code == 201
    assert _send(api, "post", reverse("api_contacts"), body).status_code == 400
    assert Contact.objects.count() == 1


def test_facts_are_read_and_own_ones_written(api: Client, csm: User) -> None:
    account = make_account(csm=csm)
    push_facts(owner="engagement", rows=[FactRow(account.pk, "licence_use", 0.5, now())])
    url = reverse("api_facts")
    assert api.get(f"{url}?name=licence_use").json()["results"][0]["value"] == 0.5
    stolen = {"account": account.pk, "name": "licence_use", "value": 1}
    assert _send(api, "post", url, stolen).status_code == 400
    made = _send(api, "post", url, {"account": account.pk, "name": "tier", "value": "gold"})
    assert (made.status_code, made.json()["value"]) == (201, "gold")
    assert Fact.objects.filter(definition__owner="api").count() == 1


@pytest.mark.parametrize("body", ["[]", "null", "5", '{"name": null}', '{"name": ""}', '{"name": "a\\u0000b"}', "{"])
def test_bad_bodies_are_answered(api: Client, body: str) -> None:
    assert api.post(reverse("api_accounts"), body, content_type="application/json").status_code == 400


def test_the_schema_names_every_route_and_the_docs_page_opens(as_csm: Client) -> None:
    schema = as_csm.get(reverse("api_schema"), {"format": "json"}).json()
    assert {
        f"/api/v1/{name}/" for name in ("accounts", "contacts", "subscriptions", "touchpoints", "tickets", "facts")
    } <= set(schema["paths"])
    assert as_csm.get(reverse("api_docs")).status_code == 200
