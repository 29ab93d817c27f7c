"""Which feedback goes where: conditions of routing rules, judged without a database."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

FIELDS = frozenset({"theme", "sentiment", "score", "source", "stage", "segment", "is_detractor"})
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, wanted: value == wanted,
    "is_not": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "has": lambda value, wanted: wanted in value,
    "at_most": lambda value, wanted: value <= wanted,
    "at_least": lambda value, wanted: value >= wanted,
}
Condition = Mapping[str, Any]


def check_conditions(conditions: Sequence[Condition]) -> None:
    """Raises ValueError for a field or an operator that does not exist: an unreadable rule must not route anything."""
    for condition in conditions:
        if condition.get("field") not in FIELDS or condition.get("operator") not in OPERATORS:
            raise ValueError(f"not a condition: {condition!r}")


def fits(conditions: Sequence[Condition], facts: Mapping[str, Any]) -> bool:
    """All conditions hold. A fact that is not known (None) fits no condition on it."""
    for condition in conditions:
        value = facts.get(condition["field"])
        if value is None or not OPERATORS[condition["operator"]](value, condition["value"]):
            return False
    return True


def choose_rule(
    rules: Sequence[Sequence[Condition]], facts: Mapping[str, Any], themes: Sequence[str]
) -> tuple[int | None, int | None]:
    """Which rule takes a text with these themes (strongest first), and by which theme; indexes, or None.

    The strongest theme that any rule names decides; the order of rules settles which of its rules. A rule that names no
    theme keeps its place: it wins when it stands before every rule on themes that fits.
    """
    by_theme = [
        (place, number)
        for place, theme in enumerate(themes)
        for number, rule in enumerate(rules)
        if names_theme(rule) and fits(rule, {**facts, "theme": theme})
    ]
    plain = next((number for number, rule in enumerate(rules) if not names_theme(rule) and fits(rule, facts)), None)
    if plain is not None and all(plain < number for _place, number in by_theme):
        return plain, 0 if themes else None
    if not by_theme:
        return None, None
    place, number = min(by_theme)
    return number, place


def names_theme(conditions: Sequence[Condition]) -> bool:
    """The rule asks what the text is about."""
    return any(condition["field"] == "theme" for condition in conditions)
