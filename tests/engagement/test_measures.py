"""Measures: each number is what its opened rows say, and what its definition says."""

import datetime as dt

import numpy as np
import pytest

from accounts.models import Account, ExchangeRate, Persona
from engagement.models import Feature
from engagement.selectors.evidence import open_evidence
from engagement.selectors.measures import MEASURES, SOURCES, WHAT, Measure
from engagement.selectors.moments import Moment, moment_of
from engagement.selectors.readings import DECIMALS, read_measures
from engagement.services.defaults import DEFAULT
from team.clock import today
from team.models import Install, User
from tests.engagement.worlds import (
    ago,
    make_answer,
    make_feedback,
    make_planned,
    make_subscription,
    make_survey_version,
    make_ticket,
    make_touch,
    make_usage,
    make_visit,
    make_world,
)
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db


def read(account: Account, code: str, moment: Moment | None = None) -> float | None:
    value = read_measures(account_ids=[account.pk], moment=moment or moment_of()).values[code][0]
    return None if np.isnan(value) else float(value)


def all_rows(account: Account, measure: Measure, moment: Moment) -> int:
    """How many rows the pages of the evidence hold together, two at a time, none twice."""
    seen: set[tuple[int, str, str]] = set()
    after, count = "", 0
    while True:
        page = open_evidence(account_id=account.pk, measure=measure, moment=moment, after=after, limit=2)
        for row in page.rows:
            seen.add((row.id, row.what, row.at.isoformat()))
            count += 1
        if not page.next:
            break
        after = page.next
    assert len(seen) == count
    assert count == sum(tally.count for tally in page.totals.values())
    return count


@pytest.mark.parametrize("days_back", [0, 45])
def test_the_opened_rows_of_every_measure_give_its_number(days_back: int) -> None:
    accounts = make_world()
    moment = moment_of(None if not days_back else today() - dt.timedelta(days=days_back))
    readings = read_measures(account_ids=[account.pk for account in accounts], moment=moment)
    compared: set[str] = set()
    for row, account in enumerate(accounts):
        for code, measure in MEASURES.items():
            value = readings.values[code][row]
            page = open_evidence(account_id=account.pk, measure=measure, moment=moment)
            if np.isnan(value):
                continue
            assert page.number is not None, (code, account.name)
            assert page.number == pytest.approx(value, abs=10**-DECIMALS), (code, account.name)
            all_rows(account, measure, moment)
            compared.add(code)
    if not days_back:
        assert compared == set(MEASURES), "a measure that no account of the world has is not tested"


def test_what_is_not_known_has_no_rows_that_count() -> None:
    accounts = make_world()
    moment = moment_of()
    readings = read_measures(account_ids=[account.pk for account in accounts], moment=moment)
    for row, account in enumerate(accounts):
        for code, measure in MEASURES.items():
            if measure.is_knowledge and np.isnan(readings.values[code][row]):
                assert not open_evidence(account_id=account.pk, measure=measure, moment=moment).number


def test_one_query_per_source_whatever_the_size(django_assert_num_queries: object) -> None:
    accounts = make_world(6)
    moment = moment_of()
    for size in (1, 6):
        # And four that ask which criteria on data hold: criteria, the names of their conditions, all conditions.
        with django_assert_num_queries(len(SOURCES) + 4):  # type: ignore[operator]
            read_measures(account_ids=[account.pk for account in accounts[:size]], moment=moment)


def test_reading_a_batch_is_reading_each_alone() -> None:
    accounts = make_world(5)
    moment = moment_of()
    together = read_measures(account_ids=[account.pk for account in accounts], moment=moment)
    for row, account in enumerate(accounts):
        alone = read_measures(account_ids=[account.pk], moment=moment)
        for code in MEASURES:
            assert np.array_equal(together.values[code][row : row + 1], alone.values[code], equal_nan=True), code


def test_every_measure_stands_in_the_default_scorecard_under_its_component() -> None:
    placed = {code: component for component, entry in DEFAULT.items() for code in entry.measures}
    assert placed == {code: measure.component for code, measure in MEASURES.items()}


def test_every_row_is_named_in_words() -> None:
    for account in make_world(5):
        for measure in MEASURES.values():
            for row in open_evidence(account_id=account.pk, measure=measure, moment=moment_of()).rows:
                assert row.what in {str(words) for words in WHAT.values()}, row


def test_usage_trend_compares_four_weeks_with_the_four_before(csm: User) -> None:
    account = make_account(csm=csm)
    make_usage(account, days_ago=0, events=10)
    make_usage(account, days_ago=27, events=20)
    make_usage(account, days_ago=28, events=40)
    make_usage(account, days_ago=55, events=20)
    make_usage(account, days_ago=56, events=999)
    assert read(account, "usage_trend") == 0.5


