"""The book that a scorecard judges, as arrays: what was observed, and what stands there now."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
from django.core.cache import cache
from django.db import connection

from accounts.models import Account
from engagement.formulas import Model
from engagement.formulas.judging import NOTHING
from engagement.formulas.scales import Floats, Integers
from engagement.formulas.whatif import Book, judge_book, point_book
from engagement.models import Scorecard
from engagement.selectors.measures.registry import registry
from engagement.selectors.scorecards import PLACES, Place, model_of, nearest, scorecards
from team.clock import now, today

# Up to so many accounts a book is read in the request; a worker keeps larger ones ready for a while.
QUICK = 1_500
KEPT_SECONDS = 1_800
SHOWN_MOVES = 20
BINS = 20
SAMPLE = 5_000
_HELD: dict[str, "Shelf"] = {}

# What do the current scores of these accounts say, and what were they made of?
STORED = """
SELECT s.account_id, s.as_of, s.value, s.band, s.inputs::text, s.overrides::text FROM engagement_score s
WHERE s.is_current AND s.account_id = ANY(%(accounts)s::bigint[]) ORDER BY s.account_id
"""

# Where do the values of one measure lie, over a few thousand accounts that were judged?
VALUES = """
SELECT (s.inputs -> %(code)s ->> 0)::float8 FROM engagement_score s
WHERE s.is_current LIMIT %(limit)s
"""


@dataclass(frozen=True, eq=False)
class Shelf:
    """A book and what was recorded of it: scores in tenths (-1: none) and their bands, as places in `slugs`."""

    book: Book
    scores: Integers
    slugs: tuple[str, ...]
    bands: Integers


@dataclass(frozen=True)
class BandCount:
    """How many accounts stand in a band before and after."""

    slug: str
    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class BigMove:
    account: Account
    before: float | None
    after: float | None

    @property
    def change(self) -> float:
        return (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True)
class Effect:
    """What a scorecard would change: counts, and the biggest moves. `histograms`: before and after, in 20 bins."""

    accounts: int
    crossing: int
    rising: int
    falling: int
    mean_before: float | None
    mean_after: float | None
    bands: tuple[BandCount, ...]
    histograms: tuple[tuple[int, ...], tuple[int, ...]]
    moves: tuple[tuple[int, float | None, float | None], ...]
    unread: tuple[str, ...]


def place_accounts(place: Place) -> list[int]:
    """The accounts that a scorecard of this place judges, or would judge once published."""
    rows = Scorecard.objects.filter(published_at__isnull=False, retired_at=None)
    places: dict[Place, bool] = dict.fromkeys(rows.values_list("segment", "stage_kind"), False)
    places |= {(None, ""): places.get((None, ""), False), place: True}
    with connection.cursor() as cursor:
        accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
        cursor.execute(PLACES, {"live": True, "cutoff": now(), "as_of": today(), "accounts": accounts, "stages": True})
        return [pk for pk, segment, kind, _intent in cursor.fetchall() if nearest(places, segment, kind)]


def size_of_place() -> int:
    """How many accounts there are, counted no further than what is quick."""
    return Account.objects.order_by()[: QUICK + 1].count()


def read_shelf(place: Place) -> Shelf:
    """Read the book of a place from its stored scores; what was stale then is aged now as it was."""
    wanted = place_accounts(place)
    codes = tuple(registry())
    account_ids: list[int] = []
    scores: list[int] = []
    slugs: dict[str, int] = {}
    bands: list[int] = []
    manual: dict[int, dict[str, tuple[int, int]]] = {}
    raw = np.full((len(codes), len(wanted)), np.nan)
    age = np.zeros((len(codes), len(wanted)), dtype=np.float32)
    columns = {code: place for place, code in enumerate(codes)}
    for row, (account_id, as_of, value, band, inputs, overrides) in enumerate(_stored(wanted)):
        account_ids.append(account_id)
        scores.append(NOTHING if value is None else int(value * 10))
        bands.append(slugs.setdefault(band, len(slugs)))
        for code, (number, _points, day, _standing) in orjson.loads(inputs).items():
            column = columns.get(code)
            if column is not None and number is not None:
                raw[column, row] = number
                age[column, row] = _age(as_of, day)
        if len(overrides) > len("{}"):
            given = orjson.loads(overrides).get("judgements", {})
            if given:
                manual[row] = {component: (key, hundredths) for component, (key, hundredths) in given.items()}
    size = len(account_ids)
    return Shelf(
        book=Book(
            codes=codes,
            account_ids=np.array(account_ids, dtype=np.int64),
            raw=np.ascontiguousarray(raw[:, :size]),
            age=np.ascontiguousarray(age[:, :size]),
            manual=manual,
        ),
        scores=np.array(scores, dtype=np.int64),
        slugs=tuple(slugs),
        bands=np.array(bands, dtype=np.int64),
    )


def _stored(account_ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        for start in range(0, len(account_ids), SAMPLE):
            cursor.execute(STORED, {"accounts": list(account_ids[start : start + SAMPLE])})
            yield from cursor.fetchall()


@lru_cache(maxsize=8192)
def _ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()


def _age(as_of: dt.date, day: str | None) -> int:
    return 0 if day is None else max(as_of.toordinal() - _ordinal(day), 0)


def shelf_key(place: Place) -> str:
    """Where a worker keeps the book of a place."""
    return f"whatif:{connection.settings_dict['NAME']}:{today()}:{place[0] or 'all'}:{place[1] or 'all'}"


def kept_shelf(place: Place) -> Shelf | None:
    """The book that a worker keeps ready; None when there is none.

    A process holds the last one that it took: the next look asks for its mark alone.
    """
    key = shelf_key(place)
    mark = cache.get(f"{key}:mark")
    if mark is None:
        return None
    if mark not in _HELD:
        found: Shelf | None = cache.get(key)
        if found is None:
            return None
        _HELD.clear()
        _HELD[mark] = found
    return _HELD[mark]


def keep_shelf(place: Place) -> Shelf:
    """Read the book and keep it ready for half an hour. Safe to repeat."""
    shelf, key = read_shelf(place), shelf_key(place)
    cache.set(key, shelf, KEPT_SECONDS)
    cache.set(f"{key}:mark", uuid4().hex, KEPT_SECONDS)
    return shelf


def effect_of(model: Model, names: dict[str, str], shelf: Shelf, base: Scorecard | None = None) -> Effect:
    """What judging the book by `model` changes against what was recorded; `names` are the new bands' by slug."""
    known = point_book(model_of(base), shelf.book) if base is not None else None
    judged = judge_book(model, shelf.book, point_book(model, shelf.book, known))
    slugs = np.array([*(band.slug for band in model.bands), ""])
    after_bands = slugs[judged.bands]
    before_bands = np.array([*shelf.slugs, ""])[shelf.bands]
    before, after = shelf.scores, judged.scores
    order = [band.slug for band in reversed(model.bands)]
    gone = sorted(set(before_bands.tolist()) - set(order) - {""})
    return Effect(
        accounts=len(shelf.book),
        crossing=int((before_bands != after_bands).sum()),
        rising=int((after > before).sum()),
        falling=int((after < before).sum()),
        mean_before=_mean(before),
        mean_after=_mean(after),
        bands=tuple(
            BandCount(
                slug=slug,
                name=names.get(slug, slug),
                before=int((before_bands == slug).sum()),
                after=int((after_bands == slug).sum()),
            )
            for slug in [*order, *gone, ""]
        ),
        histograms=(_histogram(before), _histogram(after)),
        moves=_moves(shelf.book.account_ids, before, after),
        unread=tuple(code for code in model.codes if _is_unread(shelf.book, code)),
    )


