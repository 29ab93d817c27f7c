"""How urgent an insight is, and why: by the formula, when something happens, and for all by the sweep."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_feedback, make_insight
from voc.formulas.priority import Weighed, priority_sentence, reason_words, weigh
from voc.models import Insight
from voc.services.insights import set_severity
from voc.services.priorities import refresh_priorities, weigh_insights
from voc.services.routing import mention

KNOWN = st.builds(
    Weighed,
    base=st.integers(1, 4),
    severity=st.none() | st.integers(1, 4),
    is_praise=st.booleans(),
    score=st.none() | st.integers(0, 10),
    sentiment=st.none() | st.floats(-1, 1),
    arr=st.none() | st.integers(0, 10**7).map(Decimal),
    large_from=st.none() | st.integers(1, 10**6).map(Decimal),
    renews_in_days=st.none() | st.integers(-500, 500),
    recent=st.integers(0, 20),
    before=st.integers(0, 20),
    silent_days=st.integers(0, 900),
)


# The first draw of a process makes the strategies; on a busy machine that takes a while.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(KNOWN)
def test_the_steps_of_the_reasons_are_the_way_from_the_rule_to_the_priority(known: Weighed) -> None:
    priority, reasons = weigh(known)
    assert priority == max(1, min(4, known.base - sum(steps for _name, steps, _detail in reasons)))
    assert len(reason_words(reasons)) == len(reasons)
    if known.is_praise:
        assert reasons == []


@pytest.mark.parametrize(
    ("known", "priority", "words"),
    [
        (Weighed(base=3, renews_in_days=34, recent=4), 1, "Priority 1: renewal in 34 days, said 4 times in 30 days"),
        (Weighed(base=3, renews_in_days=91), 3, "Priority 3"),
        (Weighed(base=3, renews_in_days=-1), 3, "Priority 3"),
        (Weighed(base=2, severity=4, score=0), 3, "Priority 3: called slight by a person"),
        (Weighed(base=3, severity=2, score=0), 3, "Priority 3: severity 2 of 4 by a person"),
        (Weighed(base=3, recent=4, before=1), 2, "Priority 2: said 4 times in 30 days, more than before"),
        (Weighed(base=3, recent=0, silent_days=120), 4, "Priority 4: not said for 120 days"),
        (
            Weighed(base=3, arr=Decimal(9), large_from=Decimal(9)),
            2,
            "Priority 2: among the largest 10 % of accounts",
        ),
    ],
    ids=["renewal and repeats", "far", "past", "slight", "in between", "rising", "quiet", "large"],
)
def test_reasons_are_said_in_words(known: Weighed, priority: int, words: str) -> None:
    found, reasons = weigh(known)
    assert found == priority
    assert priority_sentence(found, [list(one) for one in reasons]) == words


@pytest.mark.django_db
def test_what_is_said_again_and_what_a_person_calls_severe_moves_it_at_once(csm: User) -> None:
    account = make_account(csm=csm)
    insight = make_insight(account)
    assert (insight.priority, insight.priority_reasons) == (2, [["score", 1, 3]])
    for number in range(2):
        mention(insight=insight, feedback=make_feedback(account, f"Again {number}"), actor=None)
    weigh_insights(insight_ids=[insight.pk])
    insight.refresh_from_db()
    assert insight.priority == 1
    assert set_severity(actor=csm, insight=insight, severity=4)
    insight.refresh_from_db()
    assert insight.priority == 3
    assert [name for name, _steps, _detail in insight.priority_reasons] == ["severity", "repeated"]
    assert not set_severity(actor=csm, insight=insight, severity=4)


@pytest.mark.django_db
def test_the_sweep_follows_time_in_a_flat_number_of_queries_and_disturbs_nobody(csm: User) -> None:
    def sweep() -> tuple[int, int]:
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            return refresh_priorities(), len(queries)

    def fill(number: int) -> None:
        for _turn in range(number):
            account = make_account(csm=csm)
            make_insight(account, contact=make_contact(account))
            account.summary.renews_on = today() + dt.timedelta(days=10)
            account.summary.save()

    fill(2)
    changed, few = sweep()
    assert changed == 2
    fill(7)
    versions = dict(Insight.objects.values_list("pk", "version"))
    changed, many = sweep()
    assert (changed, many) == (7, few)
    assert dict(Insight.objects.values_list("pk", "version")) == versions
    assert set(Insight.objects.values_list("priority", flat=True)) == {1}
    assert sweep()[0] == 0
    Insight.objects.update(state="verified", priority=4, verified_at=now())
    assert sweep()[0] == 0
