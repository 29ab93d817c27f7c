"""The contact budget as arithmetic."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from accounts.formulas.budget import BudgetRules, Send, Verdict, judge_sends, kept_for_renewal, latest

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
RULES = BudgetRules()


def _days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def test_an_empty_ledger_is_free() -> None:
    assert judge_sends(kind="survey", at=NOON, sends=[], rules=RULES).is_free


def test_one_survey_in_90_days() -> None:
    sends = [Send("survey", NOON - _days(89))]
    verdict = judge_sends(kind="survey", at=NOON, sends=sends, rules=RULES)
    assert (verdict.reason, verdict.next_free_on) == ("survey_too_soon", dt.date(2026, 6, 3))
    assert judge_sends(kind="survey", at=NOON + _days(2), sends=sends, rules=RULES).is_free
    assert judge_sends(kind="automated", at=NOON, sends=sends, rules=RULES).is_free


def test_two_automated_mails_a_week_and_a_reminder_counts() -> None:
    sends = [Send("reminder", NOON - _days(6)), Send("automated", NOON - _days(1))]
    assert judge_sends(kind="automated", at=NOON, sends=sends[:1], rules=RULES).is_free
    verdict = judge_sends(kind="automated", at=NOON, sends=sends, rules=RULES)
    assert (verdict.reason, verdict.next_free_on) == ("week_is_full", dt.date(2026, 6, 3))


def test_a_person_may_always_write_and_does_not_use_up_the_week() -> None:
    sends = [Send("personal", NOON - _days(n)) for n in range(5)]
    assert judge_sends(kind="personal", at=NOON, sends=[Send("automated", NOON)] * 9, rules=RULES).is_free
    assert judge_sends(kind="automated", at=NOON, sends=sends, rules=RULES).is_free


def test_transactional_surveys_have_their_own_distance() -> None:
    sends = [Send("survey", NOON), Send("transactional", NOON - _days(15))]
    assert judge_sends(kind="transactional", at=NOON, sends=sends, rules=RULES).is_free
    assert judge_sends(
        kind="transactional", at=NOON, sends=[Send("transactional", NOON - _days(13))], rules=RULES
    ).reason


def test_an_account_has_an_attention_budget_per_year() -> None:
    rules = BudgetRules(account_mails_per_year=2)
    times = [NOON - _days(300), NOON - _days(10)]
    verdict = judge_sends(kind="survey", at=NOON, sends=[], account_sends=times, rules=rules)
    assert (verdict.reason, verdict.next_free_on) == ("account_year_is_full", dt.date(2026, 8, 6))


_SENDS = st.lists(
    st.builds(
        Send,
        st.sampled_from(["survey", "reminder", "automated", "personal", "transactional"]),
        st.integers(0, 200 * 24).map(lambda hours: NOON - dt.timedelta(hours=hours)),
    ),
    max_size=12,
)


@given(kind=st.sampled_from(["survey", "reminder", "automated", "transactional"]), sends=_SENDS)
def test_on_the_next_free_day_the_person_is_free(kind: str, sends: list[Send]) -> None:
    verdict = judge_sends(kind=kind, at=NOON, sends=sends, rules=RULES)
    if verdict.is_free:
        assert verdict.next_free_on is None
    else:
        assert verdict.next_free_on is not None
        assert verdict.next_free_on > NOON.date()
        then = dt.datetime.combine(verdict.next_free_on, dt.time(), tzinfo=dt.UTC)
        assert judge_sends(kind=kind, at=then, sends=sends, rules=RULES).is_free


@given(kind=st.sampled_from(["survey", "automated"]), sends=_SENDS)
def test_the_order_of_the_ledger_does_not_matter(kind: str, sends: list[Send]) -> None:
    there = judge_sends(kind=kind, at=NOON, sends=sends, rules=RULES)
    assert there == judge_sends(kind=kind, at=NOON, sends=sends[::-1], rules=RULES)


def test_what_is_kept_for_the_renewal_is_left_over_by_others_only_while_one_stands() -> None:
    rules = BudgetRules(account_mails_per_year=10, renewal_reserve=3)
    on = NOON.date()
    soon, far = on + dt.timedelta(days=365), on + dt.timedelta(days=366)
    assert kept_for_renewal(rules=rules, renews_on=soon, on=on) == 3
    assert kept_for_renewal(rules=rules, renews_on=soon, on=on, is_for_renewal=True) == 0
    assert kept_for_renewal(rules=rules, renews_on=far, on=on) == 0
    assert kept_for_renewal(rules=rules, renews_on=on - _days(1), on=on) == 0
    assert kept_for_renewal(rules=rules, renews_on=None, on=on) == 0
    times = [NOON - _days(n) for n in range(1, 8)]
    verdict = judge_sends(kind="survey", at=NOON, sends=[], account_sends=times, rules=rules, reserve=3)
    assert (verdict.reason, verdict.next_free_on) == ("kept_for_renewal", (times[-1] + _days(366)).date())
    assert judge_sends(kind="survey", at=NOON, sends=[], account_sends=times, rules=rules).is_free


def test_of_several_reasons_the_one_that_holds_longest_is_told() -> None:
    near, far = Verdict("week_is_full", dt.date(2026, 6, 2)), Verdict("survey_too_soon", dt.date(2026, 7, 2))
    assert latest([near, far, Verdict("opted_out")]).reason == "opted_out"
    assert latest([near, Verdict(), far]) == far
    assert latest([]).is_free
