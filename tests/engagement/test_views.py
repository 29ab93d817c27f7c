"""Health, evidence, the scorecard and recomputes as pages."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AccountGrant
from accounts.selectors.timeline import read_timeline
from accounts.services.changes import mark_changed
from engagement.models import RecomputeRun, Score
from engagement.selectors.health import health_of
from engagement.selectors.measures import MEASURES
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.recompute import claim_and_recompute, recompute_accounts
from team.clock import today
from team.models import User
from tests.engagement.worlds import make_known_account, make_subscription, make_ticket, make_touch
from tests.makers import make_account, make_department, make_user
from tests.sums import spells

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def known(csm: User) -> Account:
    account = make_known_account(csm, name="Acme")
    recompute_accounts(account_ids=[account.pk])
    return account


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_card_shows_the_number_the_coverage_and_all_eight_components(as_csm: Client, known: Account) -> None:
    page = text_of(as_csm, reverse("health_card", args=[known.pk]))
    card = health_of(known)
    assert card.value is not None
    assert f">{round(card.value)}</p>" in page
    assert "of what can be observed is known" in page
    for line in card.components:
        assert line.label in page
    assert len(card.components) == 8


def test_the_largest_weighted_gap_stands_first_and_unobserved_components_are_named(known: Account) -> None:
    card = health_of(known)
    gaps = [line.gap for line in card.components if line.gap is not None]
    assert gaps == sorted(gaps, reverse=True)
    assert [line.code for line in card.unobserved] == ["education"]
    assert card.components[-1].code == "education"


def test_the_parts_of_the_first_number_add_up_to_it(known: Account) -> None:
    move = health_of(known).move
    assert move is not None
    assert move.before is None
    assert sum(part.points for part in move.parts) == move.after


def test_moves_of_many_days_add_up_to_the_move_since_then(known: Account, settings: Settings) -> None:
    values = [Score.objects.current().get(account=known).value]
    for days in range(1, 4):
        settings.DATA_DATE = today() + dt.timedelta(days=1)
        make_ticket(known, days_ago=0, priority="p1")
        make_touch(known, days_ago=0, is_proactive=days % 2 == 0)
        recompute_accounts(account_ids=[known.pk])
        values.append(Score.objects.current().get(account=known).value)
    move = health_of(known).move
    assert move is not None
    # Before the first score there was no number: the parts are what the present one is made of.
    assert sum(part.points for part in move.parts) == values[-1]
    settings.DATA_DATE = today() + dt.timedelta(days=27)
    recompute_accounts(account_ids=[known.pk])
    move = health_of(known).move
    assert move is not None
    assert move.since == today() - dt.timedelta(days=28)
    assert move.before == values[2]
    assert sum(part.points for part in move.parts) == move.total


def test_an_unobserved_account_has_no_number_and_says_why(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    recompute_accounts(account_ids=[account.pk])
    page = text_of(as_csm, reverse("health_card", args=[account.pk]))
    assert "Below 30 % there is no number." in page
    assert "health-number is-unobserved" in page


def test_an_account_that_was_never_judged_says_so(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    assert "Not judged yet" in text_of(as_csm, reverse("health_card", args=[account.pk]))
    assert health_of(account).as_of is None


def test_a_change_that_waits_is_announced(as_csm: Client, known: Account) -> None:
    url = reverse("health_card", args=[known.pk])
    assert "Something changed" not in text_of(as_csm, url)
    mark_changed(account_ids=[known.pk], reason="test")
    assert "Something changed" in text_of(as_csm, url)
    while claim_and_recompute():
        pass
    assert "Something changed" not in text_of(as_csm, url)


def test_htmx_gets_the_card_alone(as_csm: Client, known: Account) -> None:
    response = as_csm.get(reverse("health_card", args=[known.pk]), headers=HTMX)
    assert response.content.decode().strip().startswith('<section class="card health-card" id="health"')
    assert "<html" not in response.content.decode()
    assert {"HX-Request", "HX-Target"} <= {name.strip() for name in response.headers["Vary"].split(",")}


def test_evidence_opens_for_every_measure(as_csm: Client, known: Account) -> None:
    for code, measure in MEASURES.items():
        page = text_of(as_csm, reverse("measure_evidence", args=[known.pk, code]))
        assert str(measure.label) in page
        assert "The rows behind it" in page


def test_evidence_shows_the_definition_the_weight_and_how_the_rows_give_the_number(
    as_csm: Client, known: Account
) -> None:
    page = text_of(as_csm, reverse("measure_evidence", args=[known.pk, "usage_trend"]))
    assert str(MEASURES["usage_trend"].definition)[:40] in page
    assert "30 ÷ 30 = 1." in page
    assert "of the whole" in page
    assert "counts until" in page


def test_the_drawer_gets_a_dialog_and_older_rows_get_rows(as_csm: Client, known: Account) -> None:
    for number in range(30):
        make_ticket(known, days_ago=1 + number / 10, priority="p1", subject=f"Broken {number:02}")
    recompute_accounts(account_ids=[known.pk])
    url = reverse("measure_evidence", args=[known.pk, "blockers"])
    drawer = text_of(as_csm, url, **HTMX, **{"HX-Target": "drawer"})
    assert "<html" not in drawer
    assert "dialog-head" in drawer
    assert "Broken 00" in drawer
    assert "Broken 29" not in drawer
    after = drawer.split('hx-get="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    assert after.startswith(url)
    older = text_of(as_csm, after, **HTMX, **{"HX-Target": "evidence-more"})
    assert older.strip().startswith("<tr")
    assert 'id="evidence-more"' not in older  # the last page
    assert "Broken 29" in older
    assert "Broken 00" not in older


def test_a_broken_cursor_opens_the_first_page(as_csm: Client, known: Account) -> None:
    url = reverse("measure_evidence", args=[known.pk, "usage_trend"])
    for after in ("x", "2026-01-01~x~y", "~", "2026-13-01T00:00~1~call"):
        assert as_csm.get(url, {"after": after}).status_code == 200


def test_unknown_measures_and_unjudged_accounts_have_no_evidence(as_csm: Client, csm: User, known: Account) -> None:
    assert as_csm.get(reverse("measure_evidence", args=[known.pk, "nonsense"])).status_code == 404
    unjudged = make_account(csm=csm)
    assert as_csm.get(reverse("measure_evidence", args=[unjudged.pk, "silence"])).status_code == 404


def test_departments_read_the_measure_but_open_no_rows(known: Account) -> None:
    member = make_user(role="member")
    department = make_department(members=(member,))
    AccountGrant.objects.create(account=known, department=department, reason="Insight", source_ref="insight:1")
    make_subscription(known, arr=987654)
    recompute_accounts(account_ids=[known.pk])
    page = text_of(sign_in(member), reverse("measure_evidence", args=[known.pk, "renewal_prepared"]))
    assert "open to the success team" in page
    assert not spells(page, 987_654)


@pytest.mark.parametrize("name", ["health_card", "measure_evidence"])
def test_a_stranger_finds_nothing(name: str, stranger: User, known: Account) -> None:
    args: list[object] = [known.pk] if name == "health_card" else [known.pk, "silence"]
    assert sign_in(stranger).get(reverse(name, args=args)).status_code == 404
    response = Client().get(reverse(name, args=args))
    assert response.status_code == 302
    assert reverse("account_login") in response.headers["Location"]


@pytest.mark.parametrize("name", ["health_card", "measure_evidence", "scorecard", "recompute_runs"])
def test_reading_pages_take_no_post(name: str, admin: User, known: Account) -> None:
    pages: dict[str, list[object]] = {"health_card": [known.pk], "measure_evidence": [known.pk, "silence"]}
    args = pages.get(name, [])
    assert sign_in(admin).post(reverse(name, args=args)).status_code == 405


def test_the_card_costs_the_same_with_a_long_history(known: Account, settings: Settings) -> None:
    health_of(known)
    counts = []
    for days in (1, 15):
        for _ in range(days):
            settings.DATA_DATE = today() + dt.timedelta(days=1)
            recompute_accounts(account_ids=[known.pk])
        with CaptureQueriesContext(connection) as queries:
            health_of(known)
        counts.append(len(queries))
    # The current score, and its history; the scorecard is known to the process.
    assert counts == [2, 2]


def test_the_scorecard_page_shows_every_measure_and_band(as_csm: Client) -> None:
    assert "No scorecard yet" in text_of(as_csm, reverse("scorecards"))
    card = ensure_default_scorecard()
    assert str(card) in text_of(as_csm, reverse("scorecards"))
    page = text_of(as_csm, reverse("scorecard_card", args=[card.pk]))
    for rule in card.measures.all():
        assert str(MEASURES[rule.measure].label) in page
    for words in ("At risk", "40+", "knowledge", "Customer education"):
        assert words in page


def test_managers_start_a_recompute_and_see_it_finish(manager: User, known: Account) -> None:
    client = sign_in(manager)
    assert "None yet" in text_of(client, reverse("recompute_runs"))
    assert client.post(reverse("recompute_start")).headers["Location"] == reverse("recompute_runs")
    run = RecomputeRun.objects.get()
    assert run.started_by == manager
    part = text_of(client, reverse("recompute_run", args=[run.pk]), **HTMX)
    assert f'hx-get="{reverse("recompute_run", args=[run.pk])}"' in part
    while claim_and_recompute():
        pass
    part = text_of(client, reverse("recompute_run", args=[run.pk]), **HTMX)
    assert "Its accounts are judged" in part
    assert "hx-get" not in part


def test_a_csm_starts_no_recompute(as_csm: Client) -> None:
    assert as_csm.get(reverse("recompute_runs")).status_code == 404
    assert as_csm.post(reverse("recompute_start")).status_code == 404
    assert not RecomputeRun.objects.exists()


def test_band_changes_stand_in_the_timeline_once(csm: User, known: Account, settings: Settings) -> None:
    first = Score.objects.current().get(account=known)
    settings.DATA_DATE = today() + dt.timedelta(days=1)
    recompute_accounts(account_ids=[known.pk])
    Score.objects.current().filter(account=known).update(band="critical", value=12)
    settings.DATA_DATE = today() + dt.timedelta(days=1)
    recompute_accounts(account_ids=[known.pk])
    entries = list(read_timeline(account=known, user=csm, kinds=["health"]).rows)
    names = {"great": "Great", "good": "Good", "watch": "Watch", "risk": "At risk"}
    assert [entry.title for entry in entries] == [
        f"Health is now {names[Score.objects.current().get(account=known).band]}, was Critical",
        f"Health is now Critical, was {names[first.band]}",
    ]
    page = read_timeline(account=known, user=csm, kinds=["health"], limit=1)
    assert read_timeline(account=known, user=csm, kinds=["health"], limit=1, before=page.next).rows == (entries[1],)
