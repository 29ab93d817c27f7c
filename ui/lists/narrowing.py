"""A list's filters without a request: what a saved view holds, as a queryset."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from ui.lists.address import read_address
from ui.lists.filtering import apply_term, apply_words
from ui.lists.spec import ListSpec
from ui.lists.terms import BadFilter

M = TypeVar("M", bound=Model)


def narrow(spec: ListSpec, queryset: QuerySet[M], query: str, user: Any) -> tuple[QuerySet[M], list[str]]:
    """The rows of `queryset` (which must be `visible_to` the user) that the query string of a saved view asks for, and
    what of it makes no sense any more; nothing of that is applied."""
    filters = {one.key: one for one in spec.filters_for(user)}
    asked = read_address(QueryDict(query), spec, spec.columns_for(user), filters, user)
    narrowed = apply_words(queryset, spec, asked.words)
    for term in asked.terms:
        try:
            narrowed = apply_term(narrowed, filters[term.key], term, user)
        except BadFilter as problem:
            asked.problems.append(str(problem))
    return narrowed, asked.problems
