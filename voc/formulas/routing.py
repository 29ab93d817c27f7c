"""Which feedback goes where: the rules, judged without a database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.formulas.conditions import Condition, matching_payload

THEME = "feedback.theme"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule asks: about the feedback, and (parsed, for a selector to answer) about its account."""

    match: tuple[Condition, ...]
    conditions: tuple[Condition, ...] = ()

    @property
    def names_theme(self) -> bool:
        """It asks what the text is about."""
        return self.asks(THEME)

    def asks(self, name: str) -> bool:
        """It asks for something of the feedback."""
        return any(condition.name == name for condition in self.match)


def choose_rule(
    rules: Sequence[Rule],
    facts: Mapping[str, Any],
    themes: Sequence[str],
    fits_account: Callable[[int], bool] = lambda number: True,
) -> tuple[int | None, int | None]:
    """Which rule takes a text with these themes (strongest first), and by which theme; indexes, or None.

    The strongest theme that any rule names decides; the order of rules settles which of its rules. A rule that names no
    theme keeps its place: it wins when it stands before every rule on themes that fits. A rule with nothing to ask
    takes everything. `fits_account` is asked last, for it may cost a query.
    """

    def fits(number: int, theme: str | None) -> bool:
        return matching_payload(rules[number].match, {**facts, THEME: theme}) and fits_account(number)

    by_theme: tuple[int, int] | None = None
    for place, theme in enumerate(themes):
        found = next((number for number, rule in enumerate(rules) if rule.names_theme and fits(number, theme)), None)
        if found is not None:
            by_theme = (place, found)
            break
    plain = next((number for number, rule in enumerate(rules) if not rule.names_theme and fits(number, None)), None)
    if plain is not None and (by_theme is None or plain < _first_by_theme(rules, themes, fits, by_theme[1])):
        return plain, 0 if themes else None
    return (by_theme[1], by_theme[0]) if by_theme else (None, None)


def _first_by_theme(
    rules: Sequence[Rule], themes: Sequence[str], fits: Callable[[int, str | None], bool], known: int
) -> int:
    """The first rule on themes that fits by any theme; `known` is one that does."""
    earlier = (number for number in range(known) if rules[number].names_theme)
    return next((number for number in earlier if any(fits(number, theme) for theme in themes)), known)
