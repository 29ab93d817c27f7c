"""What the account list can be filtered by and set to: people, segments, stages; one query for all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, IntegerField, TextField, Value
from django.db.models.functions import Cast

from accounts.models import Segment
from lifecycle.models import Stage
from team.models import Role, User


@dataclass(frozen=True, slots=True)
class ListChoices:
    """Pairs of (value, words); stages by name, because the summary keeps the name."""

    owners: list[tuple[str, str]]
    segments: list[tuple[str, str]]
    stages: list[tuple[str, str]]


def read_choices() -> ListChoices:
    """Active CSMs and managers, segments in their order, stages of the live journeys in theirs. One query."""

    def rows(queryset: Any, kind: str, name: str, place: Any) -> Any:
        columns = {
            "choice_kind": Value(kind, output_field=TextField()),
            "choice_id": F("pk"),
            "choice_name": Cast(F(name), TextField()),
            "choice_place": Cast(place, IntegerField()),
        }
        return queryset.order_by().annotate(**columns).values_list(*columns)

    carriers = User.objects.filter(is_active=True, role__in=[Role.CSM, Role.MANAGER, Role.ADMIN])
    found: Iterable[tuple[str, int, str, int]] = rows(carriers, "owner", "name", Value(0)).union(
        rows(Segment.objects.all(), "segment", "name", F("position")),
        rows(Stage.objects.filter(journey__is_active=True), "stage", "name", F("position")),
        all=True,
    )
    listed = sorted(found, key=lambda row: (row[0], row[3], row[2].lower()))

    def pairs(kind: str) -> list[tuple[str, str]]:
        return [(str(pk), name) for row_kind, pk, name, _place in listed if row_kind == kind]

    stages = dict.fromkeys(name for _pk, name in pairs("stage"))
    return ListChoices(pairs("owner"), pairs("segment"), [(name, name) for name in stages])
