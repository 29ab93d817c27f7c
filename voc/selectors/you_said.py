"""What customers may read about what they told us and what we did."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from voc.models import Initiative, InitiativeText

SHOWN = 60


@dataclass(frozen=True)
class Entry:
    """One piece of work in one language; `language` is another than the page's where nobody wrote it in that."""

    told: str
    did: str
    language: str
    shipped_on: dt.date


@dataclass(frozen=True)
class Month:
    """What shipped in a month, newest first."""

    first: dt.date
    entries: list[Entry]


def public_initiatives() -> QuerySet[Initiative]:
    """What shipped, was made public and has words."""
    written = Exists(InitiativeText.objects.filter(initiative=OuterRef("pk")))
    return Initiative.objects.filter(written, is_public=True, state=Initiative.State.SHIPPED, shipped_on__isnull=False)


def read_you_said(language: str) -> list[Month]:
    """By month, newest first, in this language, else in English, else in any. Two queries."""
    texts = Prefetch("texts", queryset=InitiativeText.objects.order_by("language"))
    rows = public_initiatives().order_by("-shipped_on", "-pk").prefetch_related(texts)[:SHOWN]
    entries = [_entry(row, language) for row in rows]
    months = groupby(entries, key=lambda entry: entry.shipped_on.replace(day=1))
    return [Month(first, list(held)) for first, held in months]


def _entry(row: Initiative, language: str) -> Entry:
    texts = {text.language: text for text in row.texts.all()}
    text = texts.get(language) or texts.get("en") or next(iter(texts.values()))
    assert row.shipped_on is not None
    return Entry(text.told, text.did, text.language, row.shipped_on)
