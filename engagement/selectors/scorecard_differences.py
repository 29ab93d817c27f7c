"""In what two versions of a scorecard differ, in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from engagement.models import Component, ScorecardException
from engagement.selectors.measures.registry import registry
from engagement.selectors.scorecard_documents import Difference, Problem
from ui import formats

SIGNS = {"<=": "≤", ">=": "≥"}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Everything that differs between two documents, in the order of the editor."""
    return (
        *_one("", _("Name"), before["name"], after["name"]),
        *_of_components(before["components"], after["components"]),
        *_of_measures(before["measures"], after["measures"]),
        *_of_bands(before["bands"], after["bands"]),
        *_of_exceptions(before["exceptions"], after["exceptions"]),
    )


def _one(where: str, what: str, before: Any, after: Any) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, what, _word(before), _word(after))


def _word(value: Any) -> str:
    if value is None or value == "":
        return formats.NOTHING
    return formats.number(value, 2) if isinstance(value, int | float) else str(value)


def _of_components(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for component in Component:
        old, new = before.get(component.value, {}), after.get(component.value, {})
        label = str(component.label)
        yield from _one(label, _("Weight"), old.get("weight"), new.get("weight"))
        yield from _one(label, _("Desired state"), old.get("desired"), new.get("desired"))
        for intent in Account.Intent:
            wanted = [rule.get("by_intent", {}).get(intent.value) for rule in (old, new)]
            words = _("Desired state: %(intent)s") % {"intent": intent.label}
            yield from _one(label, words, *wanted)


def _of_measures(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Difference]:
    old = {rule["measure"]: rule for rule in before}
    new = {rule["measure"]: rule for rule in after}
    known = registry()
    for code in dict.fromkeys([*old, *new]):
        label = str(known[code].label) if code in known else code
        if code not in old or code not in new:
            yield from _one(label, _("Measure"), _("there") if code in old else "", _("there") if code in new else "")
            continue
        one, other = old[code], new[code]
        yield from _one(label, _("Component"), _component(one["component"]), _component(other["component"]))
        yield from _one(label, _("Weight"), one["weight"], other["weight"])
        yield from _one(label, _("Scale"), scale_words(one["scale"]), scale_words(other["scale"]))
        yield from _one(label, _("Valid for days"), one["valid_days"], other["valid_days"])


def _component(code: str) -> str:
    return str(Component(code).label) if code in Component.values else code


def scale_words(scale: list[list[float]]) -> str:
    """A scale in a line: `0 → 0, 30 → 100`."""
    return ", ".join(f"{formats.number(raw, 2)} → {formats.number(points, 2)}" for raw, points in scale)


def _of_bands(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Difference]:
    old = {band["slug"]: band for band in before}
    new = {band["slug"]: band for band in after}
    for slug in dict.fromkeys([*old, *new]):
        label = (new.get(slug) or old[slug])["name"]
        yield from _one(_("Bands"), label, *(_from(cards.get(slug)) for cards in (old, new)))


def _from(band: Mapping[str, Any] | None) -> str:
    return _("%(name)s from %(floor)s") % {"name": band["name"], "floor": band["floor"]} if band else ""


def _of_exceptions(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Difference]:
    old, new = [exception_words(rule) for rule in before], [exception_words(rule) for rule in after]
    for place in range(max(len(old), len(new))):
        pair = [words[place] if place < len(words) else "" for words in (old, new)]
        yield from _one(_("Exceptions"), str(place + 1), *pair)


def exception_words(rule: Mapping[str, Any]) -> str:
    """An exception in a sentence."""
    known = registry()
    tests = _(" and ").join(
        f"{known[code].label if code in known else code} {SIGNS.get(operator, operator)} {formats.number(number, 2)}"
        for code, operator, number in rule["tests"]
    )
    effect = ScorecardException.Effect(rule["effect"]).label
    return _("%(name)s: when %(tests)s, the score is %(effect)s %(value)s") % {
        "name": rule["name"],
        "tests": tests,
        "effect": effect,
        "value": formats.number(rule["value"], 1),
    }


def problem_words(document: Mapping[str, Any], problems: Iterable[Problem]) -> list[str]:
    """Each problem with the name of what it is about, for where no field stands beside it."""
    return [": ".join(filter(None, (_place_of(document, problem.path), problem.text))) for problem in problems]


def _place_of(document: Mapping[str, Any], path: str) -> str:
    part, _dot, rest = path.partition(".")
    key = rest.partition(".")[0]
    if part == "components":
        return _component(key)
    if part == "measures" and key in registry():
        return str(registry()[key].label)
    if part in {"bands", "exceptions"} and key.isdecimal():
        words = _("Band %(n)s") if part == "bands" else _("Exception %(n)s")
        return str(document[part][int(key)]["name"]).strip() or words % {"n": int(key) + 1}
    return ""
