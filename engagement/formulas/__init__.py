"""How raw values become a score: pure functions of numbers, arrays in and arrays out, no database.

Rows are accounts, columns are measures. All sums are taken over integers (points in hundredths, weights in millionths),
so that the order of measures or accounts never changes a digit and a stored judgement can be recomputed exactly.
"""

from engagement.formulas.exceptions import Effect, ExceptionRule, RawTest
from engagement.formulas.judging import Judgement, State, attain, judge
from engagement.formulas.ledger import KINDS, Moves, Part, PartKind, split_columns, split_moves
from engagement.formulas.models import Band, ComponentRule, MeasureRule, Model, build_model
from engagement.formulas.scales import Scale, ScaleError, read_scale
from engagement.formulas.stored import judge_stored

__all__ = [
    "KINDS",
    "Band",
    "ComponentRule",
    "Effect",
    "ExceptionRule",
    "Judgement",
    "MeasureRule",
    "Model",
    "Moves",
    "Part",
    "PartKind",
    "RawTest",
    "Scale",
    "ScaleError",
    "State",
    "attain",
    "build_model",
    "judge",
    "judge_stored",
    "read_scale",
    "split_columns",
    "split_moves",
]
