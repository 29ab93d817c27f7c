"""What people say about events that nobody could place: whose an identifier is, or that it is nobody's."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Account
from engagement.models import EventIdentity, MappedEvent, QuarantinedEvent
from engagement.services.catalogue.names import hold_names
from engagement.services.events.replaying import replay_waiting
from engagement.services.feature_names import merged_targets
from engagement.services.rollups import lock_usage, take_usage, tally
from team.models import ActionLog, User
from team.services.undo import log_action

URL = "/events/quarantine/"
# So many are stored in the request of the person who maps; more are left to a worker.
AT_ONCE = 300

# The events that left under an identity come back, each once. They are told of the account that theirs is part of now:
# there their sums are.
BRING_BACK = """
WITH mapped AS (
    DELETE FROM engagement_mappedevent WHERE identity_id = %(identity)s
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
           gone.happened_at, gone.properties, false
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


def map_identifier(*, actor: User, kind: str, value: str, account: Account) -> ActionLog:
    """Say whose a group, mail domain or user is, and store what waits under it: up to 300 events now, more are left to
    a worker (`is_for_worker` says so; the sweep finds them too). Later calls follow. Said again for another account, it
    moves later events alone; undo brings the mapped ones back into the quarantine.

    Raises:
        PermissionDenied: unless the actor is an admin or a manager.
        ValidationError: for a hint that says nothing.
    """
    _require(actor)
    with transaction.atomic():
        before = _say(actor, kind, value, account_id=account.pk)
        words = _("Mapped %(value)s to %(account)s") % {"value": value, "account": account}
        log = _log(actor, words, kind, value, before)
        QuarantinedEvent.objects.filter(hint=kind, hint_value=value, is_dropped=True).update(is_dropped=False)
    if not is_for_worker(kind=kind, value=value):
        replay_waiting(hint=kind, value=value)
    return log


def is_for_worker(*, kind: str, value: str) -> bool:
    """Whether more events wait under an identifier than a request may store."""
    waiting = QuarantinedEvent.objects.filter(hint=kind, hint_value=value, is_dropped=False)
    return len(waiting.order_by().values("pk")[: AT_ONCE + 1]) > AT_ONCE


@transaction.atomic
def drop_identifier(*, actor: User, kind: str, value: str) -> ActionLog:
    """Say that a group, mail domain or user is nobody's: what waits under it and what comes is put out of sight.

    Raises PermissionDenied and ValidationError as `map_identifier`.
    """
    _require(actor)
    before = _say(actor, kind, value, account_id=None) if kind != QuarantinedEvent.Hint.NOBODY else {}
    QuarantinedEvent.objects.filter(hint=kind, hint_value=value, is_dropped=False).update(is_dropped=True)
    return _log(actor, _("Dropped events of %(value)s") % {"value": value or _("nobody")}, kind, value, before)


@transaction.atomic
def restore_identifier(*, actor: User, kind: str, value: str, before: dict[str, Any] | None = None) -> None:
    """Take back what was said of an identifier: mapped events come back, dropped ones are seen again. Idempotent.

    `before` is what was said until then; without it nothing was. The way back of both others.
    """
    _require(actor)
    # A replay holds the usage and points at the identity: its key stays free, or both would wait for each other.
    identity = EventIdentity.objects.select_for_update(no_key=True).filter(kind=kind, value=value).first()
    if identity is not None and identity.is_manual:
        if identity.account_id is not None:
            _bring_back(identity)
        said = before or {"account_id": None, "is_manual": False}
        account_id = said["account_id"] if Account.objects.filter(pk=said["account_id"]).exists() else None
        EventIdentity.objects.filter(pk=identity.pk).update(
            account_id=account_id, is_manual=said["is_manual"], updated_at=Now()
        )
    is_dropped = bool(before and before["is_manual"] and before["account_id"] is None)
    QuarantinedEvent.objects.filter(hint=kind, hint_value=value, is_dropped=not is_dropped).update(
        is_dropped=is_dropped
    )


def _bring_back(identity: EventIdentity) -> None:
    hold_names()
    # A replay under way ends its page first, and the next one sees that nothing is said any more.
    lock_usage(alone=True)
    if not MappedEvent.objects.filter(identity=identity).exists():
        return
    onward = merged_targets()
    with connection.cursor() as cursor:
        cursor.execute(BRING_BACK, {"identity": identity.pk, "kind": identity.kind, "value": identity.value})
        tallies = tally(
            (account, day, onward.get(feature, feature), user, events, 0, 0)
            for account, day, feature, user, events in cursor.fetchall()
        )
    take_usage(tallies)


def _require(actor: User) -> None:
    if actor.role not in {"admin", "manager"}:
        raise PermissionDenied


def _say(actor: User, kind: str, value: str, *, account_id: int | None) -> dict[str, Any]:
    """Write what a person says; returns what was said before."""
    if kind not in EventIdentity.Kind.values or not value:
        raise ValidationError(_("Nothing tells these events apart from others: they can only be dropped."))
    identity, _is_new = EventIdentity.objects.get_or_create(kind=kind, value=value)
    identity = EventIdentity.objects.select_for_update().get(pk=identity.pk)
    before = {"account_id": identity.account_id, "is_manual": identity.is_manual}
    identity.account_id, identity.is_manual, identity.created_by = account_id, True, actor
    identity.save(update_fields=["account", "is_manual", "created_by", "updated_at"])
    return before


def _log(actor: User, verb: str, kind: str, value: str, before: dict[str, Any]) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb,
        service="engagement.restore_identifier",
        arguments={"kind": kind, "value": value, "before": before or None},
        url=URL,
    )
