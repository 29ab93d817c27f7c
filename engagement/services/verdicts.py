"""From readings to verdicts: pure work on a batch, between the reads and the writes of a recompute."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import orjson

from engagement.formulas import KINDS, Judgement, Model, Moves, State, judge, split_columns
from engagement.formulas.judging import NOTHING
from engagement.formulas.scales import Flags, Floats, Integers
from engagement.formulas.stored import NOT_STORED, TAKES_PART, manual_matrix, stored_cells
from engagement.models import Score
from engagement.selectors.history import Bases
from engagement.selectors.judgements import Judgements
from engagement.selectors.readings import Readings

STATES = {State.UNOBSERVED: Score.State.UNOBSERVED, State.HOLLOW: Score.State.HOLLOW, State.SCORED: Score.State.SCORED}


@dataclass(frozen=True, eq=False)
class Verdicts:
    """A judged batch as columns, ready to be stored. Scores in tenths, shares in thousandths, -1: none; the four last
    are JSON."""

    account_ids: list[int]
    scorecard_ids: list[int]
    scores: list[int]
    coverage: list[int]
    states: list[str]
    bands: list[str]
    attainment: list[int]
    inputs: list[str]
    components: list[str]
    ledgers: list[str]
    overrides: list[str]

    def __len__(self) -> int:
        return len(self.account_ids)


def judge_accounts(
    *,
    readings: Readings,
    models: Mapping[int, Model],
    bases: Bases,
    known_codes: Mapping[int, frozenset[str]],
    judgements: Mapping[int, Judgements],
    skip: Iterable[int] = (),
) -> Verdicts:
    """Judge each account by its model; `known_codes`: the measures of the scorecards that the bases were judged by.

    `judgements` are what people judged by hand, of the accounts that have any. Accounts to `skip` get no verdict.
    """
    left_out = set(skip)
    groups: dict[tuple[int, str], list[int]] = {}
    for row, account_id in enumerate(readings.account_ids):
        if account_id not in left_out:
            model = models[account_id]
            groups.setdefault((model.version, model.intent), []).append(row)
    found = [
        _judge_group(
            readings,
            models[readings.account_ids[rows[0]]],
            np.array(rows),
            bases,
            known_codes=known_codes,
            judgements=judgements,
        )
        for rows in groups.values()
    ]
    columns = [field.name for field in fields(Verdicts)]
    return Verdicts(**{name: [cell for part in found for cell in getattr(part, name)] for name in columns})


def _judge_group(
    readings: Readings,
    model: Model,
    rows: Integers,
    bases: Bases,
    *,
    known_codes: Mapping[int, frozenset[str]],
    judgements: Mapping[int, Judgements],
) -> Verdicts:
    raw, age = (matrix[rows] for matrix in readings.matrix(model.codes))
    days = np.column_stack([readings.days[code] for code in model.codes])[rows]
    account_ids = [readings.account_ids[row] for row in rows.tolist()]
    by_hand = [judgements.get(account_id, {}) for account_id in account_ids]
    judged = judge(model, raw, age, manual=manual_matrix(model, by_hand))
    before = bases.of(account_ids)
    states = {number.value: word for number, word in STATES.items()}
    slugs = [*(band.slug for band in model.bands), ""]
    return Verdicts(
        account_ids=account_ids,
        scorecard_ids=[model.version] * len(account_ids),
        scores=judged.scores.tolist(),
        coverage=judged.coverage.tolist(),
        states=[states[state] for state in judged.states.tolist()],
        bands=[slugs[band] for band in judged.bands.tolist()],
        attainment=judged.attainment.tolist(),
        inputs=_inputs(model.codes, raw, judged.points, days, judged.standing),
        components=_components(model, judged.components),
        ledgers=_ledgers(model.codes, before, _split(model, judged, before, known_codes)),
        overrides=_overrides(model, judged, by_hand),
    )


def _inputs(codes: Sequence[str], raw: Floats, points: Integers, days: Floats, standing: Integers) -> list[str]:
    """What the scores were made of; measures without any value are left out."""
    ordinals = np.where(np.isnan(days), 0, days).astype(np.int64)
    dates = {day: dt.date.fromordinal(day).isoformat() if day else None for day in np.unique(ordinals).tolist()}
    columns = [
        zip(
            raw[:, column].tolist(),  # NaN becomes null
            points[:, column].tolist(),
            [dates[day] for day in ordinals[:, column].tolist()],
            standing[:, column].tolist(),
            strict=True,
        )
        for column in range(len(codes))
    ]
    return [
        orjson.dumps({code: cell for code, cell in zip(codes, cells, strict=True) if cell[3]}).decode()
        for cells in zip(*columns, strict=True)
    ]


def _components(model: Model, components: Integers) -> list[str]:
    codes = [rule.code for rule in model.components]
    return [
        orjson.dumps({code: actual for code, actual in zip(codes, row, strict=True) if actual != NOTHING}).decode()
        for row in components.tolist()
    ]


def _split(model: Model, judged: Judgement, before: Bases, known_codes: Mapping[int, frozenset[str]]) -> Moves:
    """The move of each account since its base, on the axis of the new model."""
    codes = model.codes
    has_number = before.scores != NOTHING
    is_new_model: Flags = has_number & (before.scorecard_ids != model.version)
    inputs = [stored if counts else {} for stored, counts in zip(before.inputs, has_number.tolist(), strict=True)]
    old_raw, standing = stored_cells(codes, inputs)
    old_present: Flags = np.isin(standing, TAKES_PART)
    added: Flags = np.zeros(old_raw.shape, dtype=np.bool_)
    if is_new_model.any():
        known = [known_codes.get(card, frozenset()) for card in before.scorecard_ids.tolist()]
        for column, code in enumerate(codes):
            is_unknown = np.array([code not in of_card for of_card in known])
            added[:, column] = is_new_model & (standing[:, column] == NOT_STORED) & is_unknown
    old_points = np.zeros(old_raw.shape, dtype=np.int64)
    for column, measure in enumerate(model.measures):
        old_points[:, column] = measure.scale.hundredths(old_raw[:, column])
    # A measure that only the new model has comes in with the model, at its present value.
    old_points = np.where(added, judged.points, old_points)
    return split_columns(
        weights=model.weights,
        old_points=old_points,
        old_present=old_present | (added & judged.present),
        new_points=judged.points,
        new_present=judged.present,
        old_tenths=before.scores,
        new_tenths=judged.scores,
        is_new_model=is_new_model,
        old_formula=np.where(has_number, before.formulas, NOTHING),
        new_formula=judged.formula,
    )


def _ledgers(codes: Sequence[str], before: Bases, moves: Moves) -> list[str]:
    """`{"since": day, "from": tenths, "parts": [[kind, measure, tenths], ...]}` per account."""
    heads = [f'"{kind}","{code}"' for kind in KINDS for code in (*codes, "")]
    wide = len(codes) + 1
    places = moves.kinds * wide + np.where(moves.columns < 0, len(codes), moves.columns)
    parts = [f"[{heads[place]},{tenths}]" for place, tenths in zip(places.tolist(), moves.tenths.tolist(), strict=True)]
    return [
        f'{{"since":{since},"from":{"null" if tenths == NOTHING else tenths},"parts":[{",".join(parts[start:end])}]}}'
        for since, tenths, (start, end) in zip(
            before.since(), before.scores.tolist(), pairwise(moves.starts.tolist()), strict=True
        )
    ]


def _overrides(model: Model, judged: Judgement, by_hand: Sequence[Judgements]) -> list[str]:
    """What stands above the formula, as `Score.overrides` has it; empty where nothing does."""
    plain = json.dumps({"intent": model.intent}) if model.intent else "{}"
    found = [plain] * len(by_hand)
    ruled = np.flatnonzero((judged.rules != NOTHING).any(axis=1)).tolist()
    for row in sorted({*ruled, *(row for row, given in enumerate(by_hand) if given)}):
        found[row] = json.dumps(_override(model, judged, row, by_hand[row]), separators=(",", ":"))
    return found


def _override(model: Model, judged: Judgement, row: int, by_hand: Judgements) -> dict[str, Any]:
    formula = int(judged.formula[row])
    found: dict[str, Any] = {"intent": model.intent} if model.intent else {}
    found["formula"] = None if formula == NOTHING else formula
    rules = [
        [rule.key, int(after)]
        for rule, after in zip(model.exceptions, judged.rules[row], strict=True)
        if after != NOTHING
    ]
    if rules:
        found["rules"] = rules
    if by_hand:
        found["judgements"] = {component: list(given) for component, given in sorted(by_hand.items())}
    return found
