"""Which few causes make most of it (Juran 1951, after Pareto)."""

from collections.abc import Iterable
from dataclasses import dataclass

VITAL = 0.8


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, with its own share and that of all up to and with it; `is_vital`: it is needed to reach 80 %."""

    name: str
    amount: float
    share: float
    cumulative: float
    is_vital: bool


def pareto(amounts: Iterable[tuple[str, float]], *, vital: float = VITAL) -> tuple[Cause, ...]:
    """The causes, largest first (by name where equal); shares of the whole in 0..1. Nothing and less is left out."""
    rows = sorted(((name, amount) for name, amount in amounts if amount > 0), key=lambda row: (-row[1], row[0]))
    whole = sum(amount for _name, amount in rows)
    found, reached = [], 0.0
    for name, amount in rows:
        before = reached
        reached += amount
        found.append(Cause(name, amount, amount / whole, min(1.0, reached / whole), before < vital * whole))
    return tuple(found)
