"""A review with its numbers, before it is drawn: preview, PDF and PowerPoint show the same words and figures."""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Number:
    """A figure that matters, in words."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: its value, and where it should be (`goal`), if anywhere."""

    label: str
    value: float
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from 0; `high` fixes the end of the axis. `goal_name` names the second series where rows have goals."""

    title: str
    unit: str
    name: str
    rows: tuple[Row, ...]
    high: float | None = None
    goal_name: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """Values over days; None is a gap."""

    title: str
    unit: str
    name: str
    points: tuple[tuple[dt.date, int | None], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: what, what more, and a short word at its end."""

    text: str
    sub: str = ""
    mark: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A headed list; `more` says how many did not find room."""

    title: str
    lines: tuple[Line, ...]
    more: str = ""
    is_quotes: bool = False


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide. `empty` is said where there is nothing to show; `notes` never reach the PDF."""

    name: str
    title: str
    numbers: tuple[Number, ...] = ()
    chart: Bars | Trend | None = None
    blocks: tuple[Block, ...] = ()
    empty: str = ""
    text: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """All slides of one account, worded in `language`."""

    account: str
    company: str
    title: str
    period: str
    made: str
    language: str
    confidential: str
    slides: tuple[Slide, ...]

    @property
    def is_long(self) -> bool:
        """Whether the name needs smaller letters on the cover."""
        return width_of(self.account) > 44


def by_week(points: Sequence[tuple[dt.date, int | None]]) -> tuple[tuple[dt.date, int | None], ...]:
    """Days added up to weeks that end on the last day; a week with an unobserved day is None unless others count."""
    weeks: list[tuple[dt.date, int | None]] = []
    for end in range(len(points), 0, -7):
        part = points[max(end - 7, 0) : end]
        seen = [value for _day, value in part if value is not None]
        weeks.append((part[-1][0], sum(seen) if seen and len(part) == 7 else None))
    return tuple(reversed(weeks))


def relative_change(*, before: Decimal, after: Decimal) -> int | None:
    """Change in whole percent of the start; None from 0."""
    return None if not before else round(100 * (after - before) / abs(before))


def is_better(*, baseline: Decimal, target: Decimal | None, current: Decimal) -> bool:
    """Whether the value moved towards the target (without a target: at all)."""
    if target is None:
        return current != baseline
    return (current - baseline) * (target - baseline) > 0


def width_of(text: str) -> int:
    """Half-widths that a text takes: Chinese, Japanese and Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def clip(text: str, most: int) -> str:
    """A text of at most `most` half-widths on one line, cut at a letter with an ellipsis."""
    text = " ".join(text.split())
    if width_of(text) <= most:
        return text
    kept, room = "", most - 1
    for letter in text:
        room -= width_of(letter)
        if room < 0:
            break
        kept += letter
    return kept.rstrip() + "…"
