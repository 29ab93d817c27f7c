"""Whether what caused an invitation still stands: a stage move that was taken back asks nobody."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.models import Ticket
from lifecycle.models import Goal, Movement, Renewal, StageVisit

STAGE_ENTERED, STAGE_LEFT, TICKET, GOAL, RENEWAL, LOST = (
    "stage_visit",
    "stage_left",
    "ticket",
    "goal",
    "renewal",
    "lost",
)


def _entered(ids: list[int]) -> QuerySet[StageVisit]:
    return StageVisit.objects.filter(pk__in=ids)


def _left(ids: list[int]) -> QuerySet[StageVisit]:
    return StageVisit.objects.filter(pk__in=ids, left_at__isnull=False)


def _closed(ids: list[int]) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk__in=ids, closed_at__isnull=False)


def _reached(ids: list[int]) -> QuerySet[Goal]:
    return Goal.objects.filter(pk__in=ids, state=Goal.State.REACHED)


def _renewing(ids: list[int]) -> QuerySet[Renewal]:
    return Renewal.objects.filter(pk__in=ids, state__in=[Renewal.State.OPEN, Renewal.State.WON])


def _lost(ids: list[int]) -> QuerySet[Movement]:
    return Movement.objects.live().filter(pk__in=ids)


_STANDING: dict[str, Callable[[list[int]], QuerySet[Any]]] = {
    STAGE_ENTERED: _entered,
    STAGE_LEFT: _left,
    TICKET: _closed,
    GOAL: _reached,
    RENEWAL: _renewing,
    LOST: _lost,
}


def cause_ref(kind: str, pk: int) -> str:
    """How an invitation names what caused it."""
    return f"{kind}:{pk}"


def undone_causes(refs: Iterable[str]) -> set[str]:
    """Those of the causes that do not stand any more: deleted, reopened, taken back. One query per kind of cause."""
    asked: dict[str, list[int]] = defaultdict(list)
    for ref in set(refs):
        kind, _colon, key = ref.partition(":")
        if kind in _STANDING and key.isdecimal():
            asked[kind].append(int(key))
    gone: set[str] = set()
    for kind, ids in asked.items():
        standing = set(_STANDING[kind](ids).values_list("pk", flat=True))
        gone |= {cause_ref(kind, pk) for pk in ids if pk not in standing}
    return gone
