"""What happened with the customer: logging it, what it changes, and taking it back."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Contact, Touchpoint, TouchpointContact
from accounts.services.budget import release_send
from accounts.services.changes import mark_changed
from accounts.services.summaries import refresh_summaries
from accounts.services.versions import plain, require_logger, revived, save_version
from outbox.models import Message, State
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

Direction, Kind = Touchpoint.Direction, Touchpoint.Kind

USUAL_DIRECTIONS = {
    Kind.CALL: Direction.TWO_WAY,
    Kind.MEETING: Direction.TWO_WAY,
    Kind.CHAT: Direction.TWO_WAY,
    Kind.EVENT: Direction.TWO_WAY,
    Kind.MAIL: Direction.OUT,
    Kind.REFERENCE: Direction.OUT,
    Kind.INVOICE: Direction.OUT,
    Kind.COMMUNITY: Direction.IN,
    Kind.COURSE: Direction.IN,
    Kind.NOTE: Direction.NONE,
    Kind.NEWS: Direction.NONE,
}
# Kinds that wait for an answer when a person sent them.
_WAITING_KINDS = {Kind.CALL, Kind.MAIL, Kind.CHAT, Kind.REFERENCE}
_NOT_REACHED = {Touchpoint.Outcome.VOICEMAIL, Touchpoint.Outcome.NO_ANSWER}
# What of a message never arrives, so that nobody waits for an answer to it.
_NEVER_SENT = {State.FAILED, State.SUPPRESSED, State.EXPIRED, State.CANCELLED}


def usual_direction(*, kind: str, outcome: str = "") -> str:
    """The direction that a kind has unless somebody says otherwise; a call that reached nobody went out only."""
    if outcome in _NOT_REACHED:
        return Direction.OUT
    return USUAL_DIRECTIONS[Kind(kind)]


@transaction.atomic
def log_touchpoint(
    *,
    actor: User | None,
    account: Account,
    kind: str,
    body: str = "",
    subject: str = "",
    direction: str = "",
    outcome: str = "",
    valence: str = Touchpoint.Valence.NEUTRAL,
    contacts: Iterable[Contact] = (),
    occurred_at: dt.datetime | None = None,
    minutes: int = 0,
    asks_for: str = "",
    due_on: dt.date | None = None,
    is_private: bool = False,
    is_proactive: bool = False,
    is_automated: bool = False,
    source: str = "manual",
    external_id: str | None = None,
    message_ref: str = "",
    details: Mapping[str, Any] | None = None,
) -> Touchpoint:
    """Write one contact with the customer and what follows from it.

    A two-way touch by a person renews the silence of its people and its account; anything that comes in ends the
    waiting for a reply. With `external_id` the same touch is written once (one_touchpoint_per_external_id).
    `asks_for` without `due_on` is fine, the other way round the date is dropped.

    Raises:
        PermissionDenied: when the actor may not log there.
    """
    require_logger(actor, account)
    if external_id and (known := Touchpoint.everything.filter(source=source, external_id=external_id).first()):
        return known
    direction = direction or usual_direction(kind=kind, outcome=outcome)
    occurred_at = occurred_at or now()
    waits = direction == Direction.OUT and kind in _WAITING_KINDS and not is_automated
    touchpoint = Touchpoint.objects.create(
        account=account,
        kind=kind,
        direction=direction,
        outcome=outcome,
        valence=valence,
        subject=(subject or _first_line(body))[:200],
        body=body,
        occurred_at=occurred_at,
        minutes=minutes,
        asks_for=asks_for[:200],
        due_on=due_on if asks_for else None,
        awaiting_reply_since=occurred_at if waits else None,
        is_private=is_private,
        is_proactive=is_proactive,
        is_automated=is_automated,
        logged_by=actor,
        source=source,
        external_id=external_id,
        message_ref=message_ref,
        details=dict(details or {}),
    )
    people = [contact for contact in contacts if contact.account_id == account.pk]
    TouchpointContact.objects.bulk_create([TouchpointContact(touchpoint=touchpoint, contact=each) for each in people])
    _end_waiting(touchpoint)
    if touchpoint.direction == Direction.TWO_WAY and not is_automated:
        Contact.everything.filter(pk__in=[person.pk for person in people]).update(
            last_two_way_at=Greatest(F("last_two_way_at"), occurred_at)
        )
    _tell(account.pk)
    return touchpoint


@transaction.atomic
def log_by_hand(*, actor: User, account: Account, **fields: Any) -> tuple[Touchpoint, ActionLog]:
    """`log_touchpoint` for a person, with the action that takes it back."""
    touchpoint = log_touchpoint(actor=actor, account=account, **fields)
    arguments = {"touchpoint_id": touchpoint.pk}
    return touchpoint, _log_undo(actor, touchpoint, _("Logged: %(what)s"), "accounts.undo_log_touchpoint", arguments)


def _first_line(body: str) -> str:
    line = body.strip().split("\n", 1)[0].strip()
    return line if len(line) <= 80 else line[:79].rsplit(" ", 1)[0] + "…"


def _end_waiting(touchpoint: Touchpoint) -> int:
    """What waited for a reply of these people (or of anybody, where no names are known) has it now."""
    if touchpoint.direction not in {Direction.IN, Direction.TWO_WAY} or touchpoint.is_automated:
        return 0
    waiting = Touchpoint.objects.filter(
        account_id=touchpoint.account_id,
        awaiting_reply_since__lte=touchpoint.occurred_at,
        replied_at__isnull=True,
    ).exclude(pk=touchpoint.pk)
    people = list(touchpoint.participants.values_list("contact", flat=True))
    if people:
        waiting = waiting.filter(Q(participants__isnull=True) | Q(participants__contact__in=people))
    ids = set(waiting.values_list("pk", flat=True))
    return Touchpoint.objects.filter(pk__in=ids).update(replied_at=touchpoint.occurred_at)


def _wait_again(touchpoint: Touchpoint) -> int:
    """The way back: those whose reply it was wait again."""
    if touchpoint.direction not in {Direction.IN, Direction.TWO_WAY} or touchpoint.is_automated:
        return 0
    answered = Touchpoint.objects.filter(account_id=touchpoint.account_id, replied_at=touchpoint.occurred_at)
    return answered.update(replied_at=None)


def refresh_silence(*, contact_ids: Iterable[int]) -> int:
    """Derive the last two-way touch of contacts from the touchpoints that are left; one UPDATE, safe to repeat."""
    last = (
        TouchpointContact.objects.filter(
            contact=OuterRef("pk"),
            touchpoint__deleted_at__isnull=True,
            touchpoint__direction=Direction.TWO_WAY,
            touchpoint__is_automated=False,
        )
        .values("contact")
        .annotate(last=Max("touchpoint__occurred_at"))
        .values("last")
    )
    return Contact.everything.filter(pk__in=list(contact_ids)).update(last_two_way_at=Subquery(last))


@transaction.atomic
def edit_touchpoint(
    *,
    actor: User | None,
    touchpoint: Touchpoint,
    version: int | None = None,
    contacts: Iterable[Contact] | None = None,
    **fields: Any,
) -> ActionLog | None:
    """Change a touchpoint; None when nothing differs.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        PermissionDenied: when the actor may not log on that account.
    """
    require_logger(actor, touchpoint.account)
    if not fields.get("asks_for", touchpoint.asks_for):
        fields["due_on"] = None
    people_before = set(touchpoint.participants.values_list("contact", flat=True))
    before = save_version(touchpoint, version=version, fields=fields)
    people_after = people_before if contacts is None else {contact.pk for contact in contacts}
    if people_after != people_before:
        _seat(touchpoint, people_after)
    if not before and people_after == people_before:
        return None
    refresh_silence(contact_ids=people_before | people_after)
    _tell(touchpoint.account_id)
    if actor is None:
        return None
    return _log_undo(
        actor,
        touchpoint,
        _("Changed: %(what)s"),
        "accounts.undo_edit_touchpoint",
        {
            "touchpoint_id": touchpoint.pk,
            "before": plain(before),
            "after": plain({name: getattr(touchpoint, name) for name in before}),
            "contact_ids": sorted(people_before),
        },
    )


def _seat(touchpoint: Touchpoint, contact_ids: set[int]) -> None:
    touchpoint.participants.exclude(contact__in=contact_ids).delete()
    TouchpointContact.objects.bulk_create(
        [TouchpointContact(touchpoint=touchpoint, contact_id=pk) for pk in sorted(contact_ids)], ignore_conflicts=True
    )


@transaction.atomic
def mark_got(*, actor: User | None, touchpoint: Touchpoint) -> ActionLog | None:
    """What it asked for came; None when that was known already."""
    require_logger(actor, touchpoint.account)
    rows = Touchpoint.objects.filter(pk=touchpoint.pk, got_it_at__isnull=True).exclude(asks_for="")
    if rows.update(got_it_at=now(), version=F("version") + 1) != 1:
        return None
    return _after_mark(actor, touchpoint, _("It came: %(what)s"), "got_it_at")


@transaction.atomic
def mark_replied(*, actor: User | None, touchpoint: Touchpoint) -> ActionLog | None:
    """The customer replied; None when that was known already or nobody waited."""
    require_logger(actor, touchpoint.account)
    rows = Touchpoint.objects.filter(pk=touchpoint.pk, replied_at__isnull=True, awaiting_reply_since__isnull=False)
    if rows.update(replied_at=now(), version=F("version") + 1) != 1:
        return None
    return _after_mark(actor, touchpoint, _("Replied: %(what)s"), "replied_at")


def _after_mark(actor: User | None, touchpoint: Touchpoint, verb: str, field: str) -> ActionLog | None:
    touchpoint.refresh_from_db()
    _tell(touchpoint.account_id)
    if actor is None:
        return None
    arguments = {"touchpoint_id": touchpoint.pk, "field": field}
    return _log_undo(actor, touchpoint, verb, "accounts.undo_mark_touchpoint", arguments)


@transaction.atomic
def delete_touchpoint(*, actor: User | None, touchpoint: Touchpoint) -> ActionLog | None:
    """Hide a touchpoint for 30 days, then for good; None when it was deleted already."""
    require_logger(actor, touchpoint.account)
    if Touchpoint.objects.filter(pk=touchpoint.pk).update(deleted_at=timezone.now()) != 1:
        return None
    _wait_again(touchpoint)
    refresh_silence(contact_ids=touchpoint.participants.values_list("contact", flat=True))
    _tell(touchpoint.account_id)
    if actor is None:
        return None
    arguments = {"touchpoint_id": touchpoint.pk}
    return _log_undo(actor, touchpoint, _("Deleted: %(what)s"), "accounts.restore_touchpoint", arguments)


@transaction.atomic
def restore_touchpoint(*, actor: User | None, touchpoint_id: int) -> bool:
    """Bring a deleted touchpoint back; False when it is there."""
    touchpoint = _find(touchpoint_id)
    require_logger(actor, touchpoint.account)
    if Touchpoint.everything.filter(pk=touchpoint_id, deleted_at__isnull=False).update(deleted_at=None) != 1:
        return False
    _end_waiting(touchpoint)
    refresh_silence(contact_ids=touchpoint.participants.values_list("contact", flat=True))
    _tell(touchpoint.account_id)
    return True


@transaction.atomic
def undo_log_touchpoint(*, actor: User, touchpoint_id: int) -> bool:
    """The way back of logging: hide it, and let those wait again whose reply it was."""
    touchpoint = _find(touchpoint_id)
    require_logger(actor, touchpoint.account)
    return delete_touchpoint(actor=None, touchpoint=touchpoint) is not None


@transaction.atomic
def undo_edit_touchpoint(
    *, actor: User, touchpoint_id: int, before: dict[str, Any], after: dict[str, Any], contact_ids: list[int]
) -> None:
    """The way back of an edit; refuses when a field was changed again since."""
    touchpoint = _find(touchpoint_id)
    require_logger(actor, touchpoint.account)
    if plain({name: getattr(touchpoint, name) for name in after}) != after:
        raise CannotUndo(_("It was changed again since."))
    Touchpoint.everything.filter(pk=touchpoint_id).update(**revived(Touchpoint, before), version=F("version") + 1)
    people = set(touchpoint.participants.values_list("contact", flat=True))
    # Who was erased since stays away.
    seated = set(Contact.everything.filter(pk__in=contact_ids).values_list("pk", flat=True))
    _seat(touchpoint, seated)
    refresh_silence(contact_ids=people | seated)
    _tell(touchpoint.account_id)


@transaction.atomic
def undo_mark_touchpoint(*, actor: User, touchpoint_id: int, field: str) -> None:
    """The way back of "it came" and "replied"."""
    touchpoint = _find(touchpoint_id)
    require_logger(actor, touchpoint.account)
    if field not in {"got_it_at", "replied_at"}:
        raise CannotUndo(_("This cannot be taken back."))
    Touchpoint.everything.filter(pk=touchpoint_id).update(**{field: None}, version=F("version") + 1)
    _tell(touchpoint.account_id)


def take_over_outcome(message: Message) -> bool:
    """Tell touchpoints and the contact budget what became of a mail; the outbox calls it with each final state.

    A mail that never went out waits for no reply and leaves the ledger. Safe to repeat. True when one was found.
    """
    ref = f"message:{message.uuid}"
    if message.state in _NEVER_SENT:
        release_send(message_ref=ref)
    touchpoint = Touchpoint.everything.filter(message_ref=ref).first()
    if touchpoint is None:
        return False
    details = {**touchpoint.details, "delivery": message.state, "delivery_reason": message.reason}
    fields: dict[str, Any] = {"details": details}
    if message.state in _NEVER_SENT:
        fields["awaiting_reply_since"] = None
    elif message.state == State.SENT and message.sent_at:
        fields["occurred_at"] = message.sent_at
    with transaction.atomic(savepoint=False):
        Touchpoint.everything.filter(pk=touchpoint.pk).update(**fields)
        # That a machine's mail left as planned tells nothing new: it neither ends a silence nor waits for a reply.
        if not touchpoint.is_automated or message.state in _NEVER_SENT:
            _tell(touchpoint.account_id)
    return True


def _find(touchpoint_id: int) -> Touchpoint:
    """Locked: a way back compares before it writes."""
    rows = Touchpoint.everything.select_for_update(of=("self",)).select_related("account")
    found = rows.filter(pk=touchpoint_id).first()
    if found is None:
        raise CannotUndo(_("It is gone for good."))
    return found


def _tell(account_id: int) -> None:
    refresh_summaries(account_ids=[account_id])
    mark_changed(account_ids=[account_id], reason="touchpoint")


def _log_undo(actor: User, touchpoint: Touchpoint, verb: str, service: str, arguments: dict[str, Any]) -> ActionLog:
    what = f"{touchpoint.get_kind_display()} – {touchpoint.account}"
    return log_action(
        actor=actor,
        verb=verb % {"what": what},
        service=service,
        arguments=arguments,
        url=f"/accounts/{touchpoint.account_id}/",
    )
