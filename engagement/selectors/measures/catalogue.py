"""The catalogue of figures with what each may be narrowed to, as formulas are checked against it and shown."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from accounts.models import CustomField, FactDefinition, Persona, Ticket, Touchpoint
from engagement.formulas.own import Catalogue, FigureSpec, Narrowing
from engagement.models import Feature
from engagement.selectors.measures.figures import FigureRule
from engagement.selectors.measures.more_figures import FIGURES
from voc.models import Feedback, Survey, Theme

Choices = tuple[tuple[str, str], ...]


def _pairs(choices: Iterable[tuple[object, object]]) -> Choices:
    return tuple((str(value), str(words)) for value, words in choices)


_FIXED: dict[str, Callable[[], Choices]] = {
    "feature_sorts": lambda: (("key", _("key features")), ("core", _("core actions"))),
    "touch_kinds": lambda: _pairs(Touchpoint.Kind.choices),
    "directions": lambda: _pairs(Touchpoint.Direction.choices),
    "valences": lambda: _pairs(Touchpoint.Valence.choices),
    "priorities": lambda: _pairs(Ticket.Priority.choices),
    "survey_kinds": lambda: _pairs(Survey.Kind.choices),
    "scored_kinds": lambda: _pairs(choice for choice in Survey.Kind.choices if choice[0] != Survey.Kind.CUSTOM),
    "labels": lambda: _pairs(Feedback.Label.choices),
    "feedback_sources": lambda: _pairs(Feedback.Source.choices),
    "personas": lambda: _pairs(Persona.choices),
}
# What this install has of each: one query.
_OWN: dict[str, Callable[[], Choices]] = {
    "features": lambda: _pairs(
        (feature.name, str(feature)) for feature in Feature.objects.filter(is_hidden=False, merged_into=None)
    ),
    "themes": lambda: _pairs(Theme.objects.filter(retired_at=None).values_list("slug", "name")),
    "fields": lambda: _pairs(CustomField.objects.filter(type=CustomField.Type.NUMBER).values_list("key", "label")),
    "facts": lambda: _pairs(
        (name, label or name)
        for name, label in FactDefinition.objects.filter(type=FactDefinition.Type.NUMBER)
        .exclude(owner="engagement")
        .order_by("label", "name")
        .values_list("name", "label")
    ),
}


def figure_catalogue() -> Catalogue:
    """Every figure with all that it can be narrowed to now (four queries): for the editor and for saving."""
    lists = {name: make() for name, make in _OWN.items()}
    return {name: _spec(rule, lists) for name, (_source, rule) in FIGURES.items()}


def stored_catalogue() -> Catalogue:
    """The same for what is stored: what the install has of its own is taken as it was written. No query.

    A feature or field that is gone by now leaves a figure that finds nothing.
    """
    return {name: _spec(rule, {}) for name, (_source, rule) in FIGURES.items()}


def _spec(rule: FigureRule, lists: dict[str, Choices]) -> FigureSpec:
    return FigureSpec(
        name=rule.name,
        group=str(rule.group),
        said=str(rule.said),
        days=rule.days,
        narrowings=tuple(
            Narrowing(
                key=by.key,
                label=str(by.label),
                choices=_FIXED[by.choices]() if by.choices in _FIXED else lists.get(by.choices),
                is_required=by.is_required,
            )
            for by in rule.narrowings
        ),
        is_money=rule.is_money,
    )
