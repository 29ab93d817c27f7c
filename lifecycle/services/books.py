"""Accounts go from one CSM to others at once, with what hangs on them and a note for those who take over."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from accounts.models import Account, Contact, Touchpoint
from accounts.services.changes import mark_changed
from lifecycle.models import AccountMail, Goal, Play, Promise, Reassignment, Renewal, Task, Trigger
from lifecycle.services.ranking import rank_tasks
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now, today
from team.models import Role, User
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action

SOURCE = "reassignment"
# A relationship starts anew with another person (design.md, section 3); what was worse stays so.
STRENGTH = 2
KEEPERS = (Role.CSM, Role.MANAGER, Role.ADMIN)
# What moves along by choice: the rows of each kind that are still open.
_OPEN: dict[str, tuple[tuple[type[Any], Q], ...]] = {
    "tasks": ((Task, Q(state=Task.State.OPEN, deleted_at__isnull=True)),),
    "plays": (
        (Play, Q(state=Play.State.RUNNING)),
        (AccountMail, Q(state__in=[AccountMail.State.DRAFT, AccountMail.State.REVIEW])),
    ),
    "renewals": ((Renewal, Q(state=Renewal.State.OPEN)),),
    "goals": (
        (Goal, Q(state=Goal.State.OPEN, deleted_at__isnull=True)),
        (Promise, Q(state=Promise.State.OPEN, deleted_at__isnull=True)),
    ),
}
MOVES = tuple(_OPEN)
_MODELS: dict[str, type[Any]] = {model.__name__: model for rows in _OPEN.values() for model, _which in rows}


class ReassignRefused(ValueError):
    """The accounts cannot go there; the message says why, for people."""


@transaction.atomic
def reassign(*, actor: User, assignments: Mapping[int, int], note: str, moves: Collection[str] = MOVES) -> Reassignment:
    """Give accounts ({account: CSM}) to others in one go: owners, what of `moves` hangs on them, a note on every
    timeline, relationships at 2, the trigger `csm_changed`, one line in each inbox. Set-based; undone by its action.

    Accounts that the actor may not edit, or that are there already, are left out.

    Raises:
        ReassignRefused: without a note, for people who keep no book, and when nothing would move.
    """
    note = note.strip()
    if not note:
        raise ReassignRefused(_("Write a note for those who take over."))
    people = {
        user.pk: user for user in User.objects.active().filter(pk__in=set(assignments.values()), role__in=KEEPERS)
    }
    if set(assignments.values()) - set(people):
        raise ReassignRefused(_("Choose people who are here and keep a book."))
    rows = (
        Account.objects.editable_by(actor)
        .filter(pk__in=assignments)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    lines = [(pk, csm_id, assignments[pk]) for pk, csm_id in rows.values_list("pk", "csm") if csm_id != assignments[pk]]
    if not lines:
        raise ReassignRefused(_("Nothing would move."))
    made = Reassignment.objects.create(
        moved_by=actor,
        note=note,
        lines=[{"account": pk, "from": before, "to": after} for pk, before, after in lines],
        made_at=now(),
    )
    made.moved = {**_move_work(lines, moves), "contacts": _weaken(pk for pk, _before, _after in lines)}
    made.save(update_fields=["moved"])
    _move_accounts({pk: after for pk, _before, after in lines})
    _write_notes(made, lines, actor)
    _record(made, lines)
    _after(lines)
    _tell(lines, actor, note)
    verb = ngettext("Handed over %(count)s account", "Handed over %(count)s accounts", len(lines))
    log_action(
        actor=actor,
        verb=verb % {"count": len(lines)},
        service="lifecycle.undo_reassign",
        arguments={"reassignment_id": made.pk},
        url=reverse("book"),
    )
    return made


Line = tuple[int, int | None, int]


def _move_accounts(csm_of: Mapping[int, int | None]) -> None:
    by_person: dict[int | None, list[int]] = defaultdict(list)
    for account_id, person in csm_of.items():
        by_person[person].append(account_id)
    for person, account_ids in by_person.items():
        Account.objects.filter(pk__in=account_ids).update(
            csm=person, version=F("version") + 1, updated_at=timezone.now()
        )


def _move_work(lines: Collection[Line], moves: Collection[str]) -> dict[str, Any]:
    """Open work of the old CSM on the accounts goes to the new one; returns {model: [[id, before, after]]}."""
    by_pair: dict[tuple[int, int], list[int]] = defaultdict(list)
    for account_id, before, after in lines:
        if before is not None:
            by_pair[before, after].append(account_id)
    moved: dict[str, list[list[int]]] = {}
    for name in MOVES:
        for model, is_open in _OPEN[name] if name in moves else ():
            for (before, after), account_ids in by_pair.items():
                rows = model._base_manager.filter(is_open, account__in=account_ids, owner=before)
                ids = list(rows.order_by("pk").values_list("pk", flat=True))
                model._base_manager.filter(pk__in=ids).update(owner=after)
                moved.setdefault(model.__name__, []).extend([pk, before, after] for pk in ids)
    return moved


def _weaken(account_ids: Any) -> list[list[Any]]:
    """Relationships start anew at 2; returns [[contact, strength before, its day]]."""
    rows = Contact.objects.active().filter(account__in=list(account_ids))
    people = rows.filter(Q(strength__gt=STRENGTH) | Q(strength__isnull=True))
    before = [
        [pk, strength, day.isoformat() if day else None]
        for pk, strength, day in people.order_by("pk").values_list("pk", "strength", "strength_set_on")
    ]
    Contact.objects.filter(pk__in=[row[0] for row in before]).update(
        strength=STRENGTH, strength_set_on=today(), version=F("version") + 1
    )
    return before


def _names(lines: Collection[Line]) -> dict[int | None, User]:
    ids = {person for _pk, *people in lines for person in people if person is not None}
    return {user.pk: user for user in User.objects.filter(pk__in=ids)}


def _write_notes(made: Reassignment, lines: Collection[Line], actor: User) -> None:
    """The note on each account's timeline, for the success team alone."""
    people = _names(lines)
    nobody = _("nobody")
    Touchpoint.objects.bulk_create(
        [
            Touchpoint(
                account_id=account_id,
                kind=Touchpoint.Kind.NOTE,
                direction=Touchpoint.Direction.NONE,
                subject=_("Handed over from %(old)s to %(new)s")[:200]
                % {"old": people[before].name if before in people else nobody, "new": people[after].name},
                body=made.note,
                occurred_at=made.made_at,
                logged_by=actor,
                is_private=True,
                source=SOURCE,
                external_id=f"{made.pk}:{account_id}",
            )
            for account_id, before, after in lines
        ],
        batch_size=1000,
    )


