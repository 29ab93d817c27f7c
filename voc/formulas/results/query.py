"""What a page of results is asked for, as it stands in its address."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from voc.formulas.results.filters import Filters
from voc.formulas.results.sheet import DIMENSIONS, Sheet

BLANK = "-"  # how "none" stands in the address
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Query:
    """What a page of results is asked for; all of it is in the address."""

    pk: int
    filters: Filters
    join: tuple[int, ...] = ()

    def string(self) -> str:
        """Behind the question mark."""
        pairs: list[tuple[str, str]] = []
        if self.filters.start is not None:
            pairs.append(("from", month_word(self.filters.start)))
        if self.filters.end is not None:
            pairs.append(("to", month_word(self.filters.end)))
        pairs += [(name, self.filters.words[name] or BLANK) for name in DIMENSIONS if name in self.filters.words]
        pairs += [("join", str(pk)) for pk in self.join]
        return urlencode(pairs)

    def address(self, path: str, **extra: str) -> str:
        """A path with the filters behind it."""
        words = "&".join(part for part in (self.string(), urlencode(extra)) if part)
        return f"{path}?{words}" if words else path

    def without(self, name: str) -> "Query":
        """The same with one filter taken off."""
        filters = self.filters
        if name == "from":
            return replace(self, filters=replace(filters, start=None))
        if name == "to":
            return replace(self, filters=replace(filters, end=None))
        words = {key: word for key, word in filters.words.items() if key != name}
        return replace(self, filters=replace(filters, words=words))


def read_query(pk: int, given: Mapping[str, Sequence[str]]) -> Query:
    """The question behind an address; what makes no sense is left out."""
    last = {name: found[-1].strip() for name, found in given.items() if found}
    start, end = read_month(last.get("from", "")), read_month(last.get("to", ""))
    words = {name: "" if last[name] == BLANK else last[name][:120] for name in DIMENSIONS if last.get(name)}
    found = given.get("join", ())
    join = sorted({int(word) for word in found if word.isascii() and word.isdigit() and len(word) < 10})
    return Query(pk, Filters(start, end, words), tuple(one for one in join if one != pk))


def read_month(word: str) -> int | None:
    """`2026-03` as year * 12 + month - 1."""
    found = _MONTH.fullmatch(word.strip())
    return int(found[1]) * 12 + int(found[2]) - 1 if found and int(found[1]) >= 1 else None


def month_word(month: int) -> str:
    """The way back."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def months_in(sheet: Sheet) -> tuple[str, str]:
    """The first and the last month with responses, as they stand in the address."""
    if not len(sheet):
        return "", ""
    return month_word(int(sheet.months.min())), month_word(int(sheet.months.max()))
