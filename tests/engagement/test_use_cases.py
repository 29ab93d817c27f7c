"""Use cases: criteria are judged for many at once as they are written, and kept as they change."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Persona
from engagement.models import Feature, RecomputeRun, UseCase, UseCaseState, UserDay
from engagement.selectors.moments import moment_of
from engagement.selectors.use_cases import figures_of, list_use_cases, try_document, use_cases_of
from engagement.services.use_cases import (
    UseCaseConflict,
    add_starters,
    delete_use_case,
    document_of,
    purge_use_cases,
    refresh_use_cases,
    save_use_case,
)
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.engagement.more_worlds import make_insight, make_use_case
from tests.engagement.worlds import make_ticket, make_usage
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db


def refresh(*accounts: Account) -> None:
    refresh_use_cases(account_ids=[account.pk for account in accounts], moment=moment_of())


def row(**fields: object) -> dict[str, object]:
    return {"words": "", "what": "events", "feature_id": None, "persona": "", "least": 1, "days": 28, **fields}


def document(name: str = "Weekly", *rows: dict[str, object], **fields: object) -> dict[str, object]:
    base = {"name": name, "description": "", "intents": [], "is_on": True}
    return {**base, "criteria": list(rows or (row(),)), **fields}


def test_each_kind_of_criterion_counts_what_it_says(csm: User) -> None:
    account = make_account(csm=csm)
    make_contact(account, email="ann@acme.example", persona=Persona.CHAMPION)
    for days_ago, feature, user in (
        (1, "reports", "ann@acme.example"),
        (1, "reports", "bo"),
        (5, "reports", "bo"),
        (20, "export", "cy"),
        (40, "export", "di"),
    ):
        make_usage(account, days_ago=days_ago, events=10, feature=feature, user=user)
    reports = Feature.objects.get(name="reports")
    values: dict[str, tuple[dict[str, Any], int]] = {
        "events": ({"what": "events"}, 40),
        "events of": ({"what": "events", "feature": reports}, 30),
        "events of, 3 days": ({"what": "events", "feature": reports, "days": 3}, 20),
        "days": ({"what": "days"}, 3),
        "days of": ({"what": "days", "feature": reports}, 2),
        "users": ({"what": "users"}, 3),
        "users in 60": ({"what": "users", "days": 60}, 4),
        "users of": ({"what": "users", "feature": reports}, 2),
        "champions": ({"what": "users", "persona": "champion"}, 1),
        "champions of": ({"what": "users", "persona": "champion", "feature": reports}, 1),
        "executives": ({"what": "users", "persona": "executive"}, 0),
    }
    for name, (criterion, value) in values.items():
        make_use_case(f"{name} met", {**criterion, "least": value or 1})
        make_use_case(f"{name} missed", {**criterion, "least": value + 1})
    refresh(account)
    reached = set(UseCaseState.objects.filter(is_reached=True).values_list("use_case__name", flat=True))
    assert reached == {f"{name} met" for name, (_criterion, value) in values.items() if value}
    shown = {one.name: one.criteria[0].value for one in use_cases_of(account)}
    assert {name: shown[f"{name} missed"] for name in values} == {name: value for name, (_c, value) in values.items()}


def test_days_that_name_no_features_count_the_busiest_day(csm: User) -> None:
    account = make_account(csm=csm)
    for user in ("ann", "bo"):
        make_usage(account, days_ago=2, user=user)
    UserDay.objects.update(features=None)
    reports = Feature.objects.get(name="reports")
    make_use_case("Two", {"what": "users", "feature": reports, "least": 2})
    make_use_case("Three", {"what": "users", "feature": reports, "least": 3})
    refresh(account)
    assert UseCaseState.objects.get(is_reached=True).use_case.name == "Two"


def test_a_merged_feature_counts_as_the_other(csm: User) -> None:
    account = make_account(csm=csm)
    make_usage(account, days_ago=2, feature="report", events=9)
    old = Feature.objects.create(name="rapport", merged_into=Feature.objects.get(name="report"))
    make_use_case("Reports", {"feature": old, "least": 9})
    refresh(account)
    assert UseCaseState.objects.get().is_reached


def test_all_criteria_must_hold_and_the_first_day_stays(csm: User) -> None:
    account = make_account(csm=csm)
    use_case = make_use_case("Both", {"least": 5}, {"what": "days", "least": 2})
    make_usage(account, days_ago=2, events=50)
    refresh(account)
    state = UseCaseState.objects.get()
    first, second = use_case.criteria.order_by("pk")
    assert (state.is_reached, state.reached_on) == (False, None)
    assert state.met == {str(first.pk): [5, True], str(second.pk): [1, False]}
    make_usage(account, days_ago=3, events=1)
    refresh(account)
    state.refresh_from_db()
    assert (state.is_reached, state.reached_on) == (True, today())
    UseCaseState.objects.update(reached_on=today() - dt.timedelta(days=9))
    use_case.criteria.filter(pk=second.pk).update(least=30)
    refresh(account)
    state.refresh_from_db()
    assert (state.is_reached, state.reached_on) == (False, today() - dt.timedelta(days=9))


def test_states_go_when_the_use_case_does_not_apply(csm: User) -> None:
    pilot, other = make_account(csm=csm, intent="pilot"), make_account(csm=csm)
    use_case = make_use_case("Pilots", {"least": 1}, intents=["pilot"])
    empty = make_use_case("Nothing asked")
    refresh(pilot, other)
    assert list(UseCaseState.objects.values_list("account", "use_case")) == [(pilot.pk, use_case.pk)]
    assert not UseCaseState.objects.filter(use_case=empty).exists()
    Account.objects.filter(pk=pilot.pk).update(intent="")
    refresh(pilot, other)
    assert not UseCaseState.objects.exists()


def test_an_edit_is_kept_undone_and_never_overwrites(manager: User, csm: User) -> None:
    made, action = save_use_case(actor=manager, document=document("Weekly", row(least=3), row(what="days")))
    assert action is not None
    assert RecomputeRun.objects.exists()
    before = document_of(made)
    ids = list(made.criteria.values_list("pk", flat=True))
    changed, action = save_use_case(
        actor=manager, document=document("Weekly!", row(least=4)), use_case=made, version=made.version
    )
    assert list(changed.criteria.values_list("pk", flat=True)) == ids[:1]
    with pytest.raises(UseCaseConflict) as conflict:
        save_use_case(actor=manager, document=before, use_case=made, version=1)
    assert conflict.value.theirs["name"] == "Weekly!"
    assert action is not None
    assert undo_action(actor=manager, action=action)
    assert document_of(UseCase.objects.get(pk=made.pk)) == before
    made.refresh_from_db()
    again, first = save_use_case(actor=manager, document=document("A"), use_case=made, version=made.version)
    save_use_case(actor=manager, document=document("B"), use_case=made, version=again.version)
    assert first is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=manager, action=first)
    save_use_case(actor=manager, document=document("A"))
    newest = ActionLog.objects.filter(inverse__service="engagement.restore_use_case").latest("pk")
    with pytest.raises(CannotUndo, match="name"):
        undo_action(actor=manager, action=newest)
    with pytest.raises(PermissionDenied):
        save_use_case(actor=csm, document=before)
    with pytest.raises(ValidationError):
        save_use_case(actor=manager, document=document("C", row(persona="champion")))


def test_a_deleted_one_comes_back_and_starters_come_once(manager: User) -> None:
    made, _action = save_use_case(actor=manager, document=document())
    action = delete_use_case(actor=manager, use_case=made)
    assert not UseCase.objects.exists()
    assert action is not None
    assert undo_action(actor=manager, action=action)
    assert document_of(UseCase.objects.get()) == document()
    assert add_starters(actor=manager) == 2
    assert add_starters(actor=manager) == 0


def test_first_days_outlast_being_off_deleted_and_not_meant(manager: User, csm: User) -> None:
    account, never = make_account(csm=csm), make_account(csm=csm)
    make_usage(account, days_ago=1, events=10)
    asked = document("Ten", row(least=10))
    made, _action = save_use_case(actor=manager, document=asked)
    refresh(account, never)
    first = today() - dt.timedelta(days=40)
    assert UseCaseState.objects.filter(account=account, is_reached=True).update(reached_on=first) == 1

    def is_back() -> bool:
        refresh(account, never)
        states = dict(UseCaseState.objects.applying().values_list("account", "reached_on"))
        case = UseCase.objects.get()
        return case.pk == made.pk and states == {account.pk: first, never.pk: None}

    for away in ({"is_on": False}, {"intents": ["pilot"]}):
        version = UseCase.objects.get().version
        _case, action = save_use_case(actor=manager, document={**asked, **away}, use_case=made, version=version)
        refresh(account, never)
        shown = [line.base.applies for line in list_use_cases(manager)]
        assert (shown, use_cases_of(account)) == ([0], []), "who is not judged is not counted"
        assert action is not None
        assert undo_action(actor=manager, action=action)
        assert is_back()
    action = delete_use_case(actor=manager, use_case=made)
    refresh(account, never)
    assert (list_use_cases(manager), use_cases_of(account)) == ([], [])
    assert action is not None
    assert set(action.inverse["arguments"]) == {"use_case_id"}, "however many accounts reached it"
    assert undo_action(actor=manager, action=action)
    assert is_back()


def test_what_was_deleted_long_ago_is_gone_and_a_name_in_use_stays_that_of_the_other(manager: User, csm: User) -> None:
    account = make_account(csm=csm)
    make_usage(account, days_ago=1)
    made, _action = save_use_case(actor=manager, document=document())
    refresh(account)
    action = delete_use_case(actor=manager, use_case=made)
    other, _action = save_use_case(actor=manager, document=document())
    assert action is not None
    with pytest.raises(CannotUndo, match="name"):
        undo_action(actor=manager, action=action)
    assert purge_use_cases(before=timezone.now() - dt.timedelta(days=30), limit=9) == 0
    UseCase.everything.filter(pk=made.pk).update(deleted_at=timezone.now() - dt.timedelta(days=31))
    assert purge_use_cases(before=timezone.now() - dt.timedelta(days=30), limit=9) == 1
    assert list(UseCase.everything.all()) == [other]
    assert not UseCaseState.objects.filter(use_case=made.pk).exists()


def test_figures_count_what_the_reader_sees_and_what_stands_in_the_way(csm: User, manager: User) -> None:
    mine, other = make_account(csm=csm), make_account()
    make_usage(mine, days_ago=1, events=10)
    make_use_case("Ten", {"least": 10})
    refresh(mine, other)
    make_insight(other, theme="export")
    make_insight(mine, theme="speed")
    make_ticket(other, priority="p1")
    case = UseCase.objects.get()
    figures = figures_of(case, manager)
    assert (figures.base.applies, figures.base.reached, figures.base.percent) == (2, 1, 50)
    assert [share.reached for share in figures.criteria] == [1]
    assert [(one.name, one.accounts) for one in figures.themes] == [("Export", 1)]
    assert (figures.ticket_accounts, figures.tickets) == (1, 1)
    assert figures.weeks[-1] == (today(), 50.0)
    assert list_use_cases(csm)[0].base.percent == 100


def test_a_draft_is_tried_on_one_account_and_the_book(csm: User, manager: User) -> None:
    busy, _pilot = make_account(csm=csm), make_account(csm=csm, intent="pilot")
    make_usage(busy, days_ago=1, events=10)
    trial = try_document(document=document("x", row(least=5), row(what="days", least=2)), user=manager, account=busy)
    assert (trial.total, trial.applies, trial.reached) == (2, 2, 0)
    assert [(one.value, one.least, one.holds) for one in trial.criteria] == [(5, 5, True), (1, 2, False)]
    assert [count for _words, count in trial.by_criterion] == [1, 0]
    trial = try_document(document=document("x", row(), intents=["pilot"]), user=manager, account=busy)
    assert not trial.applies_here
    assert trial.applies == 1
    assert not UseCase.objects.exists()


def test_the_pages_from_the_empty_install_to_the_list(client: Client, manager: User, csm: User) -> None:
    client.force_login(manager)
    account = make_account(csm=csm, name="Acme")
    make_usage(account, days_ago=1, events=10)
    assert "No use case written yet" in client.get(reverse("use_cases")).content.decode()
    data = {
        "name": "Weekly use",
        "description": "",
        "is_on": "on",
        "version": "0",
        "criteria-TOTAL_FORMS": "3",
        "criteria-INITIAL_FORMS": "3",
        "criteria-0-what": "days",
        "criteria-0-least": "4",
        "criteria-0-days": "28",
        "criteria-1-what": "events",
        "criteria-2-what": "events",
    }
    tried = client.post(reverse("use_case_try"), {**data, "account": account.pk}, headers={"HX-Request": "true"})
    assert "1 / 4" in tried.content.decode()
    assert client.post(reverse("use_case_add"), {**data, "criteria-0-least": ""}).status_code == 422
    client.post(reverse("use_case_add"), data)
    case = UseCase.objects.get()
    assert [(one.what, one.least) for one in case.criteria.all()] == [("days", 4)]
    conflict = client.post(reverse("use_case_edit", args=[case.pk]), {**data, "name": "Mine", "version": "0"})
    assert conflict.status_code == 409
    assert "Weekly use" in conflict.content.decode()
    data |= {"criteria-0-least": "9", "version": "0"}
    told = client.post(reverse("use_case_edit", args=[case.pk]), data).content.decode()
    assert "At least 4 days with use in 28 days" in told
    assert "At least 9 days with use in 28 days" in told
    refresh(account)
    page = client.get(reverse("use_case_accounts", args=[case.pk]), {"reached": "no"}).content.decode()
    assert "Acme" in page
    assert "1 of 4" in page
    assert "0 %" in client.get(reverse("use_case", args=[case.pk])).content.decode()
    file = client.get(reverse("use_case_accounts", args=[case.pk]), {"format": "csv"})
    assert "1 of 4" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    taken = client.post(reverse("use_case_add"), data)
    assert "Another use case has this name." in taken.content.decode()
    switch, shown = reverse("use_case_switch", args=[case.pk]), reverse("use_case", args=[case.pk])
    client.post(switch)
    refresh(account)
    page = client.get(shown).content.decode()
    assert "It is off: nobody is judged by it" in page
    assert "Switch it on" in page
    client.post(switch, {"on": "1"})
    refresh(account)
    assert client.get(shown).context["figures"].base.applies == 1
