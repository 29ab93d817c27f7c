"""Rules tried on the past judge as the rules themselves do."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from accounts.formulas.budget import BudgetRules, Send, judge_sends, kept_for_renewal
from accounts.formulas.budget_trials import PastMail, Tally, replay_mails

START = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
FAR = dt.date(2030, 1, 1)


def _mail(days: float, kind: str = "survey", contact: int = 1, held_by: str = "") -> PastMail:
    return PastMail(START + dt.timedelta(days=days), kind, contact, held_by)


def _reasons(mails: list[PastMail], rules: BudgetRules, renews_on: dt.date | None = None) -> list[str]:
    return [one.reason for one in replay_mails(mails, rules=rules, renews_on=renews_on, since=START)]


def test_a_mail_that_would_not_go_makes_room_for_the_next() -> None:
    rules = BudgetRules(survey_every_days=30)
    mails = [_mail(0), _mail(20), _mail(35)]
    assert _reasons(mails, rules) == ["", "survey_too_soon", ""]


def test_what_was_held_back_may_go_and_then_counts() -> None:
    rules = BudgetRules(survey_every_days=10, mails_per_week=1)
    mails = [_mail(0), _mail(12, held_by="survey_too_soon"), _mail(14, "automated")]
    assert _reasons(mails, rules) == ["", "", "week_is_full"]


def test_mails_before_the_year_count_as_they_were() -> None:
    assert _reasons([_mail(-5), _mail(-4, held_by="week_is_full"), _mail(1)], BudgetRules()) == ["survey_too_soon"]


def test_consent_and_escalations() -> None:
    silent = replace(_mail(0), has_consent=False)
    assert _reasons([silent], BudgetRules(needs_consent=True)) == ["no_consent"]
    assert _reasons([silent], BudgetRules()) == [""]
    burning = _mail(0, held_by="open_escalation")
    assert _reasons([burning], BudgetRules()) == ["open_escalation"]
    assert _reasons([burning], BudgetRules(pauses_for_escalation=False)) == [""]


def test_a_tally_counts_both_ways_and_names_the_most_affected() -> None:
    tally = Tally()
    rules = BudgetRules(survey_every_days=10)
    for account in range(30):
        mails = [_mail(0), *[_mail(1)] * (account % 3), _mail(20, held_by="survey_too_soon")]
        tally.add_account(account, account % 2, replay_mails(mails, rules=rules, renews_on=None, since=START))
    kept = tally.to_json()
    assert kept["all"] == [60, 30, 30, 30]
    assert [sum(row[column] for row in kept["segments"]) for column in (1, 2, 3, 4)] == kept["all"]
    assert kept["accounts"][0][1:] == [3, 2, 1, 1]
    assert (len(kept["accounts"]), kept["accounts_changed"]) == (20, 30)


_MAILS = st.lists(
    st.builds(
        PastMail,
        st.integers(0, 400 * 24).map(lambda hours: START + dt.timedelta(hours=hours)),
        st.sampled_from(["survey", "reminder", "automated", "personal", "transactional"]),
        st.integers(1, 2),
        st.sampled_from(["", "week_is_full"]),
        st.booleans(),
    ),
    max_size=25,
).map(lambda mails: sorted(mails, key=lambda mail: mail.at))


@given(
    mails=_MAILS,
    rules=st.builds(
        BudgetRules,
        mails_per_week=st.integers(1, 3),
        survey_every_days=st.integers(0, 90),
        transactional_every_days=st.integers(0, 20),
        account_mails_per_year=st.integers(3, 8),
        renewal_reserve=st.integers(0, 2),
    ),
    renews=st.booleans(),
)
def test_the_replay_agrees_with_the_rules_mail_by_mail(mails: list[PastMail], rules: BudgetRules, renews: bool) -> None:
    gone: list[PastMail] = []
    for one in replay_mails(mails, rules=rules, renews_on=FAR if renews else None, since=START):
        mail = one.mail
        on = mail.at.date()
        verdict = judge_sends(
            kind=mail.kind,
            at=mail.at,
            sends=[Send(other.kind, other.at) for other in gone if other.contact_id == mail.contact_id],
            account_sends=[other.at for other in gone if other.kind != "transactional"],
            rules=rules,
            reserve=kept_for_renewal(
                rules=rules, renews_on=on if renews else None, on=on, is_for_renewal=mail.is_for_renewal
            ),
        )
        assert bool(one.reason) == (not verdict.is_free)
        if not one.reason:
            gone.append(mail)
