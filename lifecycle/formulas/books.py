"""Which account goes to whom when a book is divided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """An account with what it weighs, in the unit that is balanced."""

    account_id: int
    weight: float


def divide(pieces: Iterable[Piece], *, start: Mapping[int, float], room: Mapping[int, float]) -> dict[int, int]:
    """{account: person}, the heaviest first, each to whoever is filled least in proportion to their room.

    `start` is what each has already, in the unit of the weights. The same input gives the same answer; accounts
    without weight are dealt out by number.
    """
    if not start:
        return {}
    filled = {person: float(amount) for person, amount in start.items()}
    given = dict.fromkeys(start, 0)
    plan: dict[int, int] = {}
    for piece in sorted(pieces, key=lambda one: (-one.weight, one.account_id)):
        person = min(
            filled, key=lambda one: ((filled[one] + piece.weight) / max(room.get(one, 1.0), 1e-9), given[one], one)
        )
        plan[piece.account_id] = person
        filled[person] += piece.weight
        given[person] += 1
    return plan
