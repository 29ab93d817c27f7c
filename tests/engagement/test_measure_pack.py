"""What plans, money, learning and readiness are measured as, each by its own words."""

import datetime as dt

import numpy as np
import pytest

from accounts.models import Account, Persona
from engagement.models import EventIdentity, Feature, Scorecard
from engagement.selectors.evidence import open_evidence
from engagement.selectors.measures import MEASURES, Tally
from engagement.selectors.moments import Moment, moment_of
from engagement.selectors.readings import read_measures
from engagement.services import defaults
from engagement.services.defaults import DEFAULT, ensure_default_scorecard
from lifecycle.models import Criterion, CriterionTick, Handover
from team.clock import today
from team.models import User
from tests.engagement.more_worlds import (
    ago,
    day,
    make_goal,
    make_insight,
    make_invoice,
    make_item,
    make_promise,
    make_risk,
    make_use_case,
    settle,
)
from tests.engagement.worlds import make_subscription, make_ticket, make_touch, make_usage, make_visit
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db


def read(account: Account, code: str, moment: Moment | None = None) -> float | None:
    value = read_measures(account_ids=[account.pk], moment=moment or moment_of()).values[code][0]
    return None if np.isnan(value) else float(value)


def then(days_ago: int) -> Moment:
    return moment_of(today() - dt.timedelta(days=days_ago))


def test_breadth_counts_what_the_plan_includes(csm: User) -> None:
    account = make_account(csm=csm)
    make_subscription(account, plan="Team")
    make_subscription(account, plan="Enterprise", ends_on=day(1))
    make_usage(account, days_ago=3, feature="reports")
    make_usage(account, days_ago=3, feature="merged")
    Feature.objects.create(name="api", plans=["Enterprise"])
    Feature.objects.create(name="alerts", plans=["Team", "Enterprise"])
    merged = Feature.objects.get(name="merged")
    merged.merged_into = Feature.objects.get(name="reports")
    merged.save()
    assert read(account, "breadth") == 0.5
    assert read(account, "breadth", then(2)) == pytest.approx(1 / 3, abs=1e-4)  # both plans ran then
    assert read(account, "breadth", then(5)) is None


def test_depth_is_core_actions_per_active_person(csm: User) -> None:
    account = make_account(csm=csm)
    Feature.objects.create(name="plan", is_core_action=True)
    for days_ago, user, feature in ((1, "ann", "plan"), (2, "bo", "plan"), (3, "ann", "view"), (40, "cy", "plan")):
        make_usage(account, days_ago=days_ago, user=user, feature=feature, events=6)
    assert read(account, "depth") == 6
    assert read(account, "depth", then(30)) == 6
    Feature.objects.update(is_core_action=False)
    assert read(account, "depth") is None


def test_use_cases_reached_of_those_that_apply(csm: User) -> None:
    account, unseen = make_account(csm=csm), make_account(csm=csm)
    make_usage(account, days_ago=10, events=10)
    make_use_case("Ten", {"least": 10})
    make_use_case("Eleven", {"least": 11})
    make_use_case("Of others", {"least": 1}, intents=["pilot"])
    settle([account, unseen])
    assert read(account, "use_cases") == 0.5
    assert read(unseen, "use_cases") is None
    assert read(account, "use_cases", then(5)) == 0.5
    assert read(account, "use_cases", then(11)) is None


def test_blocking_themes_count_once_and_until_something_is_done(csm: User) -> None:
    account = make_account(csm=csm)
    make_insight(account, theme="export")
    make_insight(account, theme="export", department="support")
    make_insight(account, theme="speed", state="acted_on", acted_at=ago(10))
    make_insight(account, theme="prices", department="finance")
    make_insight(account, theme="colours", priority=3)
    assert read(account, "blockers") == 1
    assert read(account, "blockers", then(20)) == 2
    make_ticket(account, priority="p1")
    assert read(account, "blockers") == 2


