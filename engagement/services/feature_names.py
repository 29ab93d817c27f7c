"""Features by their names: what is new is learned, merged ones count for the one that they were merged into."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

from engagement.models import Feature

# A sender that puts ids into its names must not fill the catalogue: further names count as this one.
MOST_NAMES = 5000
OTHER = "Other events"


@dataclass(frozen=True, slots=True)
class Named:
    """A feature as it was named, and the one that it counts for."""

    pk: int
    target: int


# Named by anybody at the same moment, each is made once; sorted, so that two workers wait and do not lock up.
LEARN = """
INSERT INTO engagement_feature
    (name, label, is_key, is_core_action, is_beta, is_hidden, is_reviewed, description, plans)
SELECT g.name, '', false, false, g.is_beta, false, false, '', '{}'
FROM unnest(%(names)s::text[], %(betas)s::boolean[]) AS g(name, is_beta) ORDER BY g.name COLLATE "C"
ON CONFLICT (name) DO NOTHING
"""

SEEN = """
WITH late AS (
    SELECT f.id, g.first_on, g.last_on
    FROM unnest(%(ids)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS g(id, first_on, last_on)
    JOIN engagement_feature f ON f.id = g.id
    WHERE f.first_seen_on IS NULL OR f.first_seen_on > g.first_on
       OR f.last_seen_on IS NULL OR f.last_seen_on < g.last_on
    ORDER BY f.id FOR NO KEY UPDATE OF f
)
UPDATE engagement_feature f
SET first_seen_on = least(f.first_seen_on, late.first_on), last_seen_on = greatest(f.last_seen_on, late.last_on)
FROM late WHERE f.id = late.id
"""


def learn_features(names: Collection[str], *, beta: Collection[str] = ()) -> dict[str, Named]:
    """The features of these names, inside the caller's transaction; new ones are made. Past 5,000 names new ones
    count as "Other events"."""
    found = _find(names)
    if missing := sorted(set(names) - set(found)):
        room = MOST_NAMES - Feature.objects.count()
        wanted = missing if len(missing) <= room else [*missing[: max(room, 0)], OTHER]
        with connection.cursor() as cursor:
            cursor.execute(LEARN, {"names": wanted, "betas": [name in beta for name in wanted]})
        found |= _find([*missing, OTHER])
        for name in missing:
            found.setdefault(name, found.get(OTHER, Named(0, 0)))
    return found


def see_features(days: Mapping[int, tuple[dt.date, dt.date]]) -> None:
    """Remember when features were used first and last, {feature id: (first, last)}.

    Call it at the end of a transaction: the rows that it locks are everybody's.
    """
    if days:
        ids = sorted(days)
        with connection.cursor() as cursor:
            cursor.execute(
                SEEN, {"ids": ids, "firsts": [days[pk][0] for pk in ids], "lasts": [days[pk][1] for pk in ids]}
            )


def _find(names: Collection[str]) -> dict[str, Named]:
    rows = list(Feature.objects.filter(name__in=names).order_by().values_list("name", "pk", "merged_into"))
    onward = merged_targets() if any(into for _name, _pk, into in rows) else {}
    return {name: Named(pk, onward.get(pk, pk)) for name, pk, _into in rows}


def merged_targets() -> dict[int, int]:
    """{merged feature: the one that it counts for at the end of the chain}."""
    step = dict(Feature.objects.filter(merged_into__isnull=False).order_by().values_list("pk", "merged_into_id"))
    ends: dict[int, int] = {}
    for pk in step:
        end, seen = pk, {pk}
        while (following := step.get(end)) is not None and following not in seen:
            end = following
            seen.add(end)
        ends[pk] = end
    return ends
