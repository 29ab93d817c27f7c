"""Which messages were stored before: told by their digests, by month."""

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
from django.db import IntegrityError, connection, transaction

from engagement.formulas.segment_uses import EPOCH
from engagement.services.events.copying import copy_in

# One of so many is looked for before all are written at once.
SAMPLE = 500
ROW = np.dtype([("cells", ">i2"), ("size", ">i4"), ("digest", "V16"), ("month_size", ">i4"), ("month", ">i4")])

REMEMBER = "COPY engagement_seenmessage (digest, month) FROM STDIN (FORMAT binary)"
IS_ANY_KNOWN = """
SELECT EXISTS (SELECT 1 FROM engagement_seenmessage WHERE month = %(month)s AND digest = ANY(%(digests)s::uuid[]))
"""
# Which of these were stored before? The rest are from now on. In order of the digest: two workers with the same ones
# wait for each other.
TELL_KNOWN = """
WITH given AS MATERIALIZED (SELECT * FROM unnest(%(digests)s::uuid[]) WITH ORDINALITY AS g(digest, place)), fresh AS (
    INSERT INTO engagement_seenmessage (digest, month) SELECT digest, %(month)s FROM given ORDER BY digest
    ON CONFLICT (digest, month) DO NOTHING RETURNING digest
)
SELECT place - 1 FROM given LEFT JOIN fresh USING (digest) WHERE fresh.digest IS NULL
"""
# A call without a time of its own is told over the turn of a month, too.
TELL_TIMELESS = """
SELECT DISTINCT digest::text FROM engagement_seenmessage
WHERE digest = ANY(%(digests)s::uuid[]) AND month IN %(months)s
"""


def tell_known(digests: Sequence[bytes], month: dt.date, sample: Iterable[bytes]) -> list[int]:
    """Where those stand among the digests that were stored before; the others are stored from now on.

    Digests are different ones. Inside the caller's transaction: another worker with the same ones waits for its end.
    Most are news, so all are written at once, unless one of the `sample` is known; the unique index has the last word.
    """
    with connection.cursor() as cursor:
        cursor.execute(IS_ANY_KNOWN, {"month": month, "digests": _list(sample)})
        if not cursor.fetchone()[0] and _remember(digests, month):
            return []
        cursor.execute(TELL_KNOWN, {"month": month, "digests": _list(digests)})
        return [place for (place,) in cursor.fetchall()]


def tell_timeless(digests: Iterable[bytes], months: Iterable[dt.date]) -> set[bytes]:
    """Those that were stored before in any of these months."""
    with connection.cursor() as cursor:
        cursor.execute(TELL_TIMELESS, {"digests": _list(digests), "months": tuple(months)})
        return {bytes.fromhex(known.replace("-", "")) for (known,) in cursor.fetchall()}


def _remember(digests: Sequence[bytes], month: dt.date) -> bool:
    """Write all of them, or none when one is known. In order of the digest, as TELL_KNOWN does."""
    packed = b"".join(digests)
    order = np.argsort(np.frombuffer(packed, ">u8")[::2].astype(np.uint64))
    rows = np.empty(len(digests), ROW)
    rows["cells"], rows["size"], rows["month_size"] = 2, 16, 4
    rows["digest"] = np.frombuffer(packed, "V16")[order]
    rows["month"] = (month - EPOCH.date()).days
    try:
        with transaction.atomic():
            copy_in(REMEMBER, [rows.tobytes()])
    except IntegrityError:
        return False
    return True


def _list(digests: Iterable[bytes]) -> str:
    return "{" + ",".join(digest.hex() for digest in digests) + "}"
