"""Asking some people at once: a person pressed a button, or a step of a play came to its turn."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import Contact
from team.models import User
from voc.models import Invitation, Survey, SurveyVersion
from voc.services.invitations.asking import ask_people
from voc.services.invitations.planning import current_version, note_people, wanted_until

State = Invitation.State


@dataclass
class InviteResult:
    """What became of one send: invitations that are on their way, people who were not asked, those asked before."""

    invited: list[Invitation] = field(default_factory=list)
    suppressed: list[Invitation] = field(default_factory=list)
    already: int = 0

    @property
    def waiting(self) -> list[Invitation]:
        """Those held back who are asked again by themselves, the first one first."""
        found = [
            (one.next_free_on, one.pk, one)
            for one in self.suppressed
            if one.next_free_on and one.retry_until and one.next_free_on <= one.retry_until
        ]
        return [one for _on, _pk, one in sorted(found, key=lambda row: row[:2])]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why people were not asked, most frequent first."""
        return Counter(invitation.reason for invitation in self.suppressed).most_common()


def invite_contacts(*, actor: User | None, survey: Survey, contacts: Iterable[Contact], occasion: str) -> InviteResult:
    """Invite people to a survey now, whatever their clock says, each in an own transaction: invitation, touchpoint,
    budget and mail, or nothing.

    Whoever may not be asked gets a suppressed invitation with the rule and the next free date; when a person asks, it
    is tried again on that day, as in waves (a play's step says what became of it, and is over). Idempotent per
    occasion (one_invitation_per_person_and_occasion): who was asked is not asked again, who was suppressed is judged
    anew. The caller has checked that the actor may write to these people. Raises NothingToSend.
    """
    version = current_version(survey)
    result = InviteResult()
    until = wanted_until(survey) if actor else None
    for contact in contacts:
        invite_one(actor=actor, version=version, contact=contact, occasion=occasion, result=result, retry_until=until)
    return result


@transaction.atomic
def invite_one(
    *,
    actor: User | None,
    version: SurveyVersion,
    contact: Contact,
    occasion: str,
    result: InviteResult,
    retry_until: dt.date | None = None,
    passed_on_from: Invitation | None = None,
) -> None:
    """One person: the invitation is noted, locked and asked."""
    note_people(
        actor=actor,
        version=version,
        contacts=[contact],
        occasion=occasion,
        is_quiet=False,
        is_judged=False,
        retry_until=retry_until,
        passed_on_from=passed_on_from,
    )
    mine = Invitation.objects.select_for_update(of=("self",)).select_related("version__survey", "sent_by")
    invitation = mine.get(version=version, contact=contact, occasion=occasion[:80])
    if not invitation.is_planned:
        result.already += 1
        return
    ask_people([invitation], is_quiet=False)
    (result.invited if invitation.state == State.QUEUED else result.suppressed).append(invitation)