def test_goals_agreed_their_way_and_the_signature(csm: User) -> None:
    account = make_account(csm=csm)
    assert read(account, "goals_agreed") is None
    make_goal(account, csm, current=20, agreed_on=day(50))  # a fifth of the way, half of the time
    assert read(account, "goals_agreed") == 1
    assert read(account, "goal_progress") == pytest.approx(0.6, abs=1e-3)
    make_goal(account, csm, current=None)
    make_goal(account, csm, current=90, current_at=ago(61))
    assert read(account, "goal_progress") == pytest.approx(0.6, abs=1e-3)
    make_goal(account, csm, state="reached", closed_on=day(5), signed_off_by="Ann", signed_off_at=ago(5))
    make_goal(account, csm, state="reached", closed_on=day(5))
    make_goal(account, csm, state="missed", closed_on=day(5))
    assert read(account, "goal_progress") == pytest.approx((0.6 + 1 + 1 + 0) / 4, abs=1e-3)
    assert read(account, "goals_signed_off") == 0.5
    assert read(account, "goals_signed_off", then(10)) is None


def test_promises_are_kept_or_not_by_their_day(csm: User) -> None:
    account = make_account(csm=csm)
    make_promise(account, csm, due_days_ago=-5)
    assert read(account, "promises_kept") is None
    make_promise(account, csm, due_days_ago=5)
    make_promise(account, csm, due_days_ago=9, state="kept", settled_on=day(9))
    make_promise(account, csm, due_days_ago=9, state="released", settled_on=day(9))
    make_promise(account, csm, due_days_ago=400, state="broken", settled_on=day(380))
    assert read(account, "promises_kept") == 0.5
    assert read(account, "promises_kept", then(7)) == 1


def test_the_handover_counts_once_it_is_handed_over(csm: User) -> None:
    account = make_account(csm=csm)
    handover = Handover.objects.create(account=account, gaps=["risks", "champion"])
    assert read(account, "handover_complete") is None
    Handover.objects.filter(pk=handover.pk).update(state="submitted", submitted_at=ago(3))
    assert read(account, "handover_complete") == 0.75


def test_payment_is_days_late_and_survives_what_is_no_day(csm: User) -> None:
    account = make_account(csm=csm)
    make_invoice(account, due_days_ago=-5)
    assert read(account, "payment") is None
    make_invoice(account, due_days_ago=30, paid_days_ago=40)
    make_invoice(account, due_days_ago=30, paid_days_ago=20)
    make_invoice(account, due_days_ago=20)
    make_invoice(account, due_days_ago=25, due_on="2026-99-99")
    make_invoice(account, due_days_ago=25, due_on=["no", "day"], paid_on=7)
    assert read(account, "payment") == 10


def test_a_risk_is_owned_by_a_person_or_put_off(csm: User) -> None:
    account = make_account(csm=csm)
    assert read(account, "risks_owned") is None
    make_risk(account)
    make_risk(account, kind="zombie", is_false_alarm=True)
    assert read(account, "risks_owned") == 0
    make_risk(account, kind="usage_drop", handled_by=csm)
    make_risk(account, kind="no_executive", snoozed_until=today() + dt.timedelta(days=9), snooze_reason="Summer")
    assert read(account, "risks_owned") == pytest.approx(2 / 3, abs=1e-4)


def test_content_is_ready_for_the_personas_of_the_stage(csm: User) -> None:
    account = make_account(csm=csm)
    make_visit(account, "onboarding", entered_days_ago=9)
    make_contact(account, persona=Persona.CHAMPION)
    make_contact(account, persona=Persona.EXECUTIVE)
    make_contact(account, persona=Persona.DETRACTOR)
    assert read(account, "content_ready") is None
    make_item("For champions", stage_kinds=["onboarding"], personas=["champion"])
    make_item("Later", stage_kinds=["renewal"])
    assert read(account, "content_ready") == 0.5
    make_item("For all")
    assert read(account, "content_ready") == 1