def _is_unread(book: Book, code: str) -> bool:
    place = book.places.get(code)
    return place is None or bool(np.isnan(book.raw[place]).all())


def _mean(scores: Integers) -> float | None:
    there = scores[scores != NOTHING]
    return float(there.mean()) / 10 if len(there) else None


def _histogram(scores: Integers) -> tuple[int, ...]:
    there = np.minimum(scores[scores != NOTHING] * BINS // 1000, BINS - 1)
    return tuple(np.bincount(there, minlength=BINS).tolist())


def _moves(
    account_ids: Integers, before: Integers, after: Integers
) -> tuple[tuple[int, float | None, float | None], ...]:
    change = np.abs(np.maximum(after, 0) - np.maximum(before, 0))
    top = np.argsort(-change, kind="stable")[:SHOWN_MOVES]
    return tuple(
        (int(account_ids[row]), _points(before[row]), _points(after[row])) for row in top.tolist() if change[row]
    )


def _points(tenths: Any) -> float | None:
    return None if tenths == NOTHING else int(tenths) / 10


def big_moves(effect: Effect, accounts: Any) -> tuple[BigMove, ...]:
    """The biggest moves with their accounts, as far as the given accounts (those that the person sees) hold them."""
    found = {account.pk: account for account in accounts.filter(pk__in=[pk for pk, _old, _new in effect.moves])}
    return tuple(BigMove(found[pk], old, new) for pk, old, new in effect.moves if pk in found)


def base_of(place: Place) -> Scorecard | None:
    """What is in force for the place now, complete (six queries)."""
    rows = Scorecard.objects.filter(published_at__isnull=False, retired_at=None)
    places: dict[Place, int] = {
        (segment, kind): pk for pk, segment, kind in rows.values_list("pk", "segment", "stage_kind")
    }
    if (None, "") not in places:
        return None
    pk = nearest(places, *place)
    return scorecards([pk])[pk]


def values_of(code: str) -> Floats:
    """Raw values of a measure, of 5,000 accounts at most (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(VALUES, {"code": code, "limit": SAMPLE})
        found = [row[0] for row in cursor.fetchall()]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)
