"""The uses of a claim in columns: what is done for twenty thousand of them is done by arrays."""

import datetime as dt
from typing import Any

EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


class Numbered(dict[Any, int]):
    """Numbers its keys from 0 in the order in which they come first."""

    def __missing__(self, key: Any) -> int:
        number = self[key] = len(self)
        return number


class Uses:
    """Track, page and screen calls, one entry for each in every column, in the order in which they came.

    `names` and `people` number what the columns `name` and `person` name: a feature's name, and (the key's source,
    group, user, mail), each of the last three may be empty. Times are microseconds since 2000: `happened` by our
    clock, `stated` by the sender's, which a resent call repeats; without one it is that of the arrival and the entry's
    index stands in `timeless`. `digest` tells messages apart over all keys; `properties` is JSON.
    """

    def __init__(self) -> None:
        self.request: list[int] = []
        self.place: list[int] = []
        self.kind: list[str] = []
        self.name: list[int] = []
        self.person: list[int] = []
        self.happened: list[int] = []
        self.stated: list[int] = []
        self.digest: list[bytes] = []
        self.message_id: list[str] = []
        self.properties: list[bytes] = []
        self.timeless: list[int] = []
        self.names = Numbered()
        self.people = Numbered()
        # By what was said, as it was said: words that come again are not looked at again.
        self.tracked: dict[Any, int] = {}
        self.known: dict[tuple[str, Any, Any], int] = {}

    def __len__(self) -> int:
        return len(self.digest)
