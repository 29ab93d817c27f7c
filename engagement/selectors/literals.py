"""Many ids as one parameter."""

from collections.abc import Iterable


def literal(account_ids: Iterable[int]) -> str:
    """The ids as one literal of an array: as an array of parameters they would be parsed number by number.

    To be used as `%(accounts)s::bigint[]`.
    """
    return "{" + ",".join(map(str, account_ids)) + "}"
