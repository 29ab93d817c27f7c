"""Joining the team: people come by invitation only."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from team.formulas import digest_of, new_secret
from team.models import Department, Install, StaffInvitation, User

LIVES_FOR = dt.timedelta(days=7)


class CannotInvite(Exception):
    """The person is here already, or was invited at the same moment; the message is for the inviter."""


class InvitationGone(Exception):
    """The link does not work: unknown, used, withdrawn or expired. The four look alike on purpose."""


@dataclass(frozen=True)
class Sent:
    invitation: StaffInvitation
    secret: str  # stands in the mail; only its digest is kept


@transaction.atomic
def invite_person(*, actor: User, email: str, name: str, role: str, departments: Iterable[Department] = ()) -> Sent:
    """Mail a link that makes one user with this address and role, within 7 days, once.

    An open invitation to the same address is replaced (constraint `one_open_invitation_per_mail`). Raises CannotInvite.
    """
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise CannotInvite(_("There is already a person with this address."))
    StaffInvitation.objects.open().filter(email=email).update(revoked_at=timezone.now())
    secret = new_secret()
    try:
        with transaction.atomic():
            invitation = StaffInvitation.objects.create(
                email=email,
                name=name,
                role=role,
                digest=digest_of(secret),
                invited_by=actor,
                expires_at=timezone.now() + LIVES_FOR,
            )
    except IntegrityError as error:
        raise CannotInvite(_("Somebody else is inviting this person right now.")) from error
    invitation.departments.set(departments)
    _mail(invitation, secret)
    return Sent(invitation=invitation, secret=secret)


def send_again(*, actor: User, invitation: StaffInvitation) -> Sent:
    """Invite anew with the same words; the old link dies. Raises CannotInvite."""
    return invite_person(
        actor=actor,
        email=invitation.email,
        name=invitation.name,
        role=invitation.role,
        departments=list(invitation.departments.all()),
    )


def withdraw_invitation(*, invitation: StaffInvitation) -> bool:
    """Make the link dead; False when it was used or withdrawn before."""
    return StaffInvitation.objects.open().filter(pk=invitation.pk).update(revoked_at=timezone.now()) == 1


@transaction.atomic
def accept_invitation(*, secret: str, name: str, password: str) -> User:
    """Make the invited person, once: of many clicks at the same time one wins. Raises InvitationGone for the others.

    Address, role and departments come from the invitation, never from the form.
    """
    invitation = find_invitation(secret)
    claimed = StaffInvitation.objects.usable().filter(pk=invitation.pk).update(accepted_at=timezone.now())
    if claimed != 1 or User.objects.filter(email=invitation.email).exists():
        raise InvitationGone
    zone = Install.objects.filter(pk=1).values_list("time_zone", flat=True).first() or "UTC"
    person = User.objects.create_user(invitation.email, password, name=name, role=invitation.role, time_zone=zone)
    person.departments.set(invitation.departments.all())
    return person


def find_invitation(secret: str) -> StaffInvitation:
    """The invitation that the link stands for, while it works; raises InvitationGone."""
    found = StaffInvitation.objects.usable().filter(digest=digest_of(secret)).first()
    if found is None:
        raise InvitationGone
    return found


def _mail(invitation: StaffInvitation, secret: str) -> None:
    company = Install.objects.filter(pk=1).values_list("company", flat=True).first() or "Perennial"
    context = {
        "invitation": invitation,
        "company": company,
        "link": f"{settings.BASE_URL}/join/{secret}/",
        "days": LIVES_FOR.days,
    }
    subject = _("%(name)s invites you to %(company)s on Perennial") % {
        "name": invitation.invited_by,
        "company": company,
    }
    body = render_to_string("team/mail/invitation.txt", context)
    send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [invitation.email])
