"""A past score from what was stored with it, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engagement.formulas.judging import COUNTED, NOTHING, Judgement, Standing, judge
from engagement.formulas.ledger import Part, split_moves
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


@dataclass(frozen=True)
class StoredScore:
    """What a score was made of; `tenths` is its number, None for none."""

    tenths: int | None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def formula(self) -> int | None:
        """The number that the measures alone gave, in tenths; None for none."""
        tenths: int | None = self.overrides.get("formula", self.tenths)
        return tenths


def split_stored(
    model: Model, old: StoredScore, new: StoredScore, *, is_new_model: bool, old_codes: frozenset[str]
) -> tuple[Part, ...]:
    """The move between any two stored scores of an account, on the axis of the newer one's model.

    `old_codes` are the measures of the older one's model: what only the newer model has comes in with the model.
    """
    codes = model.codes
    raw, age = stored_matrix(codes, [new.inputs])
    judged = judge(model, raw, age)
    old_raw, _age = stored_matrix(codes, [old.inputs])
    points = np.array(
        [[measure.scale.hundredths(old_raw[:, column])[0] for column, measure in enumerate(model.measures)]]
    )
    present = np.array([[old.inputs.get(code, NO_INPUT)[3] in COUNTED for code in codes]], dtype=np.bool_)
    added = np.array([[is_new_model and code not in old_codes for code in codes]], dtype=np.bool_)
    (parts,) = split_moves(
        weights=model.weights,
        old_points=np.where(added, judged.points, points),
        old_present=present | (added & judged.present),
        new_points=judged.points,
        new_present=judged.present,
        old_tenths=_number(old.tenths),
        new_tenths=_number(new.tenths),
        is_new_model=np.array([is_new_model]),
        old_formula=_number(old.formula),
        new_formula=_number(new.formula),
    )
    return parts


def _number(tenths: int | None) -> Integers:
    return np.array([NOTHING if tenths is None else tenths])
