"""Who will be asked this quarter at one account: mails that wait, retries, reminders, waves, triggers, plays."""

import datetime as dt
from collections.abc import Iterator
from itertools import chain

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountSummary
from accounts.selectors.budget import ComingAsk
from lifecycle.models import PlayStepRun
from voc.models import Invitation, SurveyTrigger, Wave
from voc.models.invitations import InvitationQuerySet
from voc.selectors.audiences import BadAudience, audience_of
from voc.selectors.suppressed import will_be_retried

# So many of each kind are named at most.
MOST = 25
State = Invitation.State


def coming_surveys(*, account: Account, at: dt.datetime, until: dt.date) -> list[ComingAsk]:
    """For settings.BUDGET_PLANS; six queries and two per wave that is planned for the quarter."""
    of_account = Invitation.objects.filter(account=account).select_related("contact", "version__survey")
    return list(
        chain(
            _waiting(of_account, until),
            _retries(of_account, at.date(), until),
            _reminders(of_account, until),
            _waves(account, until),
            _renewal(account, at.date(), until),
            _plays(account, until),
        )
    )


def _ask(invitation: Invitation, on: dt.date | None, why: str) -> ComingAsk:
    survey = invitation.version.survey
    return ComingAsk(
        on, invitation.contact.name, survey.name, why, invitation.contact_id, reverse("survey", args=[survey.pk])
    )


def _waiting(rows: InvitationQuerySet, until: dt.date) -> Iterator[ComingAsk]:
    for row in rows.filter(state=State.QUEUED).order_by("send_after", "pk")[:MOST]:
        on = row.send_after.date() if row.send_after else None
        if on is None or on <= until:
            yield _ask(row, on, _("waits to be sent"))


def _retries(rows: InvitationQuerySet, on: dt.date, until: dt.date) -> Iterator[ComingAsk]:
    held = rows.filter(will_be_retried(on), state=State.SUPPRESSED, next_free_on__lte=until)
    for row in held.order_by("next_free_on", "pk")[:MOST]:
        yield _ask(row, row.next_free_on, _("asked again: %(reason)s") % {"reason": row.reason})


def _reminders(rows: InvitationQuerySet, until: dt.date) -> Iterator[ComingAsk]:
    due = rows.filter(state=State.SENT, remind_at__isnull=False, remind_at__date__lte=until).silent()
    for row in due.order_by("remind_at", "pk")[:MOST]:
        yield _ask(row, row.remind_at.date() if row.remind_at else None, _("reminder, unless they answer"))


def _waves(account: Account, until: dt.date) -> Iterator[ComingAsk]:
    planned = Wave.objects.filter(state=Wave.State.SCHEDULED, send_at__date__lte=until)
    for wave in planned.select_related("survey", "created_by").order_by("send_at")[:MOST]:
        if wave.created_by is None or wave.send_at is None:
            continue
        try:
            people = list(audience_of(wave, user=wave.created_by).filter(account=account).order_by("name")[:MOST])
        except BadAudience:
            continue
        address = reverse("survey", args=[wave.survey_id])
        why = _("in the audience of %(wave)s") % {"wave": wave.name}
        for contact in people:
            yield ComingAsk(wave.send_at.date(), contact.name, wave.survey.name, why, contact.pk, address)


def _renewal(account: Account, on: dt.date, until: dt.date) -> Iterator[ComingAsk]:
    """Surveys that ask by themselves so many days before the renewal."""
    renews_on = AccountSummary.objects.filter(account=account).values_list("renews_on", flat=True).first()
    if renews_on is None:
        return
    triggers = SurveyTrigger.objects.filter(kind=SurveyTrigger.Kind.RENEWAL, is_active=True, survey__is_active=True)
    for trigger in triggers.select_related("survey").order_by("pk")[:MOST]:
        asked_on = renews_on - dt.timedelta(days=trigger.days)
        if on <= asked_on <= until:
            why = _("before the renewal, if they fit")
            yield ComingAsk(asked_on, _("People here"), trigger.survey.name, why, None, _survey_url(trigger))


def _survey_url(trigger: SurveyTrigger) -> str:
    return reverse("survey", args=[trigger.survey_id])


def _plays(account: Account, until: dt.date) -> Iterator[ComingAsk]:
    runs = PlayStepRun.objects.filter(
        play__account=account, kind="survey", state=PlayStepRun.State.WAITING, due_at__date__lte=until
    )
    for run in runs.select_related("play__playbook").order_by("due_at")[:MOST]:
        why = _("step of a play")
        yield ComingAsk(run.due_at.date(), _("People here"), run.play.playbook.name, why)
