"""The engine: claims, fences, history, what it tells the lower apps."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Account, AccountChange, AccountSummary, Fact, Segment
from accounts.services.changes import mark_changed
from engagement.models import Band, RecomputeRun, Score, Scorecard, ScorecardComponent, ScorecardMeasure
from engagement.services import recompute
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.recompute import claim_and_recompute, recompute_accounts, recompute_everyone
from engagement.services.runs import mark_aged, start_run
from lifecycle.models import Trigger
from team.clock import today
from team.models import User
from tests.engagement.worlds import make_known_account, make_ticket, make_touch, make_usage
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def current(account: Account) -> Score:
    return Score.objects.current().get(account=account)


def judge(account: Account, as_of: dt.date | None = None) -> Score:
    recompute_accounts(account_ids=[account.pk], as_of=as_of)
    return Score.objects.filter(account=account).order_by("-pk").first() or Score()


def go_to(settings: Settings, days: int) -> dt.date:
    """Let so many days pass."""
    settings.DATA_DATE = today() + dt.timedelta(days=days)
    return today()


def test_a_change_mark_becomes_a_score_and_goes(csm: User) -> None:
    account = make_known_account(csm)
    mark_changed(account_ids=[account.pk], reason="test")
    assert claim_and_recompute() > 0
    score = current(account)
    assert score.state == Score.State.SCORED
    assert score.coverage >= Decimal("0.6")
    assert score.value is not None
    assert 0 < score.value <= 100
    assert not AccountChange.objects.exists()
    assert claim_and_recompute() == 0


def test_an_account_without_facts_is_unobserved(csm: User) -> None:
    account = make_account(csm=csm)
    score = judge(account)
    assert (score.state, score.value, score.band, score.coverage) == ("unobserved", None, "", Decimal(0))
    summary = AccountSummary.objects.get(account=account)
    assert (summary.health, summary.health_state) == (None, "unobserved")


def test_twice_is_once(csm: User) -> None:
    account = make_known_account(csm)
    first = judge(account)
    kept = Score.objects.filter(account=account).values_list("pk", "value", "inputs", "components", "ledger").get()
    facts, triggers = Fact.objects.count(), Trigger.objects.count()
    second = judge(account)
    assert first.pk == second.pk
    again = Score.objects.filter(account=account).values_list("pk", "value", "inputs", "components", "ledger").get()
    assert again == kept
    assert (Fact.objects.count(), Trigger.objects.count()) == (facts, triggers)


def test_a_new_day_closes_the_old_score_and_opens_a_new_one(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    first = judge(account)
    go_to(settings, 1)
    second = judge(account)
    assert first.pk != second.pk
    first.refresh_from_db()
    assert not first.is_current
    assert current(account).pk == second.pk
    assert second.ledger["since"] == first.as_of.isoformat()
    assert first.value is not None
    assert second.ledger["from"] == int(first.value * 10)


def test_the_ledger_of_a_day_is_against_the_day_before_however_often_it_is_judged(
    csm: User, settings: Settings
) -> None:
    account = make_known_account(csm)
    first = judge(account)
    go_to(settings, 1)
    judge(account)
    make_ticket(account, days_ago=0, priority="p1")
    make_ticket(account, days_ago=0, priority="p1")
    second = judge(account)
    assert first.value is not None
    assert second.value is not None
    parts = {code: tenths for _kind, code, tenths in second.ledger["parts"]}
    assert second.ledger["since"] == first.as_of.isoformat()
    assert sum(parts.values()) == int((second.value - first.value) * 10)
    assert parts["blockers"] < 0


def test_a_late_worker_never_overwrites_a_newer_score(csm: User) -> None:
    account = make_known_account(csm)
    score = judge(account)
    newer = score.input_version + 1_000_000
    Score.objects.filter(pk=score.pk).update(input_version=newer, value=Decimal("1.0"))
    AccountSummary.objects.filter(account=account).update(health=Decimal("1.0"))
    result = recompute_accounts(account_ids=[account.pk])
    assert (result.late, result.judged) == (1, 0)
    score.refresh_from_db()
    assert (score.value, score.input_version) == (Decimal("1.0"), newer)
    assert AccountSummary.objects.get(account=account).health == Decimal("1.0")


def test_a_clock_that_goes_back_does_not_replace_the_score(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    go_to(settings, 5)
    later = judge(account)
    go_to(settings, -3)
    assert recompute_accounts(account_ids=[account.pk]).late == 1
    assert current(account).pk == later.pk


def test_the_ticket_is_above_every_mark_that_was_claimed(csm: User) -> None:
    account = make_known_account(csm)
    mark_changed(account_ids=[account.pk], reason="test")
    highest = max(AccountChange.objects.values_list("pk", flat=True))
    claim_and_recompute()
    assert current(account).input_version > highest


def test_the_database_refuses_a_second_current_score(csm: User) -> None:
    score = judge(make_known_account(csm))
    score.pk, score.as_of = None, score.as_of - dt.timedelta(days=1)
    with pytest.raises(IntegrityError, match="one_current_score"), transaction.atomic():
        score.save(force_insert=True)


def test_a_stored_score_can_be_recomputed_to_the_same_number(csm: User) -> None:
    score = judge(make_known_account(csm))
    rules = {rule.measure: rule for rule in score.scorecard.measures.all()}
    weights = {part.component: part.weight for part in score.scorecard.components.all()}
    sums = {code: sum(rule.weight for rule in rules.values() if rule.component == code) for code in weights}
    numerator = denominator = Decimal(0)
    for code, (_raw, points, _on, standing) in score.inputs.items():
        if standing >= 2:
            weight = weights[rules[code].component] * rules[code].weight / sums[rules[code].component]
            numerator += weight * points / 100
            denominator += weight
    assert score.value is not None
    assert abs(score.value - numerator / denominator) <= Decimal("0.05")


def test_the_summary_and_the_facts_say_what_the_score_says(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    first = judge(account)
    go_to(settings, 28)
    make_usage(account, days_ago=0)
    last = judge(account)
    summary = AccountSummary.objects.get(account=account)
    assert first.value is not None
    assert last.value is not None
    assert summary.health == last.value
    assert (summary.health_state, summary.health_band) == (last.state, last.band)
    assert summary.health_coverage == last.coverage
    assert summary.health_delta == last.value - first.value
    assert summary.health_spark.count("M") == 2  # two weeks with a score, nothing between
    facts = {fact.definition.name: fact for fact in Fact.objects.current().filter(account=account)}
    assert facts["health"].number == last.value
    assert facts["health_band"].text == last.band


def test_a_band_that_changes_is_recorded_once_and_the_first_is_no_change(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    first = judge(account)
    assert not Trigger.objects.filter(kind="band_changed").exists()
    for _ in range(8):
        make_ticket(account, days_ago=0, priority="p1")
    go_to(settings, 1)
    for _ in range(3):
        make_touch(account, days_ago=0, direction="out", kind="mail")
    Account.objects.filter(pk=account.pk).update(intent="", desired_outcomes="")
    account.contacts.update(persona="")
    second = judge(account)
    judge(account)
    assert first.band != second.band
    trigger = Trigger.objects.get(account=account, kind="band_changed")
    assert (trigger.payload["from"], trigger.payload["to"]) == (first.band, second.band)


def test_judging_a_past_day_leaves_the_present_alone(csm: User) -> None:
    account = make_known_account(csm)
    score = judge(account)
    before = AccountSummary.objects.filter(account=account).values().get()
    day = today() - dt.timedelta(days=7)
    past = judge(account, as_of=day)
    assert (past.as_of, past.is_rejudged, past.is_current) == (day, True, False)
    assert current(account).pk == score.pk
    assert AccountSummary.objects.filter(account=account).values().get() == before
    assert judge(account, as_of=day).pk == past.pk


def test_a_past_day_knows_nothing_of_later_facts(csm: User) -> None:
    account = make_known_account(csm)
    day = today() - dt.timedelta(days=15)
    before = judge(account, as_of=day)
    values = (before.value, json.dumps(before.inputs))
    make_touch(account, days_ago=2)
    make_ticket(account, days_ago=3, priority="p1")
    make_usage(account, days_ago=1, events=500)
    after = judge(account, as_of=day)
    assert (after.value, json.dumps(after.inputs)) == values


def test_deleted_accounts_are_not_judged_and_their_marks_go(csm: User) -> None:
    account = make_known_account(csm)
    mark_changed(account_ids=[account.pk], reason="test")
    Account.objects.filter(pk=account.pk).update(deleted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert claim_and_recompute() > 0
    assert not Score.objects.filter(account=account).exists()
    assert not AccountChange.objects.exists()


def test_an_account_without_a_summary_is_judged_too(csm: User) -> None:
    account = make_known_account(csm)
    AccountSummary.objects.filter(account=account).delete()
    judge(account)
    assert AccountSummary.objects.get(account=account).health == current(account).value


def test_a_segment_with_its_own_scorecard_is_judged_by_it(csm: User) -> None:
    segment = Segment.objects.create(slug="big", name="Big")
    plain, special = make_known_account(csm), make_known_account(csm, segment=segment)
    default = ensure_default_scorecard()
    card = Scorecard.objects.create(segment=segment, number=1, name="Big", published_at=default.published_at)
    ScorecardComponent.objects.create(scorecard=card, component="adoption", weight=1, desired=50)
    ScorecardMeasure.objects.create(
        scorecard=card, component="adoption", measure="blockers", weight=1, scale=[[0, 100], [1, 0]], valid_days=90
    )
    Band.objects.create(scorecard=card, slug="good", name="Good", floor=0)
    recompute_everyone()
    assert current(plain).scorecard_id == default.pk
    assert (current(special).scorecard_id, current(special).value) == (card.pk, Decimal(100))


def test_a_new_scorecard_moves_the_score_under_its_own_name(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    first = judge(account)
    old = first.scorecard
    Scorecard.objects.filter(pk=old.pk).update(retired_at=first.computed_at)
    new = Scorecard.objects.create(number=old.number + 1, name="Our own", published_at=first.computed_at)
    for component in old.components.all():
        weight = 80 if component.component == "adoption" else component.weight
        ScorecardComponent.objects.create(
            scorecard=new, component=component.component, weight=weight, desired=component.desired
        )
    for rule in old.measures.exclude(measure="sentiment"):
        rule.pk, rule.scorecard = None, new
        rule.save(force_insert=True)
    for band in old.bands.all():
        band.pk, band.scorecard = None, new
        band.save(force_insert=True)
    go_to(settings, 1)
    second = judge(account)
    assert second.scorecard_id == new.pk
    kinds = {kind for kind, _code, _tenths in second.ledger["parts"]}
    assert "model" in kinds
    assert first.value is not None
    assert second.value is not None
    assert sum(part[2] for part in second.ledger["parts"]) == int((second.value - first.value) * 10)


def test_a_run_counts_to_its_end_and_a_second_click_joins_it(csm: User, admin: User) -> None:
    for _ in range(5):
        make_account(csm=csm)
    run = start_run(actor=admin, size=3)
    assert start_run(actor=admin).pk == run.pk
    assert (run.total, run.finished_at) == (5, None)
    assert claim_and_recompute() == 3
    run.refresh_from_db()
    assert (run.done, run.finished_at) == (3, None)
    while claim_and_recompute():
        pass
    run.refresh_from_db()
    assert run.done == 5
    assert run.finished_at is not None
    assert start_run(actor=admin).pk != run.pk


def test_a_run_over_no_accounts_is_finished_at_once(admin: User) -> None:
    assert start_run(actor=admin).finished_at is not None
    assert RecomputeRun.objects.count() == 1


def test_the_sweep_marks_what_only_time_has_changed(csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    AccountChange.objects.all().delete()
    assert mark_aged() == 1  # never judged
    assert mark_aged() == 0  # waits already
    while claim_and_recompute():
        pass
    assert mark_aged() == 0
    silence = current(account).inputs["silence"][0]
    go_to(settings, 3)
    assert mark_aged() == 1
    claim_and_recompute()
    assert current(account).inputs["silence"][0] == silence + 3


def test_the_number_of_queries_does_not_grow_with_the_batch(csm: User) -> None:
    accounts = [make_known_account(csm) for _ in range(6)]
    for _ in range(2):  # what a process asks once is known
        recompute_accounts(account_ids=[account.pk for account in accounts])
    counts = []
    for size in (1, 6):
        with CaptureQueriesContext(connection) as queries:
            recompute_accounts(account_ids=[account.pk for account in accounts[:size]])
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_batches_are_judged_in_their_own_transactions(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [make_account(csm=csm) for _ in range(5)]
    monkeypatch.setattr(recompute, "STRETCH", 2)
    reported: list[int] = []
    result = recompute_everyone(report=reported.append)
    assert result.unobserved == len(accounts)
    assert reported == [2, 4, 5]


def test_the_default_scorecard_is_made_once() -> None:
    assert ensure_default_scorecard().pk == ensure_default_scorecard().pk
    assert Scorecard.objects.count() == 1
