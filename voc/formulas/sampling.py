"""Whom to draw from an audience, and how exact the NPS of their answers will be."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

Z95 = 1.959964
# Where nothing was ever asked: what business-to-business programmes see on average.
USUAL_RATE = 0.30
# So many invitations must have had their time before the own rate is believed over the usual one.
ENOUGH_FOR_RATE = 30
# Shares of a typical business-to-business survey (promoters, detractors), for the spread to expect.
TYPICAL = (0.5, 0.2)


@dataclass(frozen=True, slots=True)
class Person:
    """One candidate: contact, account, mail address, and whether the budget lets them be asked now."""

    contact_id: int
    account_id: int
    email: str
    is_free: bool = True


def lot(seed: int, contact_id: int) -> bytes:
    """A person's place in the draw: the same for the same seed, whoever else takes part."""
    return hashlib.blake2b(f"{seed}:{contact_id}".encode(), digest_size=8).digest()


def draw(
    people: Iterable[Person], *, seed: int, sample_size: int | None = None, per_account: int | None = None
) -> list[Person]:
    """Who is asked, in random order: each mail address once, so many per account, so many in all.

    Who may not be asked now takes nobody's place: they stay in the list, to be noted with the reason, and the next
    free person moves up. The draw ends with the person who fills the sample.
    """
    found: list[Person] = []
    addresses: set[str] = set()
    per: Counter[int] = Counter()
    free = 0
    for person in sorted(people, key=lambda one: (lot(seed, one.contact_id), one.contact_id)):
        if sample_size is not None and free >= sample_size:
            break
        address = person.email.lower()
        # Whoever has no address is nobody's double: each of them is listed as not asked.
        if (address and address in addresses) or (per_account is not None and per[person.account_id] >= per_account):
            continue
        addresses.add(address)
        found.append(person)
        if person.is_free:
            per[person.account_id] += 1
            free += 1
    return found


def margin(
    answers: float, population: int, *, promoters: float = TYPICAL[0], detractors: float = TYPICAL[1]
) -> float | None:
    """Half the width of the 95 % interval of NPS, in points, for so many answers out of a population.

    Adjusted Wald (add 3 to n, 3/4 to promoters and to detractors) with finite-population correction; the shares are
    those of a typical survey unless the last results are given. None without an answer.
    """
    if answers <= 0 or population <= 0:
        return None
    answers = min(answers, population)
    n = answers + 3
    plus = (promoters * answers + 0.75) / n
    minus = (detractors * answers + 0.75) / n
    variance = max(plus + minus - (plus - minus) ** 2, 0.0)
    rest = (population - answers) / (population - 1) if population > 1 else 0.0
    return min(100 * Z95 * math.sqrt(variance / n * rest), 100.0)


def answers_for(points: float, population: int) -> int:
    """How many answers give an interval of at most plus or minus so many points; the whole population at most."""
    low, high = 1, max(population, 1)
    while low < high:
        middle = (low + high) // 2
        width = margin(middle, population)
        if width is not None and width <= points:
            high = middle
        else:
            low = middle + 1
    return low


def expected_rate(asked: int, answered: int) -> float:
    """The share that will answer: the own history, drawn towards the usual rate while it is thin."""
    weight = ENOUGH_FOR_RATE
    return (answered + USUAL_RATE * weight) / (asked + weight)
