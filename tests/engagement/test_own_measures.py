"""Own measures: each figure reads what its rows show, one query per source; values from outside count by their day."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, CustomField, FactDefinition, Ticket
from accounts.services.facts import FactRow, push_facts
from engagement.formulas.own import Figure, figures_of
from engagement.models import CustomMeasure, Feature, MeasureValue
from engagement.selectors.evidence import open_evidence
from engagement.selectors.measures import WHAT
from engagement.selectors.measures.catalogue import figure_catalogue
from engagement.selectors.measures.more_figures import FIGURES
from engagement.selectors.measures.own import OwnMeasure, own_measures
from engagement.selectors.measures.registry import registry
from engagement.selectors.moments import moment_of
from engagement.selectors.readings import DECIMALS, read_measures
from team.clock import today
from team.models import User
from tests.engagement.worlds import ago, make_ticket, make_touch, make_usage, make_world
from tests.makers import make_account
from voc.models import FeedbackTheme, Theme

pytestmark = pytest.mark.django_db


def make_measure(code: str, formula: dict[str, Any] | None = None, **fields: Any) -> CustomMeasure:
    values: dict[str, Any] = {"component": "adoption", "label": code, "formula": formula or {}, **fields}
    kind = values.pop("kind", "external" if formula is None else "formula")
    return CustomMeasure.objects.create(code=code, kind=kind, **values)


def every_figure() -> dict[str, dict[str, Any]]:
    """One formula per figure and narrowing, each with the first two of what can be chosen."""
    found: dict[str, dict[str, Any]] = {}
    for name, spec in figure_catalogue().items():
        base: dict[str, Any] = {"figure": name} | ({"days": 60} if spec.days else {})
        required = {one.key: [one.choices[0][0]] for one in spec.narrowings if one.is_required and one.choices}
        if any(one.is_required and not one.choices for one in spec.narrowings):
            continue
        code = name.replace(".", "-").replace("_", "-")
        found[code] = base | {"where": required}
        for one in spec.narrowings:
            for place, (value, _words) in enumerate((one.choices or ())[:2]):
                found[f"{code}-{one.key}-{place}"[:40]] = base | {"where": required | {one.key: [value]}}
    return found


def furnish(accounts: list[Account]) -> None:
    """What the random world lacks: fields, facts, themes."""
    CustomField.objects.create(key="headcount", label="Headcount", type="number")
    definition = FactDefinition.objects.create(name="nps_of_ours", label="NPS of ours", type="number", owner="voc")
    theme = Theme.objects.filter(retired_at=None).order_by("name")[0]
    for number, account in enumerate(accounts[:5]):
        account.custom = {"headcount": 10 * number, "other": "text"}
        account.save(update_fields=["custom"])
        push_facts(
            owner="voc",
            rows=[
                FactRow(account_id=account.pk, name=definition.name, value=number, observed_at=ago(9)),
                FactRow(account_id=account.pk, name=definition.name, value=number + 1, observed_at=ago(3)),
            ],
        )
        for piece in account.feedback.all():
            FeedbackTheme.objects.create(feedback=piece, theme=theme)
    Feature.objects.filter(name="alerts").update(is_core_action=True)
    Ticket.objects.filter(satisfaction__isnull=False).update(first_response_at=F("opened_at") + dt.timedelta(hours=5))


@pytest.mark.parametrize("days_back", [0, 45])
def test_the_opened_rows_give_every_figure(days_back: int) -> None:
    Theme.objects.create(slug="a-theme", name="A theme")
    accounts = make_world(3 if days_back else 8)
    furnish(accounts)
    for code, formula in every_figure().items():
        make_measure(code, formula)
    moment = moment_of(None if not days_back else today() - dt.timedelta(days=days_back))
    readings = read_measures(account_ids=[account.pk for account in accounts], moment=moment)
    known: set[str] = set()
    for row, account in enumerate(accounts):
        for code, measure in own_measures().items():
            page = open_evidence(account_id=account.pk, measure=measure, moment=moment)
            value = readings.values[code][row]
            assert (page.number is None) == bool(np.isnan(value)), (code, account.name, value, page.number)
            if page.number is not None:
                assert page.number == pytest.approx(value, abs=10**-DECIMALS), (code, account.name)
                assert measure.formula is not None
                known |= {figure.name for figure in figures_of(measure.formula)}
            assert all(one.what in {str(words) for words in WHAT.values()} for one in page.rows), code
    if not days_back:
        assert known == set(FIGURES), "a figure that no account of the world has is not tested"


def test_rows_are_paged_without_a_double_and_without_a_gap(csm: User) -> None:
    account = make_account(csm=csm)
    for days in range(7):
        make_ticket(account, days_ago=days, priority="p1")
    ticket = {"figure": "tickets.opened", "days": 30}
    make_measure("twice", {"operator": "plus", "parts": [ticket, ticket | {"where": {"priority": ["p1"]}}]})
    measure, moment = own_measures()["twice"], moment_of()
    seen, after = [], ""
    while True:
        page = open_evidence(account_id=account.pk, measure=measure, moment=moment, after=after, limit=3)
        seen += [row.id for row in page.rows]
        if not page.next:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == 15
    assert page.number == 14


def test_the_formula_is_said_with_the_numbers_of_the_account(csm: User) -> None:
    account = make_account(csm=csm)
    for number in range(4):
        make_usage(account, days_ago=number, user=f"user-{number}")
    for number in range(12):
        make_ticket(account, days_ago=number)
    opened, users = {"figure": "tickets.opened", "days": 30}, {"figure": "usage.users", "days": 28}
    make_measure("load", {"operator": "divide", "parts": [opened, users]})
    measure = own_measures()["load"]
    page = open_evidence(account_id=account.pk, measure=measure, moment=moment_of())
    assert page.words == "12 ÷ 4 = 3."
    assert "Tickets opened in the last 30 days ÷ active users in the last 28 days" in str(measure.definition)
    readings = read_measures(account_ids=[account.pk], moment=moment_of())
    assert readings.values["load"][0] == 3
    assert readings.days["load"][0] == today().toordinal()


def test_touches_of_no_kind_are_those_of_people_outside(csm: User) -> None:
    account = make_account(csm=csm)
    make_touch(account, kind="call")
    make_touch(account, kind="note", direction="none")
    make_touch(account, kind="mail", is_automated=True)
    for code, where in (("all", {}), ("notes", {"kind": ["note"]})):
        make_measure(code, {"figure": "touches.count", "days": 30, "where": where})
    values = read_measures(account_ids=[account.pk], moment=moment_of()).values
    assert (values["all"][0], values["notes"][0]) == (1, 1)


def test_who_was_never_seen_is_not_known_and_a_formula_may_say_what_then(csm: User) -> None:
    never, quiet, other = (make_account(csm=csm) for _ in range(3))
    make_usage(quiet, days_ago=80, events=4)
    make_usage(other, days_ago=1, events=7)
    events = {"figure": "usage.events", "days": 28}
    make_measure("events", events)
    make_measure("or-one", {"operator": "if_missing", "parts": [events, {"number": 1}]})
    values = read_measures(account_ids=[never.pk, quiet.pk, other.pk], moment=moment_of()).values
    assert np.isnan(values["events"][0])
    assert list(values["events"][1:]) == [0, 7]
    assert list(values["or-one"]) == [1, 0, 7]


def test_each_source_is_asked_once_however_many_measures_and_accounts() -> None:
    accounts = make_world(4)
    opened, users = {"figure": "tickets.opened", "days": 30}, {"figure": "usage.users", "days": 28}
    counts = []
    for number in range(3):
        make_measure(f"m{number}", {"operator": "divide", "parts": [opened | {"days": 10 + number}, users]})
        make_measure(f"n{number}")
        for size in (1, 4):
            moment = moment_of()
            with CaptureQueriesContext(
                connection,
            ) as queries:
                read_measures(account_ids=[account.pk for account in accounts[:size]], moment=moment)
            counts.append(len(queries))
    assert len(set(counts)) == 1


def test_the_newest_value_from_outside_counts_by_the_day_that_is_asked_about(csm: User) -> None:
    account = make_account(csm=csm)
    measure = make_measure("outside", unit="share")
    for days, value in ((40, "0.1"), (20, "0.2"), (5, "0.3"), (-3, "0.9")):
        MeasureValue.objects.create(
            measure=measure,
            account=account,
            value=value,
            observed_at=ago(days),
            source="warehouse",
            evidence="a run",
            url="https://bi.example.com/61" if days == 5 else "javascript:alert(1)",
        )
    for back, wanted in ((0, 0.3), (10, 0.2), (30, 0.1)):
        moment = moment_of(today() - dt.timedelta(days=back) if back else None)
        assert read_measures(account_ids=[account.pk], moment=moment).values["outside"][0] == wanted
        page = open_evidence(account_id=account.pk, measure=own_measures()["outside"], moment=moment)
        assert page.number == wanted
        assert page.rows[0].title == "a run · warehouse"
        assert [row.url for row in page.rows if row.url] == ([] if back else ["https://bi.example.com/61"])


def test_the_registry_asks_nothing_for_the_pack_and_once_for_own_ones() -> None:
    make_measure("outside")
    with CaptureQueriesContext(connection) as queries:
        found = registry()
        assert "silence" in found
        assert found["breadth"].code == "breadth"
    assert len(queries) == 0
    with CaptureQueriesContext(connection) as queries:
        assert "outside" in found
        assert isinstance(found["outside"], OwnMeasure)
        assert "nonsense" not in found
        assert len(list(found)) == len(found)
    assert len(queries) == 1


def test_a_change_is_seen_by_the_next_look() -> None:
    row = make_measure("load", {"figure": "tickets.open"})
    assert figures_of(registry()["load"].formula) == (Figure("tickets.open"),)  # type: ignore[attr-defined]
    row.formula, row.version = {"figure": "contracts.seats"}, 2
    row.save()
    assert figures_of(registry()["load"].formula) == (Figure("contracts.seats"),)  # type: ignore[attr-defined]


def test_a_formula_that_no_longer_reads_has_no_value_and_breaks_nothing(csm: User) -> None:
    account = make_account(csm=csm)
    make_measure("broken", {"figure": "owner__password"})
    measure = own_measures()["broken"]
    assert "no figure" in measure.problem
    assert np.isnan(read_measures(account_ids=[account.pk], moment=moment_of()).values["broken"][0])
    assert open_evidence(account_id=account.pk, measure=measure, moment=moment_of()).rows == ()
