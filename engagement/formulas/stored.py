"""A past score from what was stored with it, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from operator import itemgetter
from typing import Any

import numpy as np

from engagement.formulas.judging import COUNTED, NOTHING, Judgement, Standing, judge
from engagement.formulas.ledger import Part, split_moves
from engagement.formulas.models import Model
from engagement.formulas.scales import Floats, Integers

# Standings of a raw value that was there and valid.
FRESH = (Standing.FRESH.value, Standing.KNOWN.value)
TAKES_PART = tuple(standing.value for standing in COUNTED)
NOT_STORED = -1
# Of a stored input: `[raw, points, observed on, standing]`.
_RAW, _STANDING = itemgetter(0), itemgetter(3)


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
    raw, standing = stored_cells(codes, inputs)
    return raw, np.where(np.isnan(raw) | np.isin(standing, FRESH), 0.0, np.inf)


def stored_cells(codes: Sequence[str], inputs: Sequence[Mapping[str, Any]]) -> tuple[Floats, Integers]:
    """Raw values (NaN: none) and standings (-1: the measure is not among the inputs), accounts x codes."""
    places = {code: column for column, code in enumerate(codes)}
    columns = np.fromiter(map(places.get, chain.from_iterable(inputs), repeat(NOT_STORED)), dtype=np.int64)
    rows = np.repeat(np.arange(len(inputs)), np.fromiter(map(len, inputs), dtype=np.int64))
    cells = list(chain.from_iterable(stored.values() for stored in inputs))
    is_asked = columns != NOT_STORED
    where = rows[is_asked], columns[is_asked]
    raw = np.full((len(inputs), len(codes)), np.nan)
    standing = np.full(raw.shape, NOT_STORED, dtype=np.int64)
    raw[where] = np.array(list(map(_RAW, cells)), dtype=np.float64)[is_asked]  # None becomes NaN
    standing[where] = np.fromiter(map(_STANDING, cells), dtype=np.int64)[is_asked]
    return raw, standing


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
    old_raw, standing = stored_cells(codes, [old.inputs])
    points = np.array(
        [[measure.scale.hundredths(old_raw[:, column])[0] for column, measure in enumerate(model.measures)]]
    )
    added = np.array([[is_new_model and code not in old_codes for code in codes]], dtype=np.bool_)
    (parts,) = split_moves(
        weights=model.weights,
        old_points=np.where(added, judged.points, points),
        old_present=np.isin(standing, TAKES_PART) | (added & judged.present),
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
