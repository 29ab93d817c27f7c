"""A scorecard tried on one account: its number beside the one in force, nothing stored."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from accounts.models import Account
from engagement.formulas import Judgement, Model, judge
from engagement.formulas.judging import NOTHING
from engagement.formulas.stored import manual_matrix
from engagement.models import Component
from engagement.selectors.judgements import judgements_for
from engagement.selectors.moments import moment_of
from engagement.selectors.readings import read_measures
from engagement.selectors.scorecards import models_for


@dataclass(frozen=True)
class TrialLine:
    """A number before and after; None: unobserved, or not part of that scorecard."""

    label: str
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class CardTrial:
    """`rules` are the places of the exceptions that held, with the number after each."""

    account: Account
    score: TrialLine
    components: tuple[TrialLine, ...]
    bands: tuple[str, str]
    coverage: tuple[Decimal, Decimal]
    rules: tuple[tuple[int, Decimal], ...]


def try_card(*, account: Account, model: Model) -> CardTrial:
    """Judge the account by what is in force and by `model`, from the same facts of this moment."""
    moment = moment_of()
    readings = read_measures(account_ids=[account.pk], moment=moment)
    present = models_for([account.pk], moment)[account.pk]
    by_hand = judgements_for([account.pk], moment).get(account.pk, {})
    wanted = model.for_intent(account.intent)
    judged: list[Judgement] = []
    for one in (present, wanted):
        raw, age = readings.matrix(one.codes)
        judged.append(judge(one, raw, age, manual=manual_matrix(one, [by_hand])))
    before, after = judged
    actual = [
        {rule.code: _tenths(found.components[0, place]) for place, rule in enumerate(one.components)}
        for one, found in zip((present, wanted), judged, strict=True)
    ]
    return CardTrial(
        account=account,
        score=TrialLine("", _tenths(before.scores[0]), _tenths(after.scores[0])),
        components=tuple(
            TrialLine(str(component.label), *(one.get(component.value) for one in actual))
            for component in Component
            if any(component.value in one for one in actual)
        ),
        bands=(_band(present, before), _band(wanted, after)),
        coverage=(Decimal(int(before.coverage[0])) / 1000, Decimal(int(after.coverage[0])) / 1000),
        rules=tuple(
            (place, Decimal(int(tenths)) / 10) for place, tenths in enumerate(after.rules[0]) if tenths != NOTHING
        ),
    )


def _band(model: Model, judged: Judgement) -> str:
    return model.bands[judged.bands[0]].slug if judged.bands[0] != NOTHING else ""


def _tenths(value: np.int64) -> Decimal | None:
    return None if value == NOTHING else Decimal(int(value)) / 10
