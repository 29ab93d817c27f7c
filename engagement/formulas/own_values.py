"""What a formula of an own measure gives: for arrays of accounts, and in words with the numbers put in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from django.utils.translation import gettext as _

from engagement.formulas.own import Catalogue, Column, Constant, Figure, Node, Operation
from engagement.formulas.scales import Floats

# What is larger than a stored value can be is no value.
MOST = 1e11
_SIGNS = {"plus": " + ", "minus": " \N{MINUS SIGN} ", "times": " × ", "divide": " ÷ "}
_LEVELS = {"plus": 1, "minus": 1, "times": 2, "divide": 2}
_ATOM = 3


def evaluate(node: Node, columns: Mapping[Figure, Column], size: int) -> Column:
    """The formula for `size` accounts from the columns of its figures.

    The day is that of the oldest figure that took part. Never infinite: what has no number is NaN.
    """
    with np.errstate(all="ignore"):
        found = _evaluate(node, columns, size)
        fine = np.isfinite(found.values) & (np.abs(found.values) < MOST)
    return Column(np.where(fine, found.values, np.nan), np.where(fine, found.days, np.nan))


def _evaluate(node: Node, columns: Mapping[Figure, Column], size: int) -> Column:
    if isinstance(node, Figure):
        return columns[node]
    if isinstance(node, Constant):
        return Column(np.full(size, node.number), np.full(size, np.nan))
    parts = [_evaluate(part, columns, size) for part in node.parts]
    first, rest = parts[0], parts[1:]
    if node.operator == "if_missing":
        is_missing = np.isnan(first.values)
        return Column(
            np.where(is_missing, rest[0].values, first.values), np.where(is_missing, rest[0].days, first.days)
        )
    values, days = first.values, first.days
    if node.operator == "clamp":
        return Column(_clamp(values, node), days)
    for part in rest:
        values, days = _combine(node.operator, values, part.values), np.fmin(days, part.days)
    return Column(values, days)


def _clamp(values: Floats, node: Operation) -> Floats:
    if node.low is not None:
        values = np.maximum(values, node.low)
    return values if node.high is None else np.minimum(values, node.high)


def _combine(operator: str, left: Floats, right: Floats) -> Floats:
    if operator == "plus":
        return left + right
    if operator == "minus":
        return left - right
    if operator == "times":
        return left * right
    if operator == "divide":
        return np.where(right == 0, np.nan, left / np.where(right == 0, 1.0, right))
    return np.minimum(left, right) if operator == "least" else np.maximum(left, right)


def value_of(node: Node, values: Mapping[Figure, float | None]) -> float | None:
    """The formula of one account; None: it has no value."""
    columns = {
        figure: Column(np.array([np.nan if value is None else value]), np.array([np.nan]))
        for figure, value in values.items()
    }
    found = float(evaluate(node, columns, 1).values[0])
    return None if np.isnan(found) else found


def describe(node: Node, catalogue: Catalogue) -> str:
    """The formula as a sentence: “Tickets opened in the last 30 days ÷ active users in the last 28 days”."""
    text = _words(node, lambda figure: describe_figure(figure, catalogue))[0]
    return text[:1].upper() + text[1:]


def explain(node: Node, values: Mapping[Figure, float | None]) -> str:
    """The formula with the numbers of one account put in: “12 ÷ 4 = 3”; of a stand-in, what was taken."""
    text = _words(_taken(node, values), lambda figure: _plain(values.get(figure)))[0]
    found = value_of(node, values)
    if isinstance(node, Figure):
        return text if found is not None else _("It is not known.")
    if found is None:
        return _("%(formula)s has no value.") % {"formula": text}
    return _("%(formula)s = %(value)s") % {"formula": text, "value": _plain(found)}


def _taken(node: Node, values: Mapping[Figure, float | None]) -> Node:
    """The formula without stand-ins: of each, the part that counts for these values."""
    if not isinstance(node, Operation):
        return node
    if node.operator == "if_missing":
        first, instead = node.parts
        return _taken(first if value_of(first, values) is not None else instead, values)
    return replace(node, parts=tuple(_taken(part, values) for part in node.parts))


def describe_figure(figure: Figure, catalogue: Catalogue) -> str:
    """One figure: “tickets opened (P1 urgent) in the last 30 days”."""
    spec = catalogue.get(figure.name)
    if spec is None:
        return figure.name
    said, named = spec.said, dict(figure.where)
    chosen = []
    for one in spec.narrowings:
        words = dict(one.choices or ())
        values = ", ".join(words.get(value, value) for value in named.get(one.key, ()))
        if values and f"%({one.key})s" in said:
            said = said.replace(f"%({one.key})s", values)
        elif values:
            chosen.append(values)
    for one in spec.narrowings:
        said = said.replace(f"%({one.key})s", "…")
    if chosen:
        said = f"{said} ({'; '.join(chosen)})"
    if figure.days is None:
        return said
    if figure.days == 1:
        return _("%(said)s in the last day") % {"said": said}
    return _("%(said)s in the last %(days)d days") % {"said": said, "days": figure.days}


def _words(node: Node, say: Callable[[Figure], str]) -> tuple[str, int]:
    """Words and how tightly they bind."""
    if isinstance(node, Figure):
        return say(node), _ATOM
    if isinstance(node, Constant):
        return _plain(node.number), _ATOM if node.number >= 0 else 1
    parts = [_words(part, say) for part in node.parts]
    if node.operator in _SIGNS:
        return _signed(node.operator, parts), _LEVELS[node.operator]
    texts = [text for text, _level in parts]
    if node.operator == "clamp":
        return _clamp_words(texts[0], node), 1
    if node.operator == "if_missing":
        return _("%(value)s (where it is not known: %(other)s)") % {"value": _braced(parts[0]), "other": texts[1]}, 2
    words = _("the smaller of %(parts)s") if node.operator == "least" else _("the larger of %(parts)s")
    return words % {"parts": _(" and ").join(_braced(part) for part in parts)}, 1


def _signed(operator: str, parts: Sequence[tuple[str, int]]) -> str:
    level = _LEVELS[operator]
    is_strict = operator in ("minus", "divide")
    shown = []
    for number, (text, binds) in enumerate(parts):
        loose = binds <= level if number and is_strict else binds < level
        # A product under a division line, and a quotient in a product, read better with brackets.
        loose = loose or (operator == "times" and binds == level)
        shown.append(f"({text})" if loose else text)
    return _SIGNS[operator].join(shown)


def _clamp_words(text: str, node: Operation) -> str:
    if node.high is None:
        return _("%(value)s, at least %(low)s") % {"value": text, "low": _plain(node.low)}
    if node.low is None:
        return _("%(value)s, at most %(high)s") % {"value": text, "high": _plain(node.high)}
    values = {"value": text, "low": _plain(node.low), "high": _plain(node.high)}
    return _("%(value)s, at least %(low)s and at most %(high)s") % values


def _braced(part: tuple[str, int]) -> str:
    text, binds = part
    return text if binds == _ATOM else f"({text})"


def _plain(value: float | None) -> str:
    """A number with at most two decimals; four below one hundredth."""
    if value is None:
        return _("not known")
    text = f"{value:,.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:,.4f}"
    text = (text.rstrip("0").rstrip(".") or "0").replace("-", "\N{MINUS SIGN}")
    return "0" if text == "\N{MINUS SIGN}0" else text
