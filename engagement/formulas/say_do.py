"""What customers say against what they do: two numbers in -1..1 and a place among nine fields. No query, no clock.

Say is the weighted mean of what was said in 180 days, a half-life of 90 days; do is the weighted mean of what is seen
of adoption, replies, attendance and payment, observed when any of it is of the last 30 days.
"""

from dataclasses import dataclass

import numpy as np

from engagement.formulas.scales import Flags, Floats, Integers

SAY_DAYS = 180
HALF_LIFE_DAYS = 90
DO_DAYS = 30
WEAK = 0.2
# A heavy user: so much is done that only a future is missing.
HEAVY = 0.4

# What was said, as a number in -1..1: corners of a piecewise-linear scale, and how much one piece weighs.
SAID: dict[str, tuple[tuple[tuple[float, float], ...], float]] = {
    "nps": (((0, -1.0), (6, -0.3), (7, 0.1), (8, 0.3), (9, 0.7), (10, 1.0)), 1.0),
    "csat": (((1, -1.0), (3, -0.2), (4, 0.5), (5, 1.0)), 0.75),
    "ces": (((1, -1.0), (4, -0.1), (5, 0.3), (7, 1.0)), 0.75),
    "feedback": (((-1, -1.0), (0, 0.0), (1, 1.0)), 0.5),
}
# What is done, in the same way. Adoption is the mean of its three; silence speaks less than a no.
DONE: dict[str, tuple[tuple[float, float], ...]] = {
    "licence_use": ((0, -1.0), (0.2, -0.4), (0.35, 0.0), (0.6, 0.6), (0.9, 1.0)),
    "usage_trend": ((0, -1.0), (0.5, -0.7), (0.8, 0.0), (1, 0.5), (1.3, 1.0)),
    "breadth": ((0, -1.0), (0.3, -0.2), (0.5, 0.2), (0.8, 1.0)),
    "reply_rate": ((0, -0.6), (0.3, 0.0), (0.8, 1.0)),
    "attendance": ((0, -0.6), (0.5, 0.0), (0.9, 1.0)),
    "overdue_days": ((0, 0.5), (1, 0.0), (30, -1.0)),
}
ADOPTION = ("licence_use", "usage_trend", "breadth")
PARTS: dict[str, float] = {"adoption": 8.0, "replies": 1.0, "attendance": 1.0, "payment": 1.0}

ON_TRACK, OFF_TRACK, UNKNOWN = "on_track", "off_track", "unknown"
ADVOCATE, OFF_TARGET, HOLLOW, UNPROVEN = "advocate", "off_target", "hollow_praise", "unproven_praise"
ZOMBIE, LEAVING, GRIEVANCE = "zombie", "leaving", "grievance"
SILENT_USER, FADING, DARK = "silent_user", "fading", "dark"
# Rows: say +, -, unobserved; columns: do +, -, unobserved. `off_target` shares the first field with `advocate`.
BOARD: tuple[tuple[str, str, str], ...] = (
    (ADVOCATE, HOLLOW, UNPROVEN),
    (ZOMBIE, LEAVING, GRIEVANCE),
    (SILENT_USER, FADING, DARK),
)


def on_scale(values: Floats, corners: tuple[tuple[float, float], ...]) -> Floats:
    """Each value on a piecewise-linear scale, clamped at its ends; NaN stays NaN."""
    raw, points = zip(*corners, strict=True)
    made: Floats = np.interp(values, raw, points)
    return np.where(np.isnan(values), np.nan, made)


def say_of(*, size: int, rows: Integers, values: Floats, weights: Floats, ages: Floats) -> Floats:
    """What each of `size` accounts says, -1..1; NaN where nobody said anything in 180 days.

    One entry of `rows` (place of the account), `values` (-1..1), `weights` and `ages` (days) per piece.
    """
    ages = np.maximum(ages, 0.0)
    counts = (ages <= SAY_DAYS) & ~np.isnan(values)
    weight = np.where(counts, weights * 0.5 ** (ages / HALF_LIFE_DAYS), 0.0)
    total = np.bincount(rows, weights=weight, minlength=size)
    summed = np.bincount(rows, weights=weight * np.where(counts, values, 0.0), minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Floats = np.where(total > 0, summed / total, np.nan)
    return np.clip(made, -1.0, 1.0)


def mean_of(columns: list[Floats], weights: list[float]) -> Floats:
    """The weighted mean of what is there, per row; NaN where nothing is."""
    matrix = np.column_stack(columns)
    there = ~np.isnan(matrix)
    weight = np.where(there, np.array(weights), 0.0)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Floats = np.where(total > 0, (np.where(there, matrix, 0.0) * weight).sum(axis=1) / total, np.nan)
    return made


@dataclass(frozen=True, eq=False)
class Deeds:
    """What is seen of each account, NaN where nothing is; `ages` are days since it was seen, for the same keys."""

    values: dict[str, Floats]
    ages: dict[str, Floats]


def parts_of(deeds: Deeds) -> dict[str, Floats]:
    """The four parts of "do" on -1..1, each NaN unless it was seen in the last 30 days."""
    seen = {
        code: np.where(deeds.ages[code] <= DO_DAYS, on_scale(deeds.values[code], corners), np.nan)
        for code, corners in DONE.items()
    }
    return {
        "adoption": mean_of([seen[code] for code in ADOPTION], [1.0] * len(ADOPTION)),
        "replies": seen["reply_rate"],
        "attendance": seen["attendance"],
        "payment": seen["overdue_days"],
    }


def do_of(parts: dict[str, Floats]) -> Floats:
    """What each account does, -1..1; NaN where no part was seen."""
    return mean_of([parts[name] for name in PARTS], list(PARTS.values()))


def goals_of(*, late: Integers, on_track: Integers, reached: Integers, missed: Integers) -> list[str]:
    """The word for an account's goals: one that is late is off track; else one on track, or reached within a year;
    a missed one of half a year alone is off track; nothing of it is unknown."""
    codes = np.select([late > 0, on_track + reached > 0, missed > 0], [1, 0, 1], default=2)
    return [(ON_TRACK, OFF_TRACK, UNKNOWN)[code] for code in codes.tolist()]


def fields_of(*, say: Floats, do: Floats, goals: list[str], has_no_future: Flags) -> list[str]:
    """The field of each account on the board.

    `has_no_future`: no goal, no next meeting, a competitor mentioned. A heavy user of that kind is a zombie, whatever
    was said; nobody whose goals are off track or unknown is an advocate.
    """
    row = np.where(np.isnan(say), 2, np.where(say < 0, 1, 0))
    column = np.where(np.isnan(do), 2, np.where(do < 0, 1, 0))
    heavy = ~np.isnan(do) & (do >= HEAVY)
    made = []
    for place, (across, down) in enumerate(zip(column.tolist(), row.tolist(), strict=True)):
        field = BOARD[down][across]
        if has_no_future[place] and heavy[place]:
            field = ZOMBIE
        elif field == ADVOCATE and goals[place] != ON_TRACK:
            field = OFF_TARGET
        made.append(field)
    return made


def is_weak(say: float | None, do: float | None) -> bool:
    """Whether one of the two numbers is below 0.2 in size."""
    return any(value is not None and abs(value) < WEAK for value in (say, do))


def gap_of(say: float | None, do: float | None) -> str:
    """agree, gap (opposite signs), mixed (one of them is weak) or unknown."""
    if say is None or do is None:
        return "unknown"
    if (say < 0) == (do < 0):
        return "agree"
    return "mixed" if is_weak(say, do) else "gap"
