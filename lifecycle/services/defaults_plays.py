"""The playbooks of a fresh install."""

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.models import MailTemplate, Playbook, PlaybookStep
from lifecycle.services.starter_mail_languages import ensure_mail_languages
from lifecycle.services.starter_mails import STARTER_MAILS
from lifecycle.services.starter_playbooks import STARTERS, Starter
from team.clock import now


@transaction.atomic
def ensure_starter_playbooks() -> int:
    """Add the starter playbooks and their templates that are missing; returns how many playbooks were new.

    Idempotent: one that is there, changed or archived, stays as it is. They start on nothing that happened before.
    """
    known_mails = set(MailTemplate.everything.values_list("slug", flat=True))
    MailTemplate.objects.bulk_create(
        MailTemplate(
            slug=one.slug,
            name=_(one.name),
            subject=one.subject,
            body=one.body,
            wanted_action=_(one.wanted_action),
        )
        for one in STARTER_MAILS
        if one.slug not in known_mails
    )
    ensure_mail_languages()
    known = set(Playbook.objects.values_list("slug", flat=True))
    missing = [starter for starter in STARTERS if starter.slug not in known]
    for starter in missing:
        _make(starter)
    return len(missing)


def _make(starter: Starter) -> None:
    playbook = Playbook.objects.create(
        slug=starter.slug,
        name=_(starter.name),
        purpose=_(starter.purpose),
        stage_kind=starter.stage,
        trigger_kind=starter.trigger,
        trigger_match=[{"name": name, "operator": "eq", "value": value} for name, value in starter.match],
        is_on=starter.is_on,
        on_from=now() if starter.is_on else None,
        quiet_days=starter.quiet_days,
        effect_fact=starter.effect_fact,
        believed_save=starter.believed_save,
        needs_observed_score=starter.needs_observed_score,
    )
    PlaybookStep.objects.bulk_create(
        PlaybookStep(
            playbook=playbook,
            key=step.key,
            position=position,
            kind=step.kind,
            title=_(step.title),
            offset_days=step.offset_days,
            wanted_action=_(step.wanted_action) if step.wanted_action else "",
            options=step.options,
        )
        for position, step in enumerate(starter.steps, start=1)
    )
