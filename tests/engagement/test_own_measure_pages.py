"""The pages of measures, their builder, and the API of values."""

import json
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccountChange, AccountExternalId, AccountGrant
from engagement.http.formula_blocks import act, posted_deed, read_formula
from engagement.models import CustomMeasure, MeasureValue, RecomputeRun, Scorecard, ScorecardMeasure
from engagement.selectors.measures.registry import offered_measures, registry
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.own_measures import archive_measure, create_measure, edit_measure, restore_measure
from engagement.services.recompute import recompute_accounts
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.engagement.test_own_formulas import PAYLOADS
from tests.engagement.test_own_measures import make_measure
from tests.engagement.worlds import ago, make_known_account, make_ticket, make_usage
from tests.makers import make_account, make_api_key, make_department, make_user

pytestmark = pytest.mark.django_db

OPENED = {"figure": "tickets.opened", "days": 30}
USERS = {"figure": "usage.users", "days": 28}
LOAD = {"operator": "divide", "parts": [OPENED, USERS]}
FIELDS = {"label": "Load", "component": "adoption", "unit": "ratio", "definition": "Why"}
POSTED = {
    "f.0.operator": "divide",
    "f.0.0.figure": "tickets.opened",
    "f.0.0.days": "30",
    "f.0.0.where.priority": ["p1", "p2"],
    "f.0.1.figure": "usage.users",
    "f.0.1.days": "28",
}


