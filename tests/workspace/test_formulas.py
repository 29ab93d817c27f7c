"""Order, signals, brief, bands, say and do: pure functions."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from accounts.formulas.bands import arr_band
from workspace.formulas import urgency
from workspace.formulas.lines import Candidate, rank_lines
from workspace.formulas.names import short_name
from workspace.formulas.signals import AccountFacts, Person, brief_of, signals_of

TODAY = dt.date(2026, 11, 21)


def candidate(**changes: object) -> Candidate:
    start = Candidate(
        kind="account",
        ref=1,
        account_id=1,
        account="Acme",
        owner="Carla",
        arr=Decimal(100_000),
        health=Decimal(80),
        state="scored",
        band="good",
        delta=Decimal(0),
        coverage=Decimal("0.9"),
        renews_on=None,
        touched_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        rhythm=30,
        title="",
        why="",
        on=None,
        made_at=None,
    )
    return replace(start, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> AccountFacts:
    start = AccountFacts(
        today=TODAY,
        name="Acme",
        arr_words="$100K",
        health=Decimal(72),
        state="scored",
        delta=Decimal(0),
        coverage=Decimal("0.9"),
        renews_on=dt.date(2027, 8, 1),
        last_touch_on=dt.date(2026, 11, 18),
        awaiting_reply_on=None,
        rhythm_days=30,
        open_tickets=0,
        nps=None,
        stage="Onboarding",
        stage_entered_on=dt.date(2026, 11, 1),
        stage_target_days=45,
        open_insights=0,
        next_step="Book the review",
        next_step_on=None,
        people=[
            Person("Ana", "champion", True, dt.date(2026, 11, 18)),
            Person("Ben", "user", True, dt.date(2026, 11, 10)),
        ],
    )
    return replace(start, **changes)  # type: ignore[arg-type]


money = st.decimals(min_value=0, max_value=10**9, places=2)


@given(money, money, st.sampled_from(["task", "ask", "insight"]), st.integers(-3, 60))
def test_more_at_stake_never_stands_lower(low: Decimal, high: Decimal, kind: str, late: int) -> None:
    low, high = sorted((low, high))
    on = TODAY - dt.timedelta(days=late)
    (small,) = rank_lines([candidate(kind=kind, arr=low, title="It", on=on)], TODAY)
    (large,) = rank_lines([candidate(kind=kind, arr=high, title="It", on=on)], TODAY)
    assert small.score <= large.score


def test_a_ranked_task_stands_where_its_rank_puts_it() -> None:
    cheap = candidate(kind="task", ref=1, account_id=1, arr=Decimal(6_000), title="Quick", rank=Decimal(900_000))
    large = candidate(kind="task", ref=2, account_id=2, arr=Decimal(600_000), title="Large", on=TODAY)
    assert [line.headline for line in rank_lines([large, cheap], TODAY)] == ["Quick", "Large"]


@given(st.integers(-400, 400))
def test_the_later_the_more_urgent(days: int) -> None:
    assert urgency.urgency_of_due(days) <= urgency.urgency_of_due(days + 1) <= 2


@given(st.integers(-10, 400))
def test_a_nearer_renewal_is_more_urgent(days: int) -> None:
    assert 0.3 - 1e-9 <= urgency.urgency_of_renewal(days + 1) <= urgency.urgency_of_renewal(days) <= 1.3


@given(st.integers(0, 2000), st.integers(1, 365))
def test_silence_counts_beyond_the_rhythm_only(days: int, rhythm: int) -> None:
    value = urgency.urgency_of_silence(days, rhythm)
    assert 0 <= value <= 1.2
    assert value == 0 or days > rhythm


@given(money)
def test_a_band_holds_its_sum(arr: Decimal) -> None:
    assert arr_band(arr, "USD")
    assert arr_band(arr, "USD") == arr_band(arr + Decimal("0.01"), "USD") or (arr + Decimal("0.01")) in {
        Decimal(step) for step in (10_000, 50_000, 100_000, 250_000, 1_000_000)
    }


def test_bands_never_tell_the_sum() -> None:
    assert arr_band(Decimal(72_345), "USD") == "$50K–$100K"
    assert arr_band(None, "USD") == "under $10K"


def test_a_quiet_account_has_no_line() -> None:
    assert rank_lines([candidate()], TODAY) == []


def test_the_line_says_why_with_every_reason() -> None:
    (line,) = rank_lines(
        [
            candidate(
                health=Decimal(35),
                renews_on=dt.date(2026, 12, 4),
                touched_at=dt.datetime(2026, 8, 1, tzinfo=dt.UTC),
            )
        ],
        TODAY,
    )
    assert line.headline == "Secure the renewal"
    assert line.why == "renews 4 Dec at health 35, silent for 112 d (usual 30)"


def test_an_account_with_a_task_gets_no_suggestion_on_top() -> None:
    task = candidate(kind="task", ref=7, title="Call", on=TODAY)
    assert [line.found.kind for line in rank_lines([task, candidate(delta=Decimal(-20))], TODAY)] == ["task"]


def test_many_asks_of_one_account_are_one_line() -> None:
    asks = [
        candidate(kind="ask", ref=number, title=f"Ask {number}", on=TODAY - dt.timedelta(days=number))
        for number in range(1, 6)
    ]
    (line,) = rank_lines(asks, TODAY)
    assert line.found.ref == 1


def test_the_order_is_stake_times_urgency_times_confidence() -> None:
    small = candidate(kind="task", ref=1, account_id=1, arr=Decimal(6_000), title="Small", on=TODAY - dt.timedelta(20))
    large = candidate(kind="task", ref=2, account_id=2, arr=Decimal(600_000), title="Large", on=TODAY)
    assert [line.headline for line in rank_lines([small, large], TODAY)] == ["Large", "Small"]


def test_no_sign_in_good_facts() -> None:
    assert signals_of(facts()) == []


def test_the_worst_sign_stands_first_and_the_good_one_last() -> None:
    found = signals_of(
        facts(nps=9, delta=Decimal(-12), last_touch_on=dt.date(2026, 9, 20), stage_entered_on=dt.date(2026, 1, 1))
    )
    assert [signal.kind for signal in found] == ["health_fell", "silent", "stage_stalled", "promoter"]


def test_a_champion_who_left_is_a_sign() -> None:
    found = signals_of(facts(people=[Person("Ana", "champion", False, None, dt.date(2026, 11, 1))]))
    assert found[0].text == "The champion Ana has left"


def test_single_threaded_needs_exactly_one_who_talks() -> None:
    assert [signal.kind for signal in signals_of(facts(people=facts().people[:1]))] == ["single_threaded"]


def test_the_brief_has_two_sentences_with_their_sources() -> None:
    known = facts(delta=Decimal(-12), health=Decimal(48), renews_on=dt.date(2026, 12, 23), nps=2)
    brief = brief_of(known, signals_of(known))
    assert brief.sentences == [
        "Acme fell 12 points to 48 in four weeks, and the last two-way touch was 3 days ago.",
        "$100K renews on 23 Dec, in 32 days; the last NPS answer was 2.",
    ]
    assert [tab for _label, tab in brief.sources] == ["overview", "timeline", "commercial", "voice"]


def test_one_point_is_one_point() -> None:
    assert brief_of(facts(delta=Decimal(-1)), []).sentences[0].startswith("Acme fell 1 point to ")
    assert brief_of(facts(delta=Decimal(2)), []).sentences[0].startswith("Acme rose 2 points to ")


def test_a_touch_of_today_is_today() -> None:
    said = brief_of(facts(last_touch_on=TODAY), []).sentences[0]
    assert said.endswith("the last two-way touch was today.")


def test_long_names_of_stages_become_initials() -> None:
    assert short_name("Executive Business Review") == "EBR"
    assert [short_name(name) for name in ("First Value", "Onboarding", "")] == ["First Value", "Onboarding", ""]


def test_the_brief_says_when_nothing_is_known() -> None:
    brief = brief_of(facts(health=None, delta=None, last_touch_on=None, next_step=""), [])
    assert brief.sentences[0] == "Acme is unobserved, and no two-way touch is on record."
    assert brief.sentences[1].endswith("no next step is agreed.")
