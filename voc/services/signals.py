"""What a customer's link tells about the stakeholders: not me, I have left, ask my colleague.

Each is heard in four ways: a line on the timeline, a trigger that playbooks may start on, a notice and a task for the
CSM.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Contact, Touchpoint
from accounts.services.changes import mark_changed
from accounts.services.contacts import create_contact
from accounts.services.summaries import refresh_summaries
from accounts.services.touchpoints import log_touchpoint
from lifecycle.services.tasks import create_task
from lifecycle.services.triggers import record_trigger
from outbox.selectors.locks import wait_for_sends
from team.clock import today
from team.services.limits import take_try
from team.services.notices import notify
from voc.models import Invitation
from voc.services.invitations import recall_invitations
from voc.services.invitations.inviting import InviteResult, invite_one
from voc.services.invitations.planning import wanted_until
from voc.services.preferences import stop_everything

# Whoever has such an address may work anywhere: the same ending says nothing about the company.
OPEN_DOMAINS: Final = frozenset({
    *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com"),
    *("me.com", "aol.com", "gmx.de", "gmx.net", "web.de", "mail.ru", "yandex.ru", "proton.me"),
    *("protonmail.com", "qq.com", "163.com", "126.com", "sina.com", "mail.dk"),
})  # fmt: skip
PASSED_ON_AT_MOST: Final = 3
DAYS_TO_LOOK = 2


@transaction.atomic
def say_not_me(*, contact: Contact) -> bool:
    """The mail reached somebody else: nothing more goes to this address, and the CSM learns of it. Idempotent."""
    is_new = stop_everything(contact=contact, source="link: not me")
    signal(
        contact,
        what="not_me",
        said=_("Says: this address is not mine."),
        notice=_("%(name)s: the address belongs to somebody else"),
        task=_("An address reaches the wrong person: find the right one"),
    )
    return is_new


@transaction.atomic
def say_left(*, contact: Contact) -> bool:
    """The person has left the company: a signal about the stakeholders. Idempotent."""
    wait_for_sends(f"contact:{contact.pk}")
    active = Contact.objects.filter(pk=contact.pk, status=Contact.Status.ACTIVE)
    left = {"status": Contact.Status.LEFT, "left_on": today(), "updated_at": timezone.now()}
    if active.update(**left, version=F("version") + 1) != 1:
        return False
    refresh_summaries(account_ids=[contact.account_id])
    recall_invitations(contact=contact, reason=_("Has left the company"))
    mark_changed(account_ids=[contact.account_id], reason="contact left")
    signal(
        contact,
        what="left",
        said=_("Says: I have left the company."),
        notice=_("%(name)s says: I have left the company"),
        task=_("Somebody left the company: find who follows"),
    )
    return True


@dataclass(frozen=True)
class PassedOn:
    """What became of a colleague's address: invited, not_now (known, but not to be asked now), noted (a person looks at
    it first), enough (this link named its colleagues already)."""

    outcome: str
    invitation: Invitation | None = None


@transaction.atomic
def pass_on(*, invitation: Invitation, email: str, name: str = "") -> PassedOn:
    """Ask a colleague instead, within the colleague's own contact budget.

    SECURITY: mail goes to known people of the account and to addresses of the same company alone; any other address is
    only noted for the CSM, so that nobody sends mail to strangers through us. Three addresses a link.
    """
    sender = invitation.contact
    email, name = email.strip(), " ".join(name.split())[:160]
    if email.lower() == sender.email.lower():
        return PassedOn("noted")
    if not take_try(what="pass on", who=invitation.digest, limit=PASSED_ON_AT_MOST, per=dt.timedelta(days=60)):
        return PassedOn("enough")
    colleague = Contact.objects.filter(account=invitation.account_id, email__iexact=email).first()
    is_new = colleague is None
    if colleague is None and is_same_company(sender.email, email):
        colleague = create_contact(
            actor=None,
            account=invitation.account,
            name=name or email.split("@")[0],
            email=email,
            language=invitation.language,
            notes=_("Named by a colleague in a survey."),
        )
    signal(
        sender,
        what="passed_on",
        said=_("Says: ask a colleague, %(name)s <%(email)s>.") % {"name": name, "email": email},
        notice=_("%(name)s names a colleague to ask"),
        task=_("A colleague was named: see whether they belong to the stakeholders") if is_new else "",
        why=f"{name} {email}".strip(),
        key=f"passed_on:{invitation.pk}:{email.lower()}"[:100],
    )
    open_states = [Invitation.State.QUEUED, Invitation.State.SENT]
    Invitation.objects.filter(pk=invitation.pk, state__in=open_states).update(
        state=Invitation.State.DECLINED, reason=_("Passed on to a colleague"), remind_at=None
    )
    if colleague is None:
        return PassedOn("noted")
    result = InviteResult()
    invite_one(
        actor=None,
        version=invitation.version,
        contact=colleague,
        occasion=invitation.occasion,
        result=result,
        retry_until=wanted_until(invitation.version.survey),
        passed_on_from=invitation,
    )
    return PassedOn("invited", result.invited[0]) if result.invited else PassedOn("not_now")


def is_same_company(one: str, other: str) -> bool:
    """Both addresses end alike, and not in one that anybody may have."""
    ends = {address.rpartition("@")[2].lower() for address in (one, other)}
    return len(ends) == 1 and "" not in ends and not ends & OPEN_DOMAINS


def signal(
    contact: Contact, *, what: str, said: str, notice: str, task: str = "", why: str = "", key: str = ""
) -> None:
    """Timeline, trigger, notice and task. Idempotent per person and `what` (or `key`).

    No name stands in the task or on the timeline: both show the contact, and forget the name with the person.
    """
    account, key = contact.account, key or f"{what}:{contact.pk}"
    log_touchpoint(
        actor=None,
        account=account,
        kind=Touchpoint.Kind.NOTE,
        direction=Touchpoint.Direction.IN,
        subject=said,
        body=said,
        contacts=[contact],
        is_automated=True,
        source="survey",
        external_id=f"signal:{key}"[:120],
    )
    record_trigger(
        account=account,
        kind="stakeholder",
        key=key,
        payload={"said": what, "contact": contact.pk, "persona": contact.persona},
    )
    csm = account.csm
    if csm is None:
        return
    notify(
        user=csm,
        kind="contact",
        text=notice % {"name": contact.name},
        url=reverse("account", args=[contact.account_id]),
        dedupe_key=f"contact:{contact.pk}:{what}",
    )
    if task:
        create_task(
            actor=None,
            owner=csm,
            title=task,
            why=why,
            account=account,
            contact=contact,
            due_on=today() + dt.timedelta(days=DAYS_TO_LOOK),
            is_proactive=False,
            dedupe_key=f"stakeholder:{key}"[:80],
        )
