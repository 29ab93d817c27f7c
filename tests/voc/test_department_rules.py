"""Rules from voice: made with a baseline, measured, looked at on their day, kept, changed or ended."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AccountSummary
from accounts.services.facts import FactRow, push_facts
from accounts.services.versions import EditConflict
from team.clock import now, today
from team.models import Notice, User
from tests.makers import make_account, make_department, make_user
from tests.voc.makers_advocacy import make_own_rule, make_theme, say
from voc.formulas.own_rules import Reading, judge_mood, judge_volume, mood_reading, verdict_words, write_value
from voc.models import DepartmentRule, DepartmentRuleReview
from voc.selectors.department_rules import measure_choices, read_measure, read_rule, theme_weeks
from voc.services.department_rules import edit_rule, end_rule, make_rule, review_rule, sweep_own_rules
from voc.services.insights import NotAllowedNow, Overtaken
from voc.services.theme_weeks import rebuild_theme_weeks

DAY = dt.timedelta(days=1)
LATER = dt.timedelta(days=90)


@pytest.fixture
def member(db: None) -> User:
    person = make_user(name="Priya", role="member")
    make_department("product", members=(person,))
    return person


# --- Figures


@given(st.integers(0, 500), st.integers(0, 500))
def test_counts_differ_clearly_the_same_way_round(before: int, after: int) -> None:
    one = judge_volume(Reading(float(before), before), Reading(float(after), after), "down")
    other = judge_volume(Reading(float(after), after), Reading(float(before), before), "down")
    assert one.p == other.p
    assert one.p is not None
    assert 0 <= one.p <= 1
    assert one.went_right is (None if after == before else after < before)


def test_forty_and_twenty_differ_ten_and_nine_may_be_chance() -> None:
    assert judge_volume(Reading(40.0, 40), Reading(20.0, 20), "down").is_clear
    assert not judge_volume(Reading(10.0, 10), Reading(9.0, 9), "down").is_clear


def test_moods_are_compared_by_what_they_rest_on() -> None:
    sour, sweet = mood_reading(20, 2, 14), mood_reading(20, 14, 2)
    assert (sour.value, sweet.value) == (-60, 60)
    verdict = judge_mood(sour, sweet, "up")
    assert verdict.is_clear
    assert verdict.tone == "good"
    assert judge_mood(sour, sweet, "down").tone == "risk"
    assert judge_mood(mood_reading(1, 0, 1), sweet, "up").p is None
    assert mood_reading(0, 0, 0).value is None


def test_a_verdict_says_what_was_wanted_and_how_sure_it_is() -> None:
    words = verdict_words("theme_volume", judge_volume(Reading(40.0, 40), Reading(20.0, 20), "down"))
    assert "From 40 to 20" in words
    assert "and it fell" in words
    assert "clear" in words
    assert "too little" in verdict_words("theme_volume", judge_volume(Reading(None, 0), Reading(1.0, 1), "down"))
    assert "stands where" in verdict_words("theme_volume", judge_volume(Reading(3.0, 3), Reading(3.0, 3), "down"))
    assert write_value("theme_sentiment", 25) == "+25"


# --- Measures


@pytest.mark.django_db
def test_volume_and_mood_of_a_theme_in_the_whole_weeks_before_a_day(csm: User) -> None:
    account, theme = make_account(csm=csm), make_theme()
    for weeks, label in ((1, "positive"), (2, "positive"), (3, "negative"), (6, "neutral"), (20, "negative")):
        say(account, theme, weeks_ago=weeks, label=label)
    say(account, theme, weeks_ago=0)
    say(account, make_theme("bugs"), weeks_ago=1, label="negative")
    rebuild_theme_weeks()
    assert read_measure(measure="theme_volume", theme=theme).value == 3
    assert read_measure(measure="theme_volume", theme=theme, at=now() - dt.timedelta(weeks=5)).value == 1
    found = read_measure(measure="theme_sentiment", theme=theme)
    assert (found.n, found.value) == (4, 25)
    assert read_measure(measure="theme_volume", theme=None).value is None
    weeks_ = theme_weeks(theme.pk, "theme_volume")
    assert (len(weeks_), sum(int(value or 0) for _week, value in weeks_)) == (52, 5)
    assert theme_weeks(theme.pk, "theme_sentiment")[-1][1] == 100


@pytest.mark.django_db
def test_an_average_over_accounts_needs_five_of_them(csm: User) -> None:
    accounts = [make_account(csm=csm) for _number in range(4)]
    AccountSummary.objects.filter(account__in=accounts).update(health=60, stage_entered_on=today() - 10 * DAY)
    few = read_measure(measure="account.health", theme=None)
    assert (few.value, few.n) == (None, 4)
    accounts.append(make_account(csm=csm))
    AccountSummary.objects.filter(account=accounts[-1]).update(health=90, stage_entered_on=today())
    assert read_measure(measure="account.health", theme=None).value == 66
    assert read_measure(measure="account.days_in_stage", theme=None).value == 8
    push_facts(owner="voc", rows=[FactRow(one.pk, "advocacy_yes", 2, now()) for one in accounts])
    assert read_measure(measure="fact.advocacy_yes", theme=None).value == 2
    assert read_measure(measure="custom.unknown", theme=None).value is None


@pytest.mark.django_db
def test_no_rule_is_measured_by_money() -> None:
    names = dict(measure_choices())
    assert "account.arr" not in names
    assert {"theme_volume", "theme_sentiment", "account.health"} <= set(names)


# --- Making, changing, looking, ending


@pytest.mark.django_db
def test_a_rule_is_made_with_what_it_is_today(csm: User, member: User) -> None:
    theme, department = make_theme(), make_department("product")
    say(make_account(csm=csm), theme, weeks_ago=2)
    rebuild_theme_weeks()
    fields: dict[str, Any] = {
        "department": department,
        "measure": "theme_volume",
        "direction": "down",
        "check_on": today() + LATER,
    }
    rule = make_rule(actor=member, statement=" We try exports ", theme=theme, **fields)
    assert (rule.statement, rule.owner, rule.state) == ("We try exports", member, "in_force")
    assert rule.baseline == 1
    for wrong in ({"statement": " "}, {"theme": None}, {"measure": "account.arr"}, {"check_on": today()}):
        with pytest.raises(ValidationError):
            make_rule(actor=member, **{"statement": "x", "theme": theme, **fields, **wrong})
    for person in (make_user(role="viewer"), csm):
        with pytest.raises(PermissionDenied):
            make_rule(actor=person, statement="x", theme=theme, **fields)


@pytest.mark.django_db
def test_words_owner_and_day_can_be_changed_but_not_over_another_change(member: User, manager: User) -> None:
    rule = make_own_rule()
    twin = DepartmentRule.objects.get(pk=rule.pk)
    assert edit_rule(actor=member, rule=rule, version=1, statement="We try them twice", measure="account.nps")
    assert (rule.statement, rule.measure, rule.version) == ("We try them twice", "theme_volume", 2)
    with pytest.raises(EditConflict):
        edit_rule(actor=manager, rule=twin, version=1, statement="We do not")
    with pytest.raises(ValidationError):
        edit_rule(actor=member, rule=rule, check_on=today())
    with pytest.raises(PermissionDenied):
        edit_rule(actor=make_user(role="csm"), rule=rule, statement="Mine")


@pytest.mark.django_db
def test_a_look_keeps_changes_or_ends_and_writes_down_the_value(csm: User, member: User) -> None:
    rule = make_own_rule(baseline=9)
    say(make_account(csm=csm), make_theme(), weeks_ago=2)
    rebuild_theme_weeks()
    first = review_rule(actor=member, rule=rule, verdict="keeps", words="Fewer.", check_on=today() + LATER)
    assert first.value == 1
    assert (rule.check_on, rule.version) == (today() + LATER, 2)
    review_rule(
        actor=member, rule=rule, verdict="changes", words="Not enough.", check_on=today() + LATER, statement="Three do"
    )
    assert rule.statement == "Three do"
    end_rule(actor=member, rule=rule, words="The export is gone.")
    assert (rule.state, rule.ended_at is not None) == ("ended", True)
    assert list(rule.reviews.values_list("verdict", flat=True)) == ["ends", "changes", "keeps"]
    with pytest.raises(NotAllowedNow):
        end_rule(actor=member, rule=rule, words="Again")
    with pytest.raises(ValidationError):
        edit_rule(actor=member, rule=rule, statement="x")


@pytest.mark.django_db
def test_a_look_needs_words_a_day_and_the_new_sentence(member: User) -> None:
    rule = make_own_rule()
    looks: tuple[dict[str, Any], ...] = (
        {"verdict": "keeps", "words": " ", "check_on": today() + LATER},
        {"verdict": "keeps", "words": "ok"},
        {"verdict": "keeps", "words": "ok", "check_on": today()},
        {"verdict": "changes", "words": "ok", "check_on": today() + LATER, "statement": rule.statement},
    )
    for wrong in looks:
        with pytest.raises(ValidationError):
            review_rule(actor=member, rule=rule, **wrong)
    assert not DepartmentRuleReview.objects.exists()


@pytest.mark.django_db
def test_of_two_who_look_at_once_one_is_told(member: User) -> None:
    rule = make_own_rule()
    twin = DepartmentRule.objects.get(pk=rule.pk)
    review_rule(actor=member, rule=rule, verdict="keeps", words="Fine", check_on=today() + LATER)
    with pytest.raises(Overtaken):
        end_rule(actor=member, rule=twin, words="No")


@pytest.mark.django_db
def test_the_page_says_before_and_now_with_a_chart(csm: User) -> None:
    theme, account = make_theme(), make_account(csm=csm)
    for number in range(12):
        say(account, theme, weeks_ago=9 + number * 0.01)
    rebuild_theme_weeks()
    rule = make_own_rule(days_ago=55, baseline=12, theme=theme)
    page = read_rule(rule)
    assert (page.before, page.now, page.verdict.is_clear, page.verdict.tone) == ("12", "0", True, "good")
    assert all(page.charts)
    assert not page.is_due
    gone = read_rule(make_own_rule(measure="fact.gone", theme=None))
    assert (gone.now, gone.charts) == ("–", (None, None))


# --- The day


@pytest.mark.django_db
def test_the_owner_hears_it_on_the_day_and_the_lead_a_week_later_once(member: User, manager: User) -> None:
    department = make_department("product")
    department.lead = manager
    department.save()
    make_own_rule(owner=member, check_on=today())
    make_own_rule(owner=member, check_on=today() + DAY)
    make_own_rule(owner=member, check_on=today(), state="ended", ended_at=now())
    late = make_own_rule(owner=member, check_on=today() - 7 * DAY)
    orphan = make_own_rule(owner=None, check_on=today())
    assert (sweep_own_rules(), sweep_own_rules()) == (4, 0)
    assert Notice.objects.filter(user=member).count() == 2
    urls = set(Notice.objects.filter(user=manager).values_list("url", flat=True))
    assert urls == {f"/rules/{late.pk}/", f"/rules/{orphan.pk}/"}
    DepartmentRule.objects.filter(pk=late.pk).update(check_on=today() - DAY)
    assert sweep_own_rules() == 1
