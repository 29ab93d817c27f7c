"""What must hold of every pass: the same numbers whatever the batches, the order and the way they were asked for; and a
stored score is the number of its own inputs."""

import random
from typing import Any

import pytest

from accounts.models import AccountChange
from accounts.services.changes import mark_changed
from engagement.formulas import judge_stored
from engagement.models import Score
from engagement.selectors.scorecards import published_card
from engagement.services import recompute
from engagement.services.recompute import claim_and_recompute, recompute_accounts, recompute_everyone
from engagement.services.runs import start_run
from tests.engagement.worlds import make_ticket, make_touch, make_usage, make_world

pytestmark = pytest.mark.django_db

FIELDS = ("account", "value", "coverage", "state", "band", "attainment", "inputs", "components", "ledger", "overrides")


def scores() -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in Score.objects.current().values_list(*FIELDS)}


def test_batches_and_order_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [account.pk for account in make_world(7)]
    recompute_everyone()
    together = scores()
    assert len({row[0] for row in together.values()}) > 2
    dice = random.Random(3)
    for size in (1, 3):
        Score.objects.all().delete()
        monkeypatch.setattr(recompute, "STRETCH", size)
        recompute_accounts(account_ids=dice.sample(accounts, len(accounts)))
        assert scores() == together
    Score.objects.all().delete()
    start_run(actor=None, size=2)
    while claim_and_recompute():
        pass
    assert scores() == together


def test_judging_what_changed_is_judging_everybody() -> None:
    accounts = make_world(6)
    # The feeds are of today before and after: their day is a part of everybody's observations.
    make_usage(accounts[5], days_ago=0, user="old")
    make_ticket(accounts[5], days_ago=0)
    make_touch(accounts[5], days_ago=0)
    recompute_everyone()
    before = scores()
    AccountChange.objects.all().delete()
    make_usage(accounts[0], days_ago=0, events=900, user="new")
    make_ticket(accounts[1], days_ago=1, priority="p1")
    make_touch(accounts[2], days_ago=0, direction="two_way")
    mark_changed(account_ids=[account.pk for account in accounts[:3]], reason="test")
    while claim_and_recompute():
        pass
    incremental = scores()
    assert incremental != before
    recompute_everyone()
    assert scores() == incremental


def test_a_stored_score_is_the_number_of_its_inputs_without_the_number() -> None:
    make_world(8)
    recompute_everyone()
    kept = {row.pk: row for row in Score.objects.all()}
    Score.objects.update(value=None, state="unobserved", band="", coverage=0, attainment=None, components={})
    for row in Score.objects.all():
        model = published_card(row.scorecard_id).model.for_intent(row.overrides.get("intent", ""))
        judged = judge_stored(model, [row.inputs], [row.overrides])
        was = kept[row.pk]
        assert judged.scores[0] == (-1 if was.value is None else int(was.value * 10))
        assert judged.coverage[0] == int(was.coverage * 1000)
        assert judged.attainment[0] == (-1 if was.attainment is None else int(was.attainment * 1000))
        points = {code: judged.points[0, column] for column, code in enumerate(model.codes)}
        assert all(points[code] == stored[1] for code, stored in was.inputs.items())
    assert any(row.value is not None for row in kept.values())
