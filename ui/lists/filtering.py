"""From checked terms to conditions of a queryset."""

from typing import Any, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP

from ui.lists.spec import Filter, ListSpec
from ui.lists.terms import _LOOKUPS, Term, parse_flag, read_value

M = TypeVar("M", bound=Model)


def _is_moment(queryset: QuerySet[Any], path: str) -> bool:
    model: Any = queryset.model
    for name in path.split(LOOKUP_SEP):
        if name in queryset.query.annotations:
            return isinstance(queryset.query.annotations[name].output_field, DateTimeField)
        field = next((one for one in model._meta.get_fields() if one.name == name), None)
        if field is None:
            return False
        if isinstance(field, DateTimeField):
            return True
        model = getattr(field, "related_model", None) or model
    return False


def _condition(queryset: QuerySet[Any], one: Filter, term: Term, values: list[Any]) -> Q:
    path = one.path or one.key
    if term.operator in ("is", "not"):
        if one.kind == "text":
            matched = Q()
            for value in values:
                matched |= Q(**{f"{path}__icontains": value})
        elif one.kind in ("choice", "person"):
            matched = Q(**{f"{path}__in": values})
        else:
            lookup = f"{path}__date" if one.kind == "day" and _is_moment(queryset, path) else path
            matched = Q(**{f"{lookup}__in": values})
        return ~matched if term.operator == "not" else matched
    if one.kind == "day" and _is_moment(queryset, path):
        path = f"{path}__date"
    return Q(**{f"{path}__{_LOOKUPS[term.operator]}": values[-1]})


def apply_term(queryset: QuerySet[M], one: Filter, term: Term, user: Any) -> QuerySet[M]:
    """Narrow the queryset by one term; raises BadFilter for values that the field does not have."""
    if term.operator == "none":
        wanted = parse_flag(term.values[-1])
        if one.apply:
            return one.apply(queryset, "none", [wanted], user)
        path = one.path or one.key
        blank = Q(**{f"{path}__isnull": True})
        if one.kind == "text":
            blank |= Q(**{path: ""})
        return queryset.filter(blank if wanted else ~blank)
    values = [read_value(one, value, user) for value in term.values]
    if one.apply:
        return one.apply(queryset, term.operator, values, user)
    return queryset.filter(_condition(queryset, one, term, values))


def split_words(words: str) -> list[str]:
    """Free words of the filter box; quotes keep a phrase together."""
    found, rest = [], words
    while '"' in rest:
        before, _quote, rest = rest.partition('"')
        phrase, _quote, rest = rest.partition('"')
        found += [*before.split(), phrase.strip()]
    return [word for word in [*found, *rest.split()] if word][:8]


def apply_words(queryset: QuerySet[M], spec: ListSpec, words: str) -> QuerySet[M]:
    """Each free word must be found in one of the list's search fields."""
    if not words:
        return queryset
    if callable(spec.search):
        return spec.search(queryset, words)
    for word in split_words(words.replace("\x00", "")):
        found = Q()
        for path in spec.search:
            found |= Q(**{f"{path}__icontains": word})
        queryset = queryset.filter(found)
    return queryset
