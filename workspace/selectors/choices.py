"""What the account list can be filtered by and set to: people, segments, stages; one query for all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, overload

from django.db.models import F, IntegerField, TextField, Value
from django.db.models.functions import Cast

from accounts.models import Segment
from lifecycle.models import Stage
from team.models import Role, User

Pair = tuple[str, str]


class LatePairs(Sequence[Pair]):
    """Choices that are read when somebody looks at them: the next fifty rows of a list need none."""

    def __init__(self, read: Callable[[], list[Pair]]) -> None:
        self.read = read

    def __len__(self) -> int:
        return len(self.read())

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> list[Pair]: ...
    def __getitem__(self, index: int | slice) -> Pair | list[Pair]:
        return self.read()[index]


@dataclass(frozen=True, slots=True)
class ListChoices:
    """Pairs of (value, words); stages by name, because the summary keeps the name."""

    owners: Sequence[Pair]
    segments: Sequence[Pair]
    stages: Sequence[Pair]


def read_choices() -> ListChoices:
    """Active CSMs and managers, segments in their order, stages of the live journeys in theirs.

    One query, made when the first of them is looked at.
    """
    found = cache(_read)
    return ListChoices(
        owners=LatePairs(lambda: found()["owner"]),
        segments=LatePairs(lambda: found()["segment"]),
        stages=LatePairs(lambda: found()["stage"]),
    )


def _read() -> dict[str, list[Pair]]:
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

    pairs: dict[str, list[Pair]] = {"owner": [], "segment": [], "stage": []}
    for kind, pk, name, _place in listed:
        pairs[kind].append((name if kind == "stage" else str(pk), name))
    return {**pairs, "stage": list(dict.fromkeys(pairs["stage"]))}
