"""What was said of an identifier is done to its events: few of them at once, many by a worker, page by page."""

from typing import Any

from django.db import connection, transaction

from engagement.models import EventIdentity, MappedEvent, QuarantinedEvent, QuarantineWork
from engagement.services.catalogue.names import hold_names
from engagement.services.feature_names import merged_targets
from engagement.services.rollups import lock_usage, take_usage, tally
from team.models import User

# So many are done in the request of whoever says it; more are left to a worker.
AT_ONCE = 300
# Events of one transaction, while which no usage is written.
PAGE = 1_000
MOST_COUNTED = 100_000

# Events that left under an identity come back, each once. They are told of the account that theirs is part of now:
# there their sums are.
BRING_BACK = """
WITH mapped AS (
    DELETE FROM engagement_mappedevent WHERE id = ANY(%(ids)s)
    RETURNING event_id, received_at, account_ref, happened_at
), gone AS (
    DELETE FROM engagement_event e USING mapped m
    WHERE e.received_at = m.received_at AND e.id = m.event_id AND e.account_id = m.account_ref
      AND e.happened_at = m.happened_at
    RETURNING e.*
), back AS (
    INSERT INTO engagement_quarantinedevent (
        batch_id, key_id, hint, hint_value, kind, name, user_key, message_id, received_at, happened_at, properties,
        is_dropped)
    SELECT NULL, gone.key_id, %(kind)s, %(value)s, gone.kind, f.name, gone.user_key, gone.message_id, gone.received_at,
           gone.happened_at, gone.properties, %(is_dropped)s
    FROM gone JOIN engagement_feature f ON f.id = gone.feature_id
), roots AS (
    WITH RECURSIVE up(id, root_id) AS (
        SELECT account_id, account_id FROM gone
        UNION
        SELECT up.id, a.merged_into_id FROM up JOIN accounts_account a ON a.id = up.root_id
        WHERE a.merged_into_id IS NOT NULL
    )
    SELECT up.id, up.root_id FROM up JOIN accounts_account a ON a.id = up.root_id WHERE a.merged_into_id IS NULL
)
SELECT r.root_id, (gone.happened_at AT TIME ZONE 'UTC')::date, gone.feature_id, gone.user_key, count(*)
FROM gone JOIN roots r ON r.id = gone.account_id GROUP BY 1, 2, 3, 4
"""
# The page is read once: asked for again row by row it would leave out what is changed already and so never end.
SHOW_OR_HIDE = """
WITH page AS MATERIALIZED (
    SELECT id FROM engagement_quarantinedevent
    WHERE hint = %(kind)s AND hint_value = %(value)s AND is_dropped = NOT %(is_dropped)s
    ORDER BY id LIMIT %(page)s FOR UPDATE
)
UPDATE engagement_quarantinedevent q SET is_dropped = %(is_dropped)s FROM page WHERE q.id = page.id
"""


def hold_works(*, kind: str, value: str) -> list[QuarantineWork]:
    """The works on an identifier that are under way, locked: a page of theirs ends first. Before `lock_usage`."""
    return list(QuarantineWork.objects.select_for_update().filter(hint=kind, value=value).order_by("pk"))


def mapped_until(identity: EventIdentity) -> int:
    """The newest event that was mapped under an identity; 0 for none. A replay under way ends its page first, and the
    next one sees what is said from now on: call it in the transaction that says it."""
    hold_names()
    lock_usage(alone=True)
    newest = MappedEvent.objects.filter(identity=identity).order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def settle(*, actor: User, kind: str, value: str, is_dropped: bool, until: int = 0) -> None:
    """Bring mapped events up to `until` back into the quarantine, and show or hide all that is there under the hint.

    Inside a transaction, after `hold_works`. Up to 300 events are done in it; more are work for `advance_settling`.
    Works that are under way end in the same state.
    """
    works = hold_works(kind=kind, value=value)
    QuarantineWork.objects.filter(pk__in=[work.pk for work in works]).update(is_dropped=is_dropped)
    work = QuarantineWork(hint=kind, value=value, is_dropped=is_dropped, mapped_until=until, started_by=actor)
    other = QuarantinedEvent.objects.filter(hint=kind, hint_value=value, is_dropped=not is_dropped)
    mapped = MappedEvent.objects.filter(identity__kind=kind, identity__value=value, pk__lte=until)
    work.total = sum(rows.order_by().values("pk")[:MOST_COUNTED].count() for rows in (other, mapped))
    if not work.total:
        return
    if works or work.total > AT_ONCE:
        work.save()
        return
    while _do_page(work):
        continue


def is_under_way(*, kind: str, value: str) -> bool:
    """Whether a worker has still to follow what was said."""
    return QuarantineWork.objects.filter(hint=kind, value=value).exists()


@transaction.atomic
def advance_settling() -> QuarantineWork | None:
    """One page of the oldest work that nobody is at; None when there is none. Finished work has no `pk`."""
    work = QuarantineWork.objects.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
    if work is None:
        return None
    if _do_page(work):
        work.save(update_fields=["done"])
    else:
        work.delete()
    return work


def _do_page(work: QuarantineWork) -> bool:
    """False when nothing was left to do."""
    done = (_bring_back(work) if work.mapped_until else 0) or _show_or_hide(work)
    work.done += done
    return done > 0


def _bring_back(work: QuarantineWork) -> int:
    hold_names()
    lock_usage(alone=True)
    mapped = MappedEvent.objects.filter(identity__kind=work.hint, identity__value=work.value, pk__lte=work.mapped_until)
    ids = list(mapped.order_by("pk").values_list("pk", flat=True)[:PAGE])
    if not ids:
        return 0
    onward = merged_targets()
    given: dict[str, Any] = {"ids": ids, "kind": work.hint, "value": work.value, "is_dropped": work.is_dropped}
    with connection.cursor() as cursor:
        cursor.execute(BRING_BACK, given)
        tallies = tally(
            (account, day, onward.get(feature, feature), user, events, 0, 0)
            for account, day, feature, user, events in cursor.fetchall()
        )
    take_usage(tallies)
    return len(ids)


def _show_or_hide(work: QuarantineWork) -> int:
    given: dict[str, Any] = {"kind": work.hint, "value": work.value, "is_dropped": work.is_dropped, "page": PAGE}
    with connection.cursor() as cursor:
        cursor.execute(SHOW_OR_HIDE, given)
        changed: int = cursor.rowcount
    return changed
