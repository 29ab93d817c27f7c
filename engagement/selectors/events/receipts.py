"""Receipts: what became of each request."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement.formulas.segment import WORDS
from engagement.models import EventBatch, WriteKey


@dataclass(frozen=True)
class Reason:
    """Why calls of a batch were refused or put aside: `examples` are (place in the batch from 1, words)."""

    code: str
    words: str
    count: int
    examples: Sequence[tuple[int, str]]


def listed_batches() -> QuerySet[EventBatch]:
    """Receipts without the requests' bodies."""
    return EventBatch.objects.defer("body").select_related("key")


def reasons_of(batch: EventBatch) -> list[Reason]:
    """The reasons of a receipt, the most frequent first."""
    found = [
        Reason(
            code=code,
            words=str(_("It could not be stored.")) if code == "failed" else WORDS.get(code, code),
            count=int(said.get("count", 0)),
            examples=[(int(place) + 1, str(words)) for place, words in said.get("examples", ())],
        )
        for code, said in batch.reasons.items()
        if isinstance(said, dict)
    ]
    return sorted(found, key=lambda reason: (-reason.count, reason.code))


def key_choices() -> list[tuple[str, str]]:
    """Write keys by name, revoked ones too: their receipts stay."""
    return [(key.source, key.name) for key in WriteKey.objects.order_by("name", "pk")]
