"""From readings to verdicts: pure work on a batch, between the reads and the writes of a recompute."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from engagement.formulas import Judgement, Model, Part, State, judge, split_moves
from engagement.formulas.judging import COUNTED, NOTHING
from engagement.formulas.scales import Flags, Integers
from engagement.formulas.stored import manual_matrix
from engagement.models import Score
from engagement.selectors.history import BaseScore
from engagement.selectors.judgements import Judgements
from engagement.selectors.readings import Readings

# Standings from here on take part in the score (`COUNTED`, as plain numbers).
LEAST_COUNTED = min(COUNTED).value

STATES = {State.UNOBSERVED: Score.State.UNOBSERVED, State.HOLLOW: Score.State.HOLLOW, State.SCORED: Score.State.SCORED}


@dataclass(frozen=True)
class Verdict:
    """The judgement of one account, ready to be stored; the four last are JSON."""

    account_id: int
    scorecard_id: int
    value: Decimal | None
    coverage: Decimal
    state: str
    band: str
    attainment: Decimal | None
    inputs: str
    components: str
    ledger: str
    overrides: str


def judge_accounts(
    *,
    readings: Readings,
    models: Mapping[int, Model],
    bases: Mapping[int, BaseScore],
    known_codes: Mapping[int, frozenset[str]],
    judgements: Mapping[int, Judgements],
) -> list[Verdict]:
    """Judge each account by its model; `known_codes`: the measures of the scorecards that the bases were judged by.

    `judgements` are what people judged by hand, of the accounts that have any.
    """
    groups: dict[tuple[int, str], list[int]] = {}
    for row, account_id in enumerate(readings.account_ids):
        model = models[account_id]
        groups.setdefault((model.version, model.intent), []).append(row)
    verdicts: list[Verdict] = []
    for rows in groups.values():
        model = models[readings.account_ids[rows[0]]]
        verdicts.extend(
            _judge_group(readings, model, np.array(rows), bases, known_codes=known_codes, judgements=judgements)
        )
    return verdicts


def _judge_group(
    readings: Readings,
    model: Model,
    rows: Integers,
    bases: Mapping[int, BaseScore],
    *,
    known_codes: Mapping[int, frozenset[str]],
    judgements: Mapping[int, Judgements],
) -> list[Verdict]:
    raw, age = (matrix[rows] for matrix in readings.matrix(model.codes))
    days = np.column_stack([readings.days[code] for code in model.codes])[rows]
    account_ids = [readings.account_ids[row] for row in rows]
    by_hand = [judgements.get(account_id, {}) for account_id in account_ids]
    judged = judge(model, raw, age, manual=manual_matrix(model, by_hand))
    before = [bases.get(account_id) for account_id in account_ids]
    ledgers = _split(model, judged, before, known_codes)
    codes = model.codes
    raws, points, observed, standings = (matrix.tolist() for matrix in (raw, judged.points, days, judged.standing))
    return [
        Verdict(
            account_id=account_id,
            scorecard_id=model.version,
            value=_tenths(judged.scores[index]),
            coverage=Decimal(int(judged.coverage[index])) / 1000,
            state=STATES[State(int(judged.states[index]))],
            band=model.bands[judged.bands[index]].slug if judged.bands[index] != NOTHING else "",
            attainment=None if judged.attainment[index] == NOTHING else Decimal(int(judged.attainment[index])) / 1000,
            inputs=json.dumps(
                _inputs(codes, raws[index], points[index], observed[index], standings[index]), separators=(",", ":")
            ),
            components=json.dumps(
                {
                    rule.code: int(actual)
                    for rule, actual in zip(model.components, judged.components[index], strict=True)
                    if actual != NOTHING
                },
                separators=(",", ":"),
            ),
            ledger=json.dumps(_ledger(codes, before[index], ledgers[index]), separators=(",", ":")),
            overrides=json.dumps(_overrides(model, judged, index, by_hand[index]), separators=(",", ":")),
        )
        for index, account_id in enumerate(account_ids)
    ]


def _tenths(value: Any) -> Decimal | None:
    return None if value == NOTHING else Decimal(int(value)) / 10


def _inputs(
    codes: Sequence[str], raw: list[float], points: list[int], days: list[float], standing: list[int]
) -> dict[str, list[Any]]:
    """What the score was made of; measures without any value are left out."""
    return {
        code: [
            None if value != value else value,  # noqa: PLR0124 NaN is the only number that differs from itself
            points[column],
            None if days[column] != days[column] else _iso(int(days[column])),
            standing[column],
        ]
        for column, (code, value) in enumerate(zip(codes, raw, strict=True))
        if standing[column]
    }


@lru_cache(maxsize=4096)
def _iso(ordinal: int) -> str:
    return dt.date.fromordinal(ordinal).isoformat()


def _split(
    model: Model,
    judged: Judgement,
    before: Sequence[BaseScore | None],
    known_codes: Mapping[int, frozenset[str]],
) -> list[tuple[Part, ...]]:
    """The move of each account since its base, on the axis of the new model."""
    codes, shape = model.codes, judged.points.shape
    old_raw = np.full(shape, np.nan)
    old_present: Flags = np.zeros(shape, dtype=np.bool_)
    added: Flags = np.zeros(shape, dtype=np.bool_)
    old_tenths = np.full(shape[0], NOTHING, dtype=np.int64)
    old_formula = np.full(shape[0], NOTHING, dtype=np.int64)
    is_new_model: Flags = np.zeros(shape[0], dtype=np.bool_)
    for row, base in enumerate(before):
        if base is None or base.value is None:
            continue
        old_tenths[row] = int(base.value * 10)
        old_formula[row] = NOTHING if base.formula is None else base.formula
        is_new_model[row] = base.scorecard_id != model.version
        for column, code in enumerate(codes):
            stored = base.inputs.get(code)
            if stored is not None:
                old_raw[row, column] = np.nan if stored[0] is None else stored[0]
                old_present[row, column] = stored[3] >= LEAST_COUNTED
            elif is_new_model[row] and code not in known_codes.get(base.scorecard_id, frozenset()):
                added[row, column] = True
    old_points = np.zeros(shape, dtype=np.int64)
    for column, measure in enumerate(model.measures):
        old_points[:, column] = measure.scale.hundredths(old_raw[:, column])
    # A measure that only the new model has comes in with the model, at its present value.
    old_points = np.where(added, judged.points, old_points)
    return split_moves(
        weights=model.weights,
        old_points=old_points,
        old_present=old_present | (added & judged.present),
        new_points=judged.points,
        new_present=judged.present,
        old_tenths=old_tenths,
        new_tenths=judged.scores,
        is_new_model=is_new_model,
        old_formula=old_formula,
        new_formula=judged.formula,
    )


def _overrides(model: Model, judged: Judgement, row: int, by_hand: Judgements) -> dict[str, Any]:
    """What stands above the formula, as `Score.overrides` has it; empty where nothing does."""
    rules = [
        [rule.key, int(after)]
        for rule, after in zip(model.exceptions, judged.rules[row], strict=True)
        if after != NOTHING
    ]
    found: dict[str, Any] = {"intent": model.intent} if model.intent else {}
    if rules or by_hand:
        formula = int(judged.formula[row])
        found["formula"] = None if formula == NOTHING else formula
        if rules:
            found["rules"] = rules
        if by_hand:
            found["judgements"] = {component: list(given) for component, given in sorted(by_hand.items())}
    return found


def _ledger(codes: Sequence[str], base: BaseScore | None, parts: tuple[Part, ...]) -> dict[str, Any]:
    return {
        "since": base.as_of.isoformat() if base else None,
        "from": int(base.value * 10) if base and base.value is not None else None,
        "parts": [[part.kind.value, codes[part.column] if part.column >= 0 else "", part.tenths] for part in parts],
    }
