"""Survey steps of plays: they wait in lifecycle until this asks people and says what came of it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from lifecycle.models import Play, PlayStepRun
from lifecycle.services.mails import pick_contact
from lifecycle.services.plays.waking import finish_run
from team.clock import now
from voc.models import Invitation, Survey
from voc.services.invitations import NothingToSend, invite_contacts

State = PlayStepRun.State
EVERYBODY = "all"
# The occasion of an invitation that a play sent, and so the way back from an answer to the play.
_OCCASION = "play-run:"


def send_play_surveys(*, limit: int = 100) -> int:
    """Ask the people of survey steps that are due; returns how many steps were closed.

    Each is one transaction: invitations, mails and the end of the step. Safe to repeat and to run several times at
    once: the play is locked, and `one_invitation_per_person_and_occasion` holds.
    """
    due = PlayStepRun.objects.filter(kind="survey", state=State.WAITING, due_at__lte=now()).order_by("due_at", "id")
    return sum(_ask(run_id) for run_id in due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _ask(run_id: int) -> bool:
    play = (
        Play.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(runs=run_id, runs__state=State.WAITING)
        .select_related("account")
        .first()
    )
    if play is None:
        return False
    run = PlayStepRun.objects.get(pk=run_id)
    survey = _survey(run.result.get("survey"))
    if survey is None:
        return finish_run(run_id=run_id, state=State.FAILED, result={"reason": _("The survey is gone.")})
    people = _people(play.account, str(run.result.get("to", "primary")))
    try:
        found = invite_contacts(actor=None, survey=survey, contacts=people, occasion=f"{_OCCASION}{run_id}")
    except NothingToSend as error:
        return finish_run(run_id=run_id, state=State.FAILED, result={"reason": str(error)})
    result: dict[str, Any] = {"invited": len(found.invited) + found.already}
    if found.suppressed or not people:
        result["reason"] = "; ".join(reason for reason, _count in found.reasons) or _("There is nobody to ask.")
    state = State.DONE if result["invited"] else State.FAILED
    return finish_run(run_id=run_id, state=state, result=result)


def _survey(value: object) -> Survey | None:
    """By its number, or the newest open one of a kind."""
    surveys = Survey.objects.filter(is_active=True)
    if str(value).isdecimal():
        return surveys.filter(pk=int(str(value))).first()
    return surveys.filter(kind=str(value), versions__isnull=False).order_by("-pk").first()


def _people(account: Account, to: str) -> list[Contact]:
    if to == EVERYBODY:
        return list(Contact.objects.reachable().filter(account=account).order_by("pk"))
    person = pick_contact(account=account, to=to)
    return [person] if person else []


def play_behind(invitation: Invitation) -> Play | None:
    """The play whose step asked, so that what an answer starts is known to be its doing; one query, if any."""
    run_id = invitation.occasion.removeprefix(_OCCASION)
    if run_id == invitation.occasion or not run_id.isdecimal():
        return None
    return Play.objects.filter(runs=int(run_id)).first()
