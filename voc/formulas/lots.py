"""Who is asked how often, decided by their number alone: the same person always has the same turn."""

import datetime as dt

from voc.formulas.sampling import lot

EPOCH = dt.date(2020, 1, 1)
# Neighbouring numbers land far apart; the database reckons with it too.
SPREAD = 48271


def is_in_share(*, seed: int, number: int, share: int) -> bool:
    """Whether something falls into a share of so many per cent; over many numbers that share does."""
    return int.from_bytes(lot(seed, number), "big") % 100 < share


def turn_of(*, contact_id: int, every_days: int) -> int:
    """The day within a rhythm on which somebody has their turn: people are spread over it evenly."""
    return contact_id * SPREAD % every_days


def last_turn(*, contact_id: int, every_days: int, day: dt.date) -> tuple[int, dt.date]:
    """The number and the day of the newest turn that somebody had by `day`; the rhythm counts from 2020."""
    turn = turn_of(contact_id=contact_id, every_days=every_days)
    number = ((day - EPOCH).days - turn) // every_days
    return number, EPOCH + dt.timedelta(days=number * every_days + turn)