def test_a_quiet_account_is_a_true_zero_only_while_the_feed_lives(csm: User) -> None:
    quiet, never, other = make_account(csm=csm), make_account(csm=csm), make_account(csm=csm)
    make_usage(quiet, days_ago=100)
    make_usage(other, days_ago=1)
    moment = moment_of()
    readings = read_measures(account_ids=[quiet.pk, never.pk], moment=moment)
    assert readings.values["usage_trend"][0] == 0
    assert np.isnan(readings.values["usage_trend"][1])
    assert readings.days["usage_trend"][0] == (today() - dt.timedelta(days=1)).toordinal()
    before = moment_of(today() - dt.timedelta(days=30))
    readings = read_measures(account_ids=[quiet.pk], moment=before)
    assert readings.days["usage_trend"][0] == (today() - dt.timedelta(days=100)).toordinal()


def test_breadth_counts_key_features_and_all_of_them_while_none_is_marked(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    for feature in ("reports", "export"):
        make_usage(account, days_ago=3, feature=feature)
    for feature in ("alerts", "api"):
        make_usage(other, days_ago=3, feature=feature)
    assert read(account, "breadth") == 0.5
    Feature.objects.filter(name__in=["reports", "alerts", "api"]).update(is_key=True)
    assert read(account, "breadth") == pytest.approx(1 / 3, abs=1e-4)
    Feature.objects.filter(name="api").update(is_hidden=True)
    assert read(account, "breadth") == 0.5


def test_licence_use_needs_users_and_seats(csm: User) -> None:
    account = make_account(csm=csm)
    make_usage(account, days_ago=1)
    make_subscription(account, seats=4)
    assert read(account, "licence_use") is None
    for user in ("ann", "bo", "ann"):
        make_usage(account, days_ago=2, user=user)
    make_subscription(account, seats=100, ends_on=today() - dt.timedelta(days=1))
    assert read(account, "licence_use") == 0.5


def test_blockers_are_urgent_open_tickets_and_reopenings(csm: User) -> None:
    account = make_account(csm=csm)
    assert read(account, "blockers") is None
    make_ticket(account, priority="p3")
    assert read(account, "blockers") == 0
    make_ticket(account, priority="p1", days_ago=200)
    make_ticket(account, priority="p4", days_ago=50, closed_days_ago=40, reopened_count=2)
    make_ticket(account, priority="p2", days_ago=300, closed_days_ago=200, reopened_count=5)
    assert read(account, "blockers") == 3
    assert read(account, "blockers", moment_of(today() - dt.timedelta(days=250))) == 6


def test_silence_ends_with_a_person_and_starts_with_the_contract(csm: User) -> None:
    account = make_account(csm=csm, signed_on=today() - dt.timedelta(days=70))
    other = make_account(csm=csm)
    assert read(account, "silence") is None  # nobody logs touches at all
    make_touch(other, days_ago=1)
    assert read(account, "silence") == 70
    make_touch(account, days_ago=9, direction="two_way", is_automated=True)
    make_touch(account, days_ago=8, direction="out")
    make_touch(account, days_ago=7, kind="note")
    assert read(account, "silence") == 70
    make_touch(account, days_ago=6)
    assert read(account, "silence") == 6


def test_negative_contact_never_raises_the_share(csm: User) -> None:
    account = make_account(csm=csm)
    make_touch(account, direction="out")
    make_touch(account, direction="two_way", valence="negative")
    assert read(account, "engaged_share") == 0
    make_touch(account, direction="out", asks_for="Send it", due_on=today(), got_it_at=ago(1))
    assert read(account, "engaged_share") == 0.5


def test_replies_actions_and_proactive_touches(csm: User) -> None:
    account = make_account(csm=csm)
    make_touch(account, direction="out", kind="mail", awaiting_reply_since=ago(5), replied_at=ago(3), is_proactive=True)
    make_touch(account, direction="out", kind="mail", awaiting_reply_since=ago(5))
    due = today() - dt.timedelta(days=2)
    make_touch(account, direction="in", asks_for="Come", due_on=due, got_it_at=ago(1))
    make_touch(account, direction="two_way", asks_for="Pay", due_on=due)
    assert read(account, "reply_rate") == 0.5
    assert read(account, "wanted_actions") == 0.5
    assert read(account, "proactive_share") == pytest.approx(1 / 3, abs=1e-4)


def test_people_and_executives_in_touch(csm: User) -> None:
    account = make_account(csm=csm, signed_on=today() - dt.timedelta(days=50))
    ann, boss = make_contact(account), make_contact(account, persona=Persona.EXECUTIVE)
    gone = make_contact(account, left_on=today() - dt.timedelta(days=1), status="left")
    make_touch(account, ann, gone, days_ago=5)
    make_touch(account, ann, days_ago=3)
    assert read(account, "contacts_touched") == 1
    assert read(account, "executive_touch") == 50
    make_touch(account, boss, days_ago=40)
    assert read(account, "contacts_touched") == 2
    assert read(account, "executive_touch") == 40


def test_the_newest_reference_answer_counts(csm: User) -> None:
    account = make_account(csm=csm)
    assert read(account, "reference") is None
    make_touch(account, kind="reference", outcome="yes", days_ago=50)
    assert read(account, "reference") == 1
    make_touch(account, kind="reference", outcome="no", days_ago=10)
    assert read(account, "reference") == 0


def test_courses_count_once_anybody_takes_one(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    make_contact(account)
    assert read(account, "courses") is None
    make_touch(other, make_contact(other), kind="course", direction="in")
    assert read(account, "courses") == 0
    assert read(other, "courses") == 1


def test_what_the_vendor_knows(csm: User) -> None:
    account = make_account(csm=csm)
    for code in ("intent_known", "outcomes_named", "champion", "next_touch"):
        assert read(account, code) is None
    Account.objects.filter(pk=account.pk).update(
        intent="pilot", desired_outcomes="Close in three days", intent_reviewed_on=today() - dt.timedelta(days=200)
    )
    assert read(account, "intent_known") == 1
    Account.objects.filter(pk=account.pk).update(intent_reviewed_on=today())
    make_contact(account, persona=Persona.CHAMPION)
    make_contact(account, persona=Persona.CHAMPION, status="left", left_on=today())
    make_planned(account, csm, in_days=-1)
    make_planned(account, csm, in_days=12)
    make_touch(account, days_ago=-8, kind="meeting")
    assert read(account, "intent_known") == 2
    assert read(account, "outcomes_named") == 1
    assert read(account, "champion") == 1
    assert read(account, "next_touch") == 8


def test_the_newest_confirmed_answer_of_each_person_counts(csm: User) -> None:
    account = make_account(csm=csm)
    version, other = make_survey_version(csm), make_survey_version(csm, kind="csat")
    ann, bo = make_contact(account), make_contact(account)
    make_answer(version, ann, 2, days_ago=90)
    make_answer(version, ann, 9, days_ago=5)
    make_answer(version, bo, 6, days_ago=5)
    make_answer(other, bo, 1, days_ago=1)
    make_answer(version, bo, None, days_ago=1)
    make_feedback(account, 0.5)
    make_feedback(account, -0.1)
    make_feedback(account, 1.0, days_ago=181)
    assert read(account, "nps") == 7.5
    assert read(account, "answer_rate") == 0.8
    assert read(account, "sentiment") == 0.2


def test_the_way_to_value_and_the_present_stage(csm: User) -> None:
    account = make_account(csm=csm, signed_on=today() - dt.timedelta(days=80))
    make_visit(account, "onboarding", entered_days_ago=45)
    assert read(account, "stage_on_time") == 1
    assert read(account, "time_to_value") is None  # 80 days are no proof of anything
    late = make_account(csm=csm, signed_on=today() - dt.timedelta(days=120))
    make_visit(late, "onboarding", entered_days_ago=100)
    assert read(late, "time_to_value") == 120
    done = make_account(csm=csm, signed_on=today() - dt.timedelta(days=120))
    make_visit(done, "first_value", entered_days_ago=100, left_days_ago=60)
    assert read(done, "time_to_value") == 60


def test_what_is_prepared_is_weighed_in_the_installs_currency(csm: User) -> None:
    account = make_account(csm=csm)
    own = Install.objects.get_or_create(pk=1)[0].currency
    ExchangeRate.objects.create(currency="DKK", valid_from=today() - dt.timedelta(days=9), rate="0.25")
    ExchangeRate.objects.create(currency="DKK", valid_from=today() + dt.timedelta(days=1), rate="9")
    make_subscription(account, arr=100, currency=own, is_auto_renewed=True)
    make_subscription(account, arr=1200, currency="DKK", renews_on=today() + dt.timedelta(days=60))
    assert read(account, "renewal_prepared") == 0.25
    page = open_evidence(account_id=account.pk, measure=MEASURES["renewal_prepared"], moment=moment_of())
    assert sorted(row.amount for row in page.rows) == [100, 300]


def test_a_renewal_is_prepared_by_contract_distance_or_work(csm: User) -> None:
    account = make_account(csm=csm)
    assert read(account, "renewal_prepared") is None
    make_subscription(account, arr=100, is_auto_renewed=True)
    make_subscription(account, arr=100, renews_on=today() + dt.timedelta(days=181))
    make_subscription(account, arr=200, renews_on=today() + dt.timedelta(days=60))
    make_subscription(account, arr=999, is_trial=True)
    assert read(account, "renewal_prepared") == 0.5
    make_planned(account, csm, in_days=61)
    assert read(account, "renewal_prepared") == 0.5
    make_planned(account, csm, in_days=60)
    assert read(account, "renewal_prepared") == 1
