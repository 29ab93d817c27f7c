"""Numbers as systems write them: 1,234.50, 1.234,50, 1 234,50, $1,200, 12 %. What is unclear is asked."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from django.utils.translation import gettext as _

from accounts.services.imports.problems import ImportProblem, Question

POINT, COMMA = "point", "comma"
STYLES = (POINT, COMMA)
_MONEY = re.compile(r"[\s\u00a0\u202f'’]|^[A-Z]{3}|[A-Z]{3}$|[$€£¥]|kr\.?", re.I)
_POINT = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d{1,3})?", re.I)
_COMMA = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)?(?:,\d*)?")


class UnreadableNumber(ValueError):
    """The text is no number."""


@lru_cache(maxsize=50_000)
def parse_number(text: str, style: str = POINT) -> Decimal:
    """The number; `style` says whether its decimals follow a point or a comma. Raises UnreadableNumber."""
    bare = _bare(text)
    if not (_COMMA if style == COMMA else _POINT).fullmatch(bare):
        raise UnreadableNumber(text)
    plain = bare.replace(".", "").replace(",", ".") if style == COMMA else bare.replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise UnreadableNumber(text) from error
    if not number.is_finite() or abs(number) >= Decimal("1e15"):
        raise UnreadableNumber(text)
    return number


def _bare(text: str) -> str:
    bare = _MONEY.sub("", text.strip())
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    return bare.replace("−", "-").removesuffix("%")


@lru_cache(maxsize=50_000)
def styles_that_fit(text: str) -> tuple[str, ...] | None:
    """Which styles can read the text with different results; None when both agree or it is no number."""
    values: dict[str, Decimal] = {}
    for style in STYLES:
        try:
            values[style] = parse_number(text, style)
        except UnreadableNumber:
            continue
    if not values or (len(values) == 2 and values[POINT] == values[COMMA]):
        return None
    return tuple(values)


@dataclass
class NumberTally:
    """What a whole column says about its decimal sign; keeps the first example of each."""

    examples: dict[tuple[str, ...], tuple[int, str]] = field(default_factory=dict)

    def add(self, number: int, text: str) -> None:
        fits = styles_that_fit(text)
        if fits and fits not in self.examples:
            self.examples[fits] = (number, text)

    def style(self) -> str:
        """The one style that fits every cell that decides. Raises ImportProblem when cells contradict each other."""
        points, commas = self.examples.get((POINT,)), self.examples.get((COMMA,))
        if points and commas:
            raise ImportProblem(
                _("%(point)r on line %(point_line)d has a point, %(comma)r on line %(comma_line)d a comma for decimals")
                % {"point": points[1], "point_line": points[0], "comma": commas[1], "comma_line": commas[0]}
            )
        return COMMA if commas else POINT

    def is_open(self) -> bool:
        """Some cell means a thousand times more in one style than in the other, and none decides."""
        return STYLES in self.examples and len(self.examples) == 1

    def question(self, column: str) -> Question:
        line, example = self.examples[STYLES]
        text = _(
            "%(column)s: %(example)s (line %(line)d) can have a decimal sign or a thousands separator, and so can "
            "every other number of the column. Say which with decimal: point or comma."
        ) % {"column": column, "example": example, "line": line}
        return Question(column, "decimal", text, example, line)