@pytest.fixture
def manager_client(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_a_measure_is_built_saved_and_taken_back(manager_client: Client, manager: User) -> None:
    page = manager_client.post(reverse("measure_build_new"), {"f.0.figure": "tickets.opened", "f.0.then": "divide"})
    assert 'name="f.0.1.figure"' in page.content.decode()
    response = manager_client.post(reverse("measure_add", args=["formula"]), FIELDS | POSTED)
    row = CustomMeasure.objects.get()
    assert response.headers["Location"] == reverse("measure", args=[row.code])
    assert (row.code, row.created_by) == ("load", manager)
    assert row.formula["parts"][0] == OPENED | {"where": {"priority": ["p1", "p2"]}}
    said = manager_client.get(reverse("measure", args=["load"])).content.decode()
    assert "Tickets opened (P1 urgent, P2 high) in the last 30 days ÷ active users" in said
    for taken in ("load", "Breadth of use"):
        twin = manager_client.post(reverse("measure_add", args=["formula"]), FIELDS | POSTED | {"label": taken})
        assert "There is a measure of this name." in twin.content.decode()
    changed = FIELDS | POSTED | {"label": "Other", "version": "1", "f.0.0.days": "60"}
    manager_client.post(reverse("measure_edit", args=["load"]), changed)
    row.refresh_from_db()
    assert (row.label, row.formula["parts"][0]["days"], row.version) == ("Other", 60, 2)
    assert undo_action(actor=manager, action=ActionLog.objects.latest("pk"))
    row.refresh_from_db()
    assert (row.label, row.formula["parts"][0]["days"]) == ("Load", 30)


def test_errors_stand_at_their_block(manager_client: Client) -> None:
    sent = FIELDS | POSTED | {"f.0.0.days": "91", "label": ""}
    response = manager_client.post(reverse("measure_add", args=["formula"]), sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="f-0-0-error"' in page
    assert "the window is 1 to 90 days" in page
    assert 'value="91"' in page
    assert not CustomMeasure.objects.exists()


def test_a_draft_waits_and_can_be_dropped(manager_client: Client) -> None:
    make_measure("load", LOAD, label="Load")
    manager_client.post(reverse("measure_build", args=["load"]), FIELDS | POSTED | {"label": "Unsaved words"})
    page = manager_client.get(reverse("measure_edit", args=["load"])).content.decode()
    assert "Unsaved words" in page
    assert "What you left unsaved" in page
    manager_client.post(reverse("measure_draft_drop"), {"code": "load"})
    assert "Unsaved words" not in manager_client.get(reverse("measure_edit", args=["load"])).content.decode()


def test_two_who_change_the_formula_are_asked_with_both_values(manager_client: Client, manager: User) -> None:
    row = make_measure("load", LOAD, **FIELDS)
    edit_measure(actor=manager, measure=row, version=1, formula=OPENED)
    response = manager_client.post(reverse("measure_edit", args=["load"]), FIELDS | POSTED | {"version": "1"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Tickets opened in the last 30 days<" in page
    assert "÷ active users" in page
    assert CustomMeasure.objects.get().formula == OPENED
    again = manager_client.post(reverse("measure_edit", args=["load"]), FIELDS | POSTED | {"version": "2"})
    assert again.status_code == 302
    assert CustomMeasure.objects.get().formula["operator"] == "divide"


def test_the_way_back_is_closed_once_it_was_changed_again(manager: User) -> None:
    row = create_measure(actor=manager, kind="formula", label="Load", component="adoption", unit="count", formula=LOAD)
    edit_measure(actor=manager, measure=row, version=1, label="Two")
    edit_measure(actor=manager, measure=row, version=2, label="Three")
    with pytest.raises(CannotUndo):
        restore_measure(actor=manager, measure_id=row.pk, version=2, before={"label": "Load"})


def test_the_trial_shows_value_rows_and_sample(manager_client: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Tried")
    for number in range(12):
        make_ticket(account, days_ago=number, priority="p1")
    for number in range(4):
        make_usage(account, days_ago=number, user=f"user-{number}")
    page = manager_client.post(reverse("measure_try"), FIELDS | POSTED | {"account": account.pk}).content.decode()
    assert "12 ÷ 4 = 3." in page
    assert "1 of 1 accounts that were looked at have a value." in page
    foreign = manager_client.post(reverse("measure_try"), FIELDS | {"f.0.figure": ""}).content.decode()
    assert "Choose a figure" in foreign


@pytest.mark.parametrize("payload", PAYLOADS[::2])
def test_payloads_reach_nothing_and_break_nothing(manager_client: Client, payload: str) -> None:
    for sent in (
        {"f.0.figure": payload, "f.0.days": payload},
        POSTED | {"f.0.operator": payload},
        POSTED | {f"f.0.0.where.{payload}": payload},
        POSTED | {"f.0.0.where.priority": payload},
        POSTED | {"do": f"wrap:{payload}:divide"},
        POSTED | {"do": payload, "f.0.1.days": payload},
        {"f.0.figure": "number", "f.0.number": payload},
    ):
        for name, arguments in (("measure_build_new", []), ("measure_try", []), ("measure_add", ["formula"])):
            response = manager_client.post(reverse(name, args=arguments), FIELDS | sent)
            assert response.status_code in (200, 302, 422), (name, sent)
    # Names of fields that the form does not have are not read: what was saved is what stands in the others.
    listed = [OPENED | {"where": {"priority": ["p1", "p2"]}}, USERS]
    assert all(row.formula == LOAD | {"parts": listed} for row in CustomMeasure.objects.all())


def test_buttons_rearrange_the_tree() -> None:
    leaf: dict[str, Any] = {"figure": "a"}
    wrapped = act(leaf, "wrap:0:divide")
    assert wrapped == {"operator": "divide", "parts": [leaf, {"figure": ""}]}
    assert act(wrapped, "swap:0")["parts"][1] == leaf
    assert act(wrapped, "drop:0.1") == leaf
    assert act(act(leaf, "wrap:0:plus"), "add:0")["parts"][2] == {"figure": ""}
    assert act(leaf, "drop:0") == {"figure": ""}
    for nonsense in ("", "wrap:9:divide", "wrap:0.7:divide", "drop:0.0.0", "add:0", "burn:0", "wrap:0:eval"):
        assert act(leaf, nonsense) == leaf


def test_a_button_of_an_earlier_drawing_does_nothing_again() -> None:
    data = QueryDict("do=drop:0.1@a1&turn=a1&f.0.figure=x")
    assert posted_deed(data) == "drop:0.1"
    assert posted_deed(QueryDict("do=drop:0.1@a1&turn=b2&f.0.figure=x")) == ""


def test_a_posted_form_of_any_depth_is_cut_off() -> None:
    data = QueryDict(mutable=True)
    path = "0"
    for _ in range(40):
        data[f"f.{path}.operator"] = "plus"
        path += ".0"
    assert len(json.dumps(read_formula(data))) < 600


def test_the_catalogue_shows_use_values_and_spread(manager_client: Client, manager: User, csm: User) -> None:
    account = make_known_account(csm)
    ensure_default_scorecard()
    recompute_accounts(account_ids=[account.pk])
    make_measure("own_load", LOAD, label="Load of tickets", unit="ratio")
    page = manager_client.get(reverse("measures")).content.decode()
    assert "Load of tickets" in page
    assert "in no scorecard" in page
    assert "from ×\N{NARROW NO-BREAK SPACE}0.33 to" in page, "one that no score holds is read anew"
    assert "have a value" in page
    assert 'class="histogram"' in page
    file = b"".join(manager_client.get(reverse("measures") + "?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert next(line for line in file.splitlines() if ",own_load," in line).startswith("Load of tickets,own_load,")
    row = CustomMeasure.objects.get()
    archive_measure(actor=manager, measure=row)
    assert "Load of tickets" not in manager_client.get(reverse("measures")).content.decode()
    assert "Load of tickets" in manager_client.get(reverse("measures") + "?show=archived").content.decode()
    assert "own_load" in registry()
    assert "own_load" not in offered_measures()


def test_the_catalogue_asks_as_often_for_many_as_for_one(manager_client: Client) -> None:
    counts = []
    for number in range(3):
        make_measure(f"load_{number}", LOAD)
        make_measure(f"margin_{number}")
        with CaptureQueriesContext(connection) as queries:
            manager_client.get(reverse("measures"))
        counts.append(len(queries))
    assert counts[1] == counts[2]
    assert counts[2] <= 20


def _take_up(code: str) -> Scorecard:
    """The default scorecard with one more measure, as if it had been published so."""
    card = ensure_default_scorecard()
    ScorecardMeasure.objects.create(
        scorecard=card, component="adoption", measure=code, weight=1, scale=[[0, 100], [4, 0]], valid_days=90
    )
    return card


def test_it_counts_in_the_score_and_a_change_judges_everybody_anew(manager: User, csm: User, client: Client) -> None:
    account = make_known_account(csm)
    row = make_measure("load", LOAD, label="Load of tickets")
    _take_up("load")
    recompute_accounts(account_ids=[account.pk])
    score = account.scores.current().get()
    assert score.inputs["load"][0] == 0.3333
    client.force_login(csm)
    page = client.get(reverse("measure_evidence", args=[account.pk, "load"])).content.decode()
    assert "1 ÷ 3 = 0.33." in page
    assert "Load of tickets" in client.get(reverse("health_card", args=[account.pk])).content.decode()
    edit_measure(actor=manager, measure=row, version=1, label="Only words")
    assert not RecomputeRun.objects.exists()
    edit_measure(actor=manager, measure=row, version=2, formula=OPENED)
    assert RecomputeRun.objects.get().total == 1
    recompute_accounts(account_ids=[account.pk])
    assert account.scores.current().get().inputs["load"][0] == 1
    archive_measure(actor=manager, measure=row)
    recompute_accounts(account_ids=[account.pk])
    assert account.scores.current().get().inputs["load"][0] == 1, "a published scorecard keeps it"


def test_departments_see_no_sums(csm: User, client: Client) -> None:
    account = make_known_account(csm)
    make_measure("money", {"figure": "contracts.arr"}, label="Money")
    _take_up("money")
    recompute_accounts(account_ids=[account.pk])
    member = make_user(role="member")
    grant = make_department("product", members=(member,))
    AccountGrant.objects.create(account=account, department=grant, reason="An insight", source_ref="insight:1")
    client.force_login(member)
    for name, arguments in (("health_card", [account.pk]), ("measure_evidence", [account.pk, "money"])):
        page = client.get(reverse(name, args=arguments)).content.decode()
        assert "Money" in page
        assert "12,000" not in page
    client.force_login(csm)
    assert "12,000" in client.get(reverse("measure_evidence", args=[account.pk, "money"])).content.decode()


def _send(key: str, code: str, rows: Any) -> Any:
    return Client().post(
        reverse("api_measure_values", args=[code]),
        json.dumps(rows),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def test_values_come_in_once_with_errors_by_index(csm: User) -> None:
    account, foreign = make_account(csm=csm), make_account(csm=make_user())
    AccountExternalId.objects.create(account=account, source="crm", external_id="0061")
    measure = make_measure("margin")
    key = make_api_key(csm, scopes=["write"])
    moment, later = ago(3).isoformat(), ago(-3).isoformat()
    rows: list[Any] = [
        {"account": account.pk, "value": "12.5", "observed_at": moment, "url": "https://bi.example.com/61"},
        {"account_ref": {"source": "crm", "id": "0061"}, "value": 3, "observed_at": ago(9).isoformat()},
        {"account": foreign.pk, "value": 1, "observed_at": moment},
        {"account": account.pk, "value": 1, "observed_at": later},
        {"account": account.pk, "value": "NaN", "observed_at": moment},
        {"account": account.pk, "value": 1, "observed_at": moment, "url": "javascript:alert(1)"},
        {"value": 1, "observed_at": moment},
        "nonsense",
    ]
    outcomes = _send(key, "margin", rows).json()["outcomes"]
    told = [one["outcome"] for one in outcomes]
    assert told == ["created", "created", *["rejected"] * 6]
    assert [one["index"] for one in outcomes] == list(range(8))
    wrong = [next(iter(one["errors"])) for one in outcomes[2:7]]
    assert wrong == ["account", "observed_at", "value", "url", "account"]
    assert MeasureValue.objects.count() == 2
    assert set(AccountChange.objects.values_list("account", "reason")) == {(account.pk, "measure:margin")}
    AccountChange.objects.all().delete()
    assert {one["outcome"] for one in _send(key, "margin", rows[:2]).json()["outcomes"]} == {"unchanged"}
    assert not AccountChange.objects.exists()
    assert _send(key, "margin", [rows[0] | {"value": 13}]).json()["outcomes"][0]["outcome"] == "updated"
    assert measure.values.get(value=13).events.count() == 2  # type: ignore[attr-defined]
    read = (
        Client().get(reverse("api_measure_values", args=["margin"]), headers={"Authorization": f"Bearer {key}"}).json()
    )
    assert [row["value"] for row in read["results"]] == ["13.0000", "3.0000"]


def test_a_request_of_nothing_or_too_much_is_refused(csm: User) -> None:
    make_measure("margin")
    key = make_api_key(csm, scopes=["write"])
    refused: list[Any] = [[], {}, [{}] * 1001]
    for rows in refused:
        assert _send(key, "margin", rows).status_code == 400
    CustomMeasure.objects.update(archived_at=ago(1))
    assert _send(key, "margin", [{}]).status_code == 400
