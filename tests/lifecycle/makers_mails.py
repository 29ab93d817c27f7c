"""Makers of templates, mails and plays that write them."""

import itertools
from typing import Any

from accounts.models import Account, Contact
from lifecycle.models import AccountMail, MailTemplate, Play, Playbook, PlayStepRun
from team.clock import now
from team.models import User

_serial = itertools.count(1)


def make_template(*, slug: str = "", language: str = "en", **fields: Any) -> MailTemplate:
    given = {
        "name": f"Template {next(_serial)}",
        "subject": "A word about {{ account.name }}",
        "body": "Dear {{ contact.first_name }},\n\nplease {{ ask }}.\n\n{{ author.name }}",
        "wanted_action": "book a call",
        **fields,
    }
    return MailTemplate.objects.create(slug=slug or f"template-{next(_serial)}", language=language, **given)


def make_playbook(*, name: str = "", **fields: Any) -> Playbook:
    number = next(_serial)
    return Playbook.objects.create(slug=f"playbook-{number}", name=name or f"Playbook {number}", **fields)


def make_play(account: Account, *, playbook: Playbook | None = None, owner: User | None = None, **fields: Any) -> Play:
    return Play.objects.create(
        account=account, playbook=playbook or make_playbook(), owner=owner, started_at=now(), **fields
    )


def make_run(play: Play, *, key: str = "write", kind: str = "mail", **fields: Any) -> PlayStepRun:
    return PlayStepRun.objects.create(play=play, step_key=key, kind=kind, due_at=now(), **fields)


def make_mail(contact: Contact, *, owner: User, state: str = AccountMail.State.REVIEW, **fields: Any) -> AccountMail:
    given = {"subject": "Hello", "body": "Dear {{ contact.first_name }}", "is_automated": state == "review", **fields}
    if state == AccountMail.State.DRAFT:
        given.setdefault("author", owner)
    return AccountMail.objects.create(account=contact.account, contact=contact, owner=owner, state=state, **given)