def test_exit_criteria_are_boxes_and_conditions(csm: User) -> None:
    account = make_account(csm=csm, intent="pilot")
    visit = make_visit(account, "first_value", entered_days_ago=9)
    Criterion.objects.filter(stage=visit.stage).delete()
    assert read(account, "exit_criteria") is None
    box = Criterion.objects.create(stage=visit.stage, words="Confirmed")
    condition = {"name": "account.intent", "operator": "eq", "value": "pilot"}
    Criterion.objects.create(stage=visit.stage, kind="field", words="A pilot", condition=condition)
    broken = {"name": "account.nothing", "operator": "eq", "value": 1}
    Criterion.objects.create(stage=visit.stage, kind="field", words="Gone", condition=broken)
    Criterion.objects.create(stage=visit.stage, words="Nice to have", is_required=False)
    assert read(account, "exit_criteria") == pytest.approx(1 / 3, abs=1e-4)
    CriterionTick.objects.create(visit=visit, criterion=box, ticked_by=csm, ticked_at=ago(1))
    assert read(account, "exit_criteria") == pytest.approx(2 / 3, abs=1e-4)
    rows = open_evidence(account_id=account.pk, measure=MEASURES["exit_criteria"], moment=moment_of()).rows
    assert {row.title: row.bucket for row in rows} == {"Confirmed": "met", "A pilot": "met", "Gone": "open"}


def test_learning_is_measured_on_people_who_use_it(csm: User) -> None:
    account = make_account(csm=csm)
    ann, bo = make_contact(account, email="Ann@acme.example"), make_contact(account, email="bo@acme.example")
    EventIdentity.objects.create(kind="user", value="u-9", account=account, email="bo@acme.example")
    key, other = make_item("Key", is_key_course=True), make_item("Face to face", is_one_to_many=False)
    for user, days in (("ann@acme.example", (1, 2, 3)), ("u-9", (4,)), ("zed", (5, 6))):
        for days_ago in days:
            make_usage(account, days_ago=days_ago, user=user)
    assert read(account, "key_courses") is None  # nobody takes courses at all
    key.completions.create(account=account, contact=ann, completed_at=ago(20))
    other.completions.create(account=account, contact=bo, completed_at=ago(400))
    make_touch(account, ann, kind="course", direction="in", days_ago=20)
    assert read(account, "key_courses") == 0.5
    assert read(account, "courses") == 0.5
    assert read(account, "finisher_lift") == 2
    assert read(account, "one_to_many") == 1
    other.sends.create(account=account, contact=bo, state="sent", sent_at=ago(3))
    assert read(account, "one_to_many") == 0.5


def test_contact_is_split_by_mood(csm: User) -> None:
    account = make_account(csm=csm)
    for valence, direction in (
        ("positive", "two_way"),
        ("neutral", "two_way"),
        ("negative", "two_way"),
        ("neutral", "out"),
    ):
        make_touch(account, valence=valence, direction=direction)
    page = open_evidence(account_id=account.pk, measure=MEASURES["engaged_share"], moment=moment_of())
    assert {bucket: tally.count for bucket, tally in page.totals.items()} == {
        "positive": 1,
        "neutral": 1,
        "no": 1,
        "aside": 1,
    }
    assert page.number == pytest.approx(2 / 3)
    assert page.words == "1 positive and 1 neutral of 3 is 67 %. 1 negative one is volume only."


def test_evidence_ends_on_the_value_as_the_measure_writes_it(csm: User) -> None:
    seen = {"users": Tally(42, 42.0, 1.0), "seats": Tally(1, 240.0, 240.0)}
    assert MEASURES["licence_use"].evidence.recipe.words(seen) == "42 ÷ 240 = 18 %."
    account = make_account(csm=csm, intent="pilot")
    page = open_evidence(account_id=account.pk, measure=MEASURES["intent_known"], moment=moment_of())
    assert "Pilot with a budget" in [row.title for row in page.rows]


def test_a_scorecard_that_nobody_edited_grows_with_the_pack(admin: User) -> None:
    first = ensure_default_scorecard()
    first.measures.filter(measure__in=["depth", "payment"]).delete()
    defaults._WHOLE.clear()
    grown = ensure_default_scorecard()
    assert (grown.number, grown.based_on) == (first.number + 1, first)
    assert "2" in Scorecard.objects.get(pk=grown.pk).note
    assert grown.measures.count() == sum(len(entry.measures) for entry in DEFAULT.values())
    first.refresh_from_db()
    assert first.retired_at is not None
    assert ensure_default_scorecard() == grown
    grown.measures.filter(measure="depth").delete()
    Scorecard.objects.filter(pk=grown.pk).update(published_by=admin)
    defaults._WHOLE.clear()
    assert ensure_default_scorecard() == grown
