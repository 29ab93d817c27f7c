"""Query parameters of API lists: only those that a view names; all else is refused."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

PAGING = {"cursor", "page_size"}
_TYPES = {"text": "string", "words": "string", "id": "integer", "flag": "boolean", "moment": "string", "day": "string"}
_FORMATS = {"moment": "date-time", "day": "date"}


@dataclass(frozen=True, slots=True)
class Allowed:
    """One parameter: the path that it narrows and how its text is read (text, words, id, flag, moment, day)."""

    path: str
    kind: str = "text"
    choices: tuple[str, ...] = ()


class AllowedFilters(BaseFilterBackend):
    """Narrows by the view's `allowed_filters`; unknown names and wrong values are errors, never ignored."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        allowed: Mapping[str, Allowed] = getattr(view, "allowed_filters", {})
        # SECURITY: paths are written in code; names from the address never reach the ORM.
        if unknown := sorted(set(request.query_params) - set(allowed) - PAGING):
            known = ", ".join(sorted(allowed))
            raise ValidationError(
                {name[:40]: [f"There is no such filter; there are: {known}."] for name in unknown[:5]}
            )
        for name, one in allowed.items():
            if name in request.query_params:
                queryset = queryset.filter(**{one.path: read(name, one, request.query_params[name])})
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The parameters in the schema."""
        return [
            {"name": name, "in": "query", "required": False, "schema": _schema(one)}
            for name, one in getattr(view, "allowed_filters", {}).items()
        ]


def _schema(one: Allowed) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES[one.kind]}
    if one.kind in _FORMATS:
        schema["format"] = _FORMATS[one.kind]
    if one.choices:
        schema["enum"] = list(one.choices)
    return schema


def _moment(text: str) -> dt.datetime | None:
    """A moment with its zone, in UTC: the database takes no offsets over 15:59."""
    try:
        value = parse_datetime(text)
        return value.astimezone(dt.UTC) if value is not None and value.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def read(name: str, one: Allowed, text: str) -> Any:
    """A parameter's value as Python; raises ValidationError with the cure."""
    if "\x00" in text or len(text) > 200:
        raise ValidationError({name: ["This is no value."]})
    if one.choices and text not in one.choices:
        raise ValidationError({name: [f"One of: {', '.join(one.choices)}."]})
    value: Any = text
    if one.kind == "id":
        value = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    elif one.kind == "words":
        value = [text]
    elif one.kind == "flag":
        value = {"true": True, "false": False}.get(text.lower())
    elif one.kind in {"moment", "day"}:
        value = _moment(text) if one.kind == "moment" else _day(text)
    if value is None:
        raise ValidationError({name: [f"Write a {one.kind}."]})
    return value
