"""Listening coverage: what the sweep counts, what people plan, who sees which book."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AccountSummary, ContactSend, Ticket, Touchpoint, TouchpointContact
from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_feedback, make_invitation
from tests.voc.makers_results import make_answered, make_survey
from voc.models import CoverageTally, Invitation, ListeningCell, ListeningFinding
from voc.selectors.coverage import accounts_of_cell, read_asking, read_coverage, read_findings
from voc.services.coverage import plan_cell, tally_coverage

STAGE = "Onboarding"


def make_staged(csm: User, *, stage: str = STAGE, arr: int = 100, **fields: object) -> Account:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(stage=stage, arr=arr, **fields)
    return account


def make_touch(account: Account, *, kind: str = "call", direction: str = "two_way", days: int = 5) -> None:
    contact = make_contact(account, persona="champion")
    touch = Touchpoint.objects.create(
        account=account, kind=kind, direction=direction, occurred_at=now() - dt.timedelta(days=days)
    )
    TouchpointContact.objects.create(touchpoint=touch, contact=contact)


def test_each_channel_is_heard_by_what_came_over_it(csm: User, manager: User) -> None:
    accounts = {channel: make_staged(csm) for channel in ("survey", "call", "mail", "ticket", "public")}
    make_answered(
        make_survey(manager),
        9,
        account=accounts["survey"],
        contact=make_contact(accounts["survey"], persona="champion"),
    )
    make_touch(accounts["call"])
    make_touch(accounts["mail"], kind="mail", direction="in")
    make_touch(accounts["mail"], kind="mail", direction="out")
    contact = make_contact(accounts["ticket"], persona="champion")
    Ticket.objects.create(account=accounts["ticket"], contact=contact, opened_at=now() - dt.timedelta(days=2))
    contact = make_contact(accounts["public"], persona="champion")
    make_feedback(accounts["public"], contact=contact, source="review")
    assert tally_coverage()
    found = read_coverage(manager)
    for channel, account in accounts.items():
        cell = found.cells["champion", STAGE, channel]
        assert (cell.accounts, cell.heard[90], cell.heard[180]) == (5, 1, 1), channel
        assert cell.known == 5
        assert cell.share(90, "arr") == pytest.approx(0.2)
        behind = accounts_of_cell(manager, persona="champion", stage=STAGE, channel=channel, span=90, heard=True)
        assert list(behind) == [account], channel
    assert found.cells["executive", STAGE, "call"].known == 0


def test_what_is_older_counts_in_the_longer_span_alone_and_words_of_ours_never(csm: User, manager: User) -> None:
    old, ours = make_staged(csm, arr=300), make_staged(csm)
    make_touch(old, days=120)
    make_touch(ours, direction="out")
    tally_coverage()
    cell = read_coverage(manager).cells["champion", STAGE, "call"]
    assert (cell.heard[90], cell.heard[180]) == (0, 1)
    assert cell.share(180, "arr") == 0.75
    unheard = accounts_of_cell(manager, persona="champion", stage=STAGE, channel="call", span=90, heard=False)
    assert set(unheard) == {old, ours}


def test_counting_twice_is_counting_once_and_deleted_accounts_are_out(csm: User, manager: User) -> None:
    make_touch(make_staged(csm))
    gone = make_staged(csm)
    Account.objects.filter(pk=gone.pk).update(deleted_at=now())
    tally_coverage()
    first = CoverageTally.objects.count()
    tally_coverage()
    assert CoverageTally.objects.count() == first
    assert read_coverage(manager).cells["champion", STAGE, "call"].accounts == 1


def test_a_csm_sees_the_own_book(csm: User, stranger: User, manager: User) -> None:
    make_touch(make_staged(csm))
    make_staged(stranger)
    tally_coverage()
    cells = [read_coverage(user).cells["champion", STAGE, "call"] for user in (csm, stranger, manager)]
    assert [(cell.accounts, cell.heard[90]) for cell in cells] == [(1, 1), (1, 0), (2, 1)]


def test_cells_without_an_owner_come_first_and_left_out_ones_last(csm: User, manager: User) -> None:
    make_staged(csm)
    tally_coverage()
    plan_cell(actor=manager, persona="champion", stage=STAGE, channel="call", owner=csm, every_days=30)
    plan_cell(actor=manager, persona="user", stage=STAGE, channel="call", is_left_out=True)
    plan_cell(actor=manager, persona="user", stage=STAGE, channel="call", is_left_out=True)
    listed = read_coverage(manager).listed()
    assert listed[0].needs_owner
    assert not listed[-1].needs_owner
    assert listed[-1].is_left_out
    assert ListeningCell.objects.count() == 2
    with pytest.raises(PermissionDenied):
        plan_cell(actor=csm, persona="champion", stage=STAGE, channel="call")


def test_findings_name_who_never_answers_and_roles_that_are_silent(csm: User, manager: User) -> None:
    account = make_staged(csm, renews_on=today() + dt.timedelta(days=60), arr=5000)
    contact = make_contact(account, persona="executive", name="Ines")
    version = make_survey(manager)
    for occasion in ("a", "b", "c"):
        make_invitation(version, contact, state=Invitation.State.EXPIRED, occasion=occasion)
    for number in range(13):
        ContactSend.objects.create(
            contact=contact, account=account, kind="automated", message_ref=f"m{number}", sent_at=now()
        )
    tally_coverage()
    never = read_findings(csm, ListeningFinding.Kind.NEVER_ANSWERS, limit=5)
    assert [(one.contact, one.number) for one in never] == [(contact, 3)]
    silent = read_findings(csm, ListeningFinding.Kind.SILENT_ROLE, limit=5)
    assert {one.persona for one in silent} == {"executive", "decision_maker"}
    often = read_findings(csm, ListeningFinding.Kind.ASKED_OFTEN, limit=5)
    assert [one.number for one in often] == [13]
    asking = read_asking(csm)
    assert (asking[0].persona, asking[0].per_person, asking[0].often) == ("executive", 13.0, 1)


def test_findings_of_others_are_not_shown(csm: User, stranger: User, manager: User) -> None:
    account = make_staged(csm, renews_on=today() + dt.timedelta(days=60))
    tally_coverage()
    assert read_findings(csm, ListeningFinding.Kind.SILENT_ROLE, limit=5)[0].account == account
    assert read_findings(stranger, ListeningFinding.Kind.SILENT_ROLE, limit=5) == []


def test_the_page_shows_cells_plans_and_findings(client: Client, csm: User, manager: User) -> None:
    client.force_login(manager)
    assert "Nothing was counted yet" in client.get(reverse("coverage")).content.decode()
    make_touch(make_staged(csm, renews_on=today() + dt.timedelta(days=60)))
    tally_coverage()
    page = client.get(reverse("coverage"), {"days": "180", "by": "arr", "cells": "all"}).content.decode()
    assert "100" in page
    assert "nobody" in page
    part = client.get(reverse("coverage"), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="coverage").content.decode()
    assert "<html" not in part
    csv = client.get(reverse("coverage"), {"format": "csv"}).getvalue().decode()
    assert "Onboarding" in csv


def test_a_cell_is_planned_in_a_dialog(client: Client, csm: User, manager: User) -> None:
    client.force_login(manager)
    url = reverse("coverage_cell", args=["champion", "call", "A/B stage"])
    assert client.get(url).status_code == 200
    bad = client.post(url, {"every_days": "0"})
    assert bad.status_code == 422
    saved = client.post(url, {"owner": csm.pk, "method": "Monthly call", "every_days": "30"})
    assert saved.status_code == 302
    cell = ListeningCell.objects.get()
    assert (cell.owner, cell.stage, cell.every_days) == (csm, "A/B stage", 30)


def test_behind_a_cell_stand_its_accounts(client: Client, csm: User, manager: User) -> None:
    account = make_staged(csm)
    client.force_login(manager)
    url = reverse("coverage_accounts", args=["unheard-90", "champion", "call", STAGE])
    assert account.name in client.get(url).content.decode()
    heard = reverse("coverage_accounts", args=["heard-90", "champion", "call", STAGE])
    assert account.name not in client.get(heard).content.decode()