def _record(made: Reassignment, lines: Collection[Line]) -> None:
    people = _names(lines)
    record_triggers(
        rows=[
            TriggerRow(
                account_id,
                "csm_changed",
                _key(made.pk),
                made.made_at,
                {"from": people[before].email if before in people else "", "to": people[after].email},
            )
            for account_id, before, after in lines
        ]
    )


def _key(reassignment_id: int) -> str:
    return f"reassignment:{reassignment_id}"


def _after(lines: Collection[Line]) -> None:
    mark_changed(account_ids=[pk for pk, _before, _after in lines], reason="csm_changed")
    rank_tasks(owner_ids={person for _pk, *people in lines for person in people if person is not None})


def _tell(lines: Collection[Line], actor: User, note: str) -> None:
    people = _names(lines)
    got: dict[int, int] = defaultdict(int)
    gave: dict[int, int] = defaultdict(int)
    for _pk, before, after in lines:
        got[after] += 1
        if before is not None:
            gave[before] += 1
    for person, count in got.items():
        words = ngettext_lazy(
            "%(count)s account is yours now: %(note)s", "%(count)s accounts are yours now: %(note)s", "count"
        )
        _tell_one(people[person], actor, words, count, note)
    for person, count in gave.items():
        words = ngettext_lazy(
            "%(count)s of your accounts was handed over", "%(count)s of your accounts were handed over", "count"
        )
        _tell_one(people[person], actor, words, count, note)


def _tell_one(person: User, actor: User, words: Any, count: int, note: str) -> None:
    """One line, in the language of who reads it."""
    if person != actor:
        with translation.override(person.language):
            text = str(words % {"count": count, "note": note})
        notify(user=person, kind="assigned", text=text, url=f"{reverse('accounts')}?owner=me")


@transaction.atomic
def undo_reassign(*, actor: User, reassignment_id: int) -> bool:
    """Everything goes back that is still where it was put; the notes leave the timelines. False the second time.

    Raises:
        CannotUndo: when the actor may not change these accounts any more.
    """
    if Reassignment.objects.filter(pk=reassignment_id, undone_at__isnull=True).update(undone_at=now()) != 1:
        return False
    made = Reassignment.objects.get(pk=reassignment_id)
    if actor.role not in {Role.ADMIN, Role.MANAGER}:
        raise CannotUndo(_("Managers hand accounts over, and take it back."))
    given = {line["account"]: (line["from"], line["to"]) for line in made.lines}
    rows = (
        Account.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=given)
        .order_by("pk")
        .values_list("pk", "csm")
    )
    back = {pk: given[pk][0] for pk, csm_id in rows if csm_id == given[pk][1]}
    _move_accounts(back)
    for name, moved in made.moved.items():
        if name in _MODELS:
            _move_back(_MODELS[name], moved, set(back))
    _strengthen(made)
    notes = [f"{made.pk}:{pk}" for pk in back]
    Touchpoint.objects.filter(source=SOURCE, external_id__in=notes).update(deleted_at=timezone.now())
    Trigger.objects.filter(kind="csm_changed", key=_key(made.pk), account__in=back, handled_at__isnull=True).delete()
    _after([(pk, given[pk][1], before or given[pk][1]) for pk, before in back.items()])
    return True


def _move_back(model: type[Any], moved: Collection[list[int]], account_ids: set[int]) -> None:
    by_pair: dict[tuple[int, int], list[int]] = defaultdict(list)
    for pk, before, after in moved:
        by_pair[before, after].append(pk)
    for (before, after), ids in by_pair.items():
        model._base_manager.filter(pk__in=ids, owner=after, account__in=account_ids).update(owner=before)


def _strengthen(made: Reassignment) -> None:
    before = {pk: (strength, day) for pk, strength, day in made.moved.get("contacts", [])}
    people = list(Contact.objects.filter(pk__in=before, strength=STRENGTH))
    for contact in people:
        strength, day = before[contact.pk]
        contact.strength, contact.version = strength, contact.version + 1
        contact.strength_set_on = dt.date.fromisoformat(day) if day else None
    Contact.objects.bulk_update(people, ["strength", "strength_set_on", "version"], batch_size=1000)
