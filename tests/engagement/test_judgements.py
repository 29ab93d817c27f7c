"""Judgements by hand, exceptions and variants from the service to the stored score."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AccountChange, Segment
from engagement.formulas import PartKind, judge_stored
from engagement.models import ManualJudgement, Score, Scorecard, ScorecardException
from engagement.selectors.health import health_of
from engagement.selectors.judgements import judgement_lines
from engagement.selectors.moves import read_span
from engagement.selectors.scorecards import model_of, models_for
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.judgements import judge_by_hand, withdraw_judgement
from engagement.services.recompute import recompute_accounts
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.engagement.worlds import make_known_account, make_visit
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def scored(account: Account) -> Score:
    recompute_accounts(account_ids=[account.pk])
    return Score.objects.current().select_related("scorecard").get(account=account)


def by_hand(actor: User, account: Account, value: int, component: str = "", days: int = 30) -> ActionLog:
    return judge_by_hand(
        actor=actor,
        account=account,
        component=component,
        value=Decimal(value),
        reason="I was there",
        valid_until=today() + dt.timedelta(days=days),
    )


def copy_card(segment: Segment | None = None, stage_kind: str = "") -> Scorecard:
    """A published copy of the default for a place of its own."""
    default = ensure_default_scorecard()
    card = Scorecard.objects.create(
        segment=segment, stage_kind=stage_kind, number=1, name="Own", published_at=default.published_at
    )
    for rows in (default.components.all(), default.measures.all(), default.bands.all()):
        for row in rows:
            row.pk, row.scorecard = None, card
            row.save(force_insert=True)
    return card


def blanked(score: Score) -> int:
    """The number from the stored inputs and overrides alone, in tenths."""
    model = model_of(score.scorecard).for_intent(score.overrides.get("intent", ""))
    judged = judge_stored(model, [score.inputs], [score.overrides])
    assert int(judged.coverage[0]) == int(score.coverage * 1000)
    if score.attainment is not None:
        assert int(judged.attainment[0]) == int(score.attainment * 1000)
    return int(judged.scores[0])


def test_a_judged_component_moves_the_score_under_its_own_name_and_ends_by_itself(
    csm: User, settings: Settings
) -> None:
    account = make_known_account(csm)
    first = scored(account)
    settings.DATA_DATE = today() + dt.timedelta(days=1)
    by_hand(csm, account, 100, "adoption", days=1)
    assert AccountChange.objects.filter(account=account, reason="judgement").exists()
    second = scored(account)
    assert second.components["adoption"] == 1000
    assert second.coverage == first.coverage
    assert blanked(second) == int((second.value or 0) * 10)
    parts = second.ledger["parts"]
    override = sum(tenths for kind, _code, tenths in parts if kind == PartKind.OVERRIDE)
    assert override == int((second.value or 0) * 10) - second.overrides["formula"] > 0
    assert sum(tenths for _kind, _code, tenths in parts) == int(((second.value or 0) - (first.value or 0)) * 10)
    settings.DATA_DATE = today() + dt.timedelta(days=2)
    third = scored(account)
    assert third.overrides == {}
    assert [kind for kind, _code, tenths in third.ledger["parts"] if tenths == -override] == ["override"]


def test_the_whole_score_by_hand_stands_above_all_and_makes_an_unobserved_account_hollow(csm: User) -> None:
    account = make_account(csm=csm)
    by_hand(csm, account, 80, "adoption")
    assert (scored(account).state, scored(account).value) == ("unobserved", None)
    by_hand(csm, account, 35)
    score = scored(account)
    assert (score.state, score.value, score.coverage, score.band) == ("hollow", Decimal(35), Decimal(0), "critical")
    assert score.overrides["formula"] is None
    assert blanked(score) == 350


def test_exceptions_are_stored_with_the_number_after_each(csm: User) -> None:
    card = ensure_default_scorecard()
    cap = ScorecardException.objects.create(
        scorecard=card, name="Nobody speaks", tests=[["silence", ">=", 3]], effect="cap", value=Decimal("22.5")
    )
    score = scored(make_known_account(csm))
    assert score.value == Decimal("22.5")
    assert score.overrides["rules"] == [[cap.pk, 225]]
    assert blanked(score) == 225
    assert {kind for kind, _code, _tenths in score.ledger["parts"]} == {"observed", "override"}


def test_twice_is_one_judgement_and_each_way_back_is_open(csm: User) -> None:
    account = make_known_account(csm)
    first, second = by_hand(csm, account, 20), by_hand(csm, account, 60)
    assert [line.ended_on is None for line in judgement_lines(account.pk, today=today())] == [True, False]
    assert undo_action(actor=csm, action=second)
    assert ManualJudgement.objects.get(withdrawn_at=None).value == 20
    kept = ManualJudgement.objects.get(withdrawn_at=None)
    withdrawn = withdraw_judgement(actor=csm, judgement=kept)
    assert withdraw_judgement(actor=csm, judgement=kept) is None
    by_hand(csm, account, 70)
    assert withdrawn is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=withdrawn)
    assert undo_action(actor=csm, action=first)
    assert ManualJudgement.objects.get(withdrawn_at=None).value == 70


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"value": Decimal(101)}, "value"),
        ({"reason": "  "}, "reason"),
        ({"valid_until": dt.date(2000, 1, 1)}, "valid_until"),
        ({"component": "luck"}, "component"),
    ],
)
def test_a_judgement_without_sense_is_refused(csm: User, changed: dict[str, object], field: str) -> None:
    given = {"component": "", "value": Decimal(50), "reason": "Because", "valid_until": today()} | changed
    with pytest.raises(ValidationError) as refused:
        judge_by_hand(actor=csm, account=make_account(csm=csm), **given)  # type: ignore[arg-type]
    assert field in refused.value.message_dict


def test_a_past_day_knows_the_judgements_of_that_day(csm: User) -> None:
    account = make_known_account(csm)
    by_hand(csm, account, 5)
    recompute_accounts(account_ids=[account.pk], as_of=today() - dt.timedelta(days=10))
    assert Score.objects.get(account=account, is_rejudged=True).overrides == {}


def test_the_nearest_scorecard_judges(csm: User) -> None:
    big, small = Segment.objects.create(slug="big", name="Big"), Segment.objects.create(slug="small", name="Small")
    default = ensure_default_scorecard()
    of_segment, of_stage, of_both = copy_card(big), copy_card(None, "onboarding"), copy_card(big, "onboarding")
    accounts = [make_account(csm=csm, segment=segment) for segment in (big, big, small, small, None)]
    for number in (1, 3):
        make_visit(accounts[number], "onboarding", entered_days_ago=5)
    make_visit(accounts[4], "onboarding", entered_days_ago=50, left_days_ago=20)
    models = models_for([account.pk for account in accounts])
    assert [models[account.pk].version for account in accounts] == [
        of_segment.pk,
        of_both.pk,
        default.pk,
        of_stage.pk,
        default.pk,
    ]


def test_what_is_desired_follows_the_intent_and_is_stored(csm: User) -> None:
    card = ensure_default_scorecard()
    card.components.filter(component="intent").update(desired_by_intent={"pilot": 1})
    pilot = scored(make_known_account(csm, intent="pilot"))
    assert pilot.overrides == {"intent": "pilot"}
    assert blanked(pilot) == int((pilot.value or 0) * 10)
    other = judge_stored(model_of(pilot.scorecard), [pilot.inputs], [{}])
    assert np.all(other.attainment < int((pilot.attainment or 0) * 1000))


def test_the_page_judges_withdraws_and_tells(client: Client, csm: User, stranger: User) -> None:
    account = make_known_account(csm)
    scored(account)
    client.force_login(csm)
    url = reverse("judgement_add", args=[account.pk])
    sent = {"component": "adoption", "value": 12, "reason": "They told me so", "valid_until": str(today())}
    assert client.post(url, sent | {"value": 101}).status_code == 422
    past = client.post(url, sent | {"valid_until": "2000-01-01"})
    assert list(past.context["form"].errors) == ["valid_until"]
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent | {"component": "score", "value": 40}).status_code == 302
    scored(account)
    card = client.get(reverse("health_card", args=[account.pk])).content.decode()
    assert "They told me so" in card
    move = client.get(reverse("score_move", args=[account.pk]))
    assert move.context["span"].move is None
    whole = ManualJudgement.objects.get(component="", withdrawn_at=None)
    assert client.post(reverse("judgement_withdraw", args=[account.pk, whole.pk])).status_code == 302
    assert set(scored(account).overrides["judgements"]) == {"adoption"}


def test_the_form_reads_days_in_words_and_says_what_a_value_may_be(as_csm: Client, csm: User) -> None:
    account = make_known_account(csm)
    scored(account)
    url = reverse("judgement_add", args=[account.pk])
    asked = {"component": "adoption", "value": "150", "reason": "I was there", "valid_until": "+6w"}
    points = {line.code: line.actual for line in health_of(account).components}["adoption"]
    assert points is not None
    assert f"({round(points)})" in as_csm.get(url).content.decode()
    refused = as_csm.post(url, asked)
    assert refused.status_code == 422
    assert "value" in refused.context["form"].errors
    assert not refused.context["form"].non_field_errors()
    assert as_csm.post(url, {**asked, "value": "70"}).status_code == 302
    assert ManualJudgement.objects.get(account=account).valid_until == today() + dt.timedelta(days=42)
    card = reverse("health_card", args=[account.pk])
    assert "load delay" in as_csm.get(card).content.decode()
    AccountChange.objects.filter(account=account).delete()
    assert "load delay" not in as_csm.get(card).content.decode()
    part = as_csm.get(card, headers={"HX-Request": "true", "HX-Target": "health"}).content.decode()
    assert 'id="head-health" hx-swap-oob' in part


def test_a_move_between_any_two_days_adds_up(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    first = scored(account)
    settings.DATA_DATE = today() + dt.timedelta(days=3)
    by_hand(csm, account, 90, "relationships")
    scored(account)
    settings.DATA_DATE = today() + dt.timedelta(days=6)
    last = scored(account)
    span = read_span(account, {"since": first.as_of.isoformat(), "until": last.as_of.isoformat()})
    assert span.move is not None
    assert len(span.days) == 3
    assert sum(part.points for part in span.move.parts) == (last.value or 0) - (first.value or 0)
    assert any(part.kind == PartKind.OVERRIDE for part in span.move.parts)
