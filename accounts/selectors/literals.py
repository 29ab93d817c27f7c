"""Many ids as one parameter."""

from collections.abc import Iterable
from functools import lru_cache


def literal(account_ids: Iterable[int]) -> str:
    """The ids as one literal of an array: as an array of parameters they would be parsed number by number.

    To be used as `%(accounts)s::bigint[]`.
    """
    return _written(tuple(account_ids))


@lru_cache(maxsize=4)
def _written(account_ids: tuple[int, ...]) -> str:
    """A batch asks some twenty questions, most of them about all of it."""
    return "{" + ",".join(map(str, account_ids)) + "}"
