"""Mail of the demo world: what went out, what waits for a person, what nobody finished."""

import datetime as dt

from accounts.models import Account, Contact
from lifecycle.models import AccountMail, MailTemplate, Play, Playbook, PlayStepRun
from lifecycle.selectors.mails import fill, merge_fields, template_in
from lifecycle.services.defaults_plays import ensure_starter_playbooks
from lifecycle.services.mail_drafts import save_draft
from lifecycle.services.mails import pick_contact, plan_mail
from team.clock import now
from team.models import Role, User
from team.selectors.install import DEMO_DOMAIN
from workspace.demo.sheets import Sheet, move_sequences, next_free_id

WAITING = 7
SENT = 24


def write_mails() -> int:
    """Fill the review box, the drafts and the sent mails of the demo's CSM once; returns how many were written.

    Nothing leaves: what went out is only remembered, what waits was never sent. The number does not grow with the
    world.
    """
    ensure_starter_playbooks()
    csm = User.objects.filter(email__endswith=f"@{DEMO_DOMAIN}", role=Role.CSM).order_by("pk").first()
    if csm is None or AccountMail.objects.drafted_by(csm).exists():
        return 0
    book = list(Account.objects.filter(csm=csm, status=Account.Status.CUSTOMER).order_by("pk")[: WAITING + SENT])
    people = {account.pk: pick_contact(account=account, to="primary") for account in book}
    reached = [(account, contact) for account in book if (contact := people[account.pk]) is not None]
    return _waiting(csm, reached[:WAITING]) + _sent(csm, reached[WAITING:]) + _drafts(csm, reached[:2])


def _waiting(csm: User, people: list[tuple[Account, Contact]]) -> int:
    """Plays that have come to a mail: the play is there, and its mail waits."""
    playbooks = list(Playbook.objects.filter(steps__kind="mail", archived_at=None).distinct().order_by("pk"))
    templates = {template.slug: template for template in MailTemplate.objects.filter(language="en")}
    made = 0
    for number, (account, contact) in enumerate(people if playbooks else []):
        playbook = playbooks[number % len(playbooks)]
        steps = list(playbook.steps.order_by("position"))
        step = next(each for each in steps if each.kind == "mail")
        names = ("key", "kind", "title", "offset_days", "wanted_action", "options")
        began = now() - dt.timedelta(days=1 + number % 3, hours=number)
        play, is_new = Play.objects.get_or_create(
            playbook=playbook,
            account=account,
            state=Play.State.RUNNING,
            defaults={
                "owner": csm,
                "started_at": began,
                "steps": [{name: getattr(each, name) for name in names} for each in steps],
                "at_step": step.key,
            },
        )
        template = templates.get(str(step.options.get("template")))
        if not is_new or template is None:
            continue
        run = PlayStepRun.objects.create(play=play, step_key=step.key, kind="mail", due_at=began)
        plan_mail(account=account, contact=contact, owner=csm, asks_for=step.wanted_action, template=template, run=run)
        made += 1
    return made


def _sent(csm: User, people: list[tuple[Account, Contact]]) -> int:
    families = list(MailTemplate.objects.filter(language="en").order_by("slug"))
    sheet = Sheet(AccountMail, first_id=next_free_id(AccountMail))
    for number, (account, contact) in enumerate(people if families else []):
        template = template_in(families[number % len(families)], contact.language)
        words = fill(
            template.subject,
            template.body,
            merge_fields(account, contact, csm, asks_for=template.wanted_action),
        )
        at = now() - dt.timedelta(days=4 + 3 * number, hours=number % 7)
        sheet.add(
            account_id=account.pk,
            contact_id=contact.pk,
            author_id=csm.pk,
            owner_id=csm.pk,
            template_id=template.pk,
            subject=words.subject,
            body=words.body,
            asks_for=template.wanted_action,
            state=AccountMail.State.SENT,
            created_at=at,
            sent_at=at,
        )
    sheet.flush()
    move_sequences([sheet])
    return sheet.written


def _drafts(csm: User, people: list[tuple[Account, Contact]]) -> int:
    for account, contact in people:
        save_draft(
            actor=csm,
            account=account,
            contact=contact,
            subject="Before we meet on Thursday",
            body="Dear {{ contact.first_name }},\n\nthree numbers that I will bring, and one question for you.\n\n",
        )
    return len(people)
