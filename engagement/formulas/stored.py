"""A past score from what was stored with it, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engagement.formulas.judging import NOTHING, Judgement, Standing, judge
from engagement.formulas.models import Model
from engagement.formulas.scales import Floats, Integers

# Standings of a raw value that was there and valid.
FRESH = frozenset({Standing.FRESH, Standing.KNOWN})
NO_INPUT: tuple[None, int, None, int] = (None, 0, None, Standing.MISSING.value)


def judge_stored(
    model: Model, inputs: Sequence[Mapping[str, Any]], overrides: Sequence[Mapping[str, Any]]
) -> Judgement:
    """Judge stored scores again by a model: their own gives the stored numbers, another what it would have said.

    One entry per account in both: `inputs` is `{measure: [raw, points, observed on, standing]}`, `overrides` as stored
    with the score (`judgements` are read, the exceptions are tried anew). Staleness is as it was stored.
    """
    raw, age = stored_matrix(model.codes, inputs)
    return judge(model, raw, age, manual=manual_matrix(model, [given.get("judgements", {}) for given in overrides]))


def stored_matrix(codes: Sequence[str], inputs: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
    """Raw values and ages, accounts x codes: 0 days for what was valid, endless for what had gone stale."""
    raw = np.full((len(inputs), len(codes)), np.nan)
    age = np.zeros((len(inputs), len(codes)))
    for row, stored in enumerate(inputs):
        for column, code in enumerate(codes):
            value, _points, _day, standing = stored.get(code, NO_INPUT)
            if value is not None:
                raw[row, column] = value
                age[row, column] = 0.0 if standing in FRESH else np.inf
    return raw, age


def manual_matrix(model: Model, judgements: Sequence[Mapping[str, Sequence[int]]]) -> Integers | None:
    """What people judged, accounts x components + 1 (the whole score comes last), in hundredths; None: nothing.

    `judgements` is `{component, or "" for the score: [judgement, hundredths]}` per account.
    """
    if not any(judgements):
        return None
    places = {rule.code: column for column, rule in enumerate(model.components)}
    places[""] = len(places)
    manual = np.full((len(judgements), len(places)), NOTHING, dtype=np.int64)
    for row, given in enumerate(judgements):
        for component, (_key, hundredths) in given.items():
            if component in places:
                manual[row, places[component]] = hundredths
    return manual
