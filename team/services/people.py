"""People: role, activity, password. Each change of what a person may do ends their sessions and API keys at once."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from team.models import ActionLog, Department, Role, User
from team.services.keys import revoke_all_keys
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action


class CannotChange(Exception):
    """The change would lock everybody out; the message is for the person."""


@transaction.atomic
def change_role(*, actor: User, person: User, role: str) -> ActionLog | None:
    """Give a person another role; None when they have it. Their sessions and API keys end.

    Raises CannotChange for the own role and for the last active admin.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.role == role:
        return None
    before = person.role
    _keep_one_admin(actor=actor, person=person)
    person.role = role
    person.save(update_fields=["role"])
    end_access(person=person)
    return log_action(
        actor=actor,
        verb=_("Made %(name)s %(role)s") % {"name": person, "role": person.get_role_display()},
        service="team.change_role",
        arguments={"person_id": person.pk, "role": before},
    )


def undo_change_role(*, actor: User, person_id: int, role: str) -> bool:
    """The way back of `change_role`; only an admin may take it."""
    _require_admin(actor)
    try:
        return change_role(actor=actor, person=User.objects.get(pk=person_id), role=role) is not None
    except CannotChange as error:
        raise CannotUndo(str(error)) from error


@transaction.atomic
def deactivate_person(*, actor: User, person: User) -> ActionLog | None:
    """Shut a person out at once; their work and history stay. None when they are out already.

    Raises CannotChange for oneself and for the last active admin.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not person.is_active:
        return None
    _keep_one_admin(actor=actor, person=person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_access(person=person)
    return log_action(
        actor=actor,
        verb=_("Deactivated %(name)s") % {"name": person},
        service="team.reactivate_person",
        arguments={"person_id": person.pk},
    )


@transaction.atomic
def reactivate_person(*, actor: User, person: User) -> bool:
    """Let a person in again; old sessions and keys stay dead. False when they are in."""
    return User.objects.filter(pk=person.pk, is_active=False).update(is_active=True) == 1


def undo_deactivate_person(*, actor: User, person_id: int) -> bool:
    """The way back of `deactivate_person`; only an admin may take it."""
    _require_admin(actor)
    return reactivate_person(actor=actor, person=User.objects.get(pk=person_id))


@transaction.atomic
def edit_person(*, actor: User, person: User, name: str, title: str, departments: Iterable[Department]) -> User:
    """Change what an admin keeps about a person: name, title, departments."""
    person.name, person.title = name, title
    person.save(update_fields=["name", "title"])
    person.departments.set(departments)
    return person


@transaction.atomic
def change_password(*, person: User, password: str) -> None:
    """Store a new password. Every session ends (the caller may keep the one it came with), API keys are revoked."""
    person.set_password(password)
    # The counter puts the change into the audit trail, which never holds the password itself.
    person.access_version += 1
    person.save(update_fields=["password", "access_version"])
    number = revoke_all_keys(owner=person)
    if number:
        notify(
            user=person,
            kind="security",
            text=_("Your password changed, so %(number)d of your API keys stopped working.") % {"number": number},
            url="/settings/keys/",
        )


@transaction.atomic
def end_access(*, person: User) -> None:
    """End every session and API key of the person, now.

    SECURITY: the counter is part of each session's fingerprint, so a session that is being written at this moment
    dies too; deleting the rows only tidies up.
    """
    User.objects.filter(pk=person.pk).update(access_version=F("access_version") + 1)
    Session.objects.filter(session_key__in=UserSession.objects.filter(user=person).values("session_key")).delete()
    UserSession.objects.filter(user=person).delete()
    revoke_all_keys(owner=person)


@transaction.atomic
def reset_mfa(*, actor: User, person: User) -> bool:
    """Take a lost second factor off a person (an admin has checked who asks); True when there was one.

    Their sessions end, and they get a notice, so that it cannot happen behind their back.
    """
    if not Authenticator.objects.filter(user=person).delete()[0]:
        return False
    end_access(person=person)
    text = _("%(name)s removed your second factor. If you did not ask for it, tell an admin.") % {"name": actor}
    notify(user=person, kind="security", text=text, url="/settings/security/")
    return True


@transaction.atomic
def end_session(*, person: User, session_id: int) -> bool:
    """Sign the person out of one of their own browsers; False when it is not theirs or over."""
    found = UserSession.objects.filter(pk=session_id, user=person).first()
    if found is None:
        return False
    Session.objects.filter(session_key=found.session_key).delete()
    found.delete()
    return True


def _keep_one_admin(*, actor: User, person: User) -> None:
    if person.pk == actor.pk:
        raise CannotChange(_("You cannot take away your own access. Ask another admin."))
    if person.role != Role.ADMIN:
        return
    # Locked, so that two admins who remove each other do not both win.
    admins = list(User.objects.active().filter(role=Role.ADMIN).select_for_update().values_list("pk", flat=True))
    if admins == [person.pk]:
        raise CannotChange(_("This is the last active admin."))


def _require_admin(actor: User) -> None:
    if actor.role != Role.ADMIN or not actor.is_active:
        raise CannotUndo(_("Only an admin can take this back."))
