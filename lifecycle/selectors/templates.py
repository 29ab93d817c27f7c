"""Templates with their languages and use, and what one would say to a real customer."""

from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from accounts.models import Account, Contact
from lifecycle.models import AccountMail, MailTemplate, PlaybookStep
from lifecycle.selectors.mails import Letter, fill, merge_fields
from team.models import User


@dataclass(frozen=True, slots=True)
class Family:
    """A template in all its languages; `playbooks` write it, `sent` mails were written from it."""

    template: MailTemplate
    languages: tuple[tuple[int, str, str], ...]
    playbooks: int
    sent: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A template as one person of one account would read it; `contact` None: there is nobody to show it with."""

    letter: Letter
    account: Account | None = None
    contact: Contact | None = None


def read_templates() -> list[Family]:
    """All templates by name, each once. Two queries."""
    sent = Count("mails", filter=Q(mails__state=AccountMail.State.SENT))
    rows = list(MailTemplate.objects.annotate(sent=sent).order_by("name", "language"))
    steps = PlaybookStep.objects.filter(kind="mail", playbook__archived_at=None)
    by_slug = Counter(slug for _playbook, slug in set(steps.values_list("playbook", "options__template")))
    words = dict(settings.LANGUAGES)
    families: dict[str, list[MailTemplate]] = {}
    for row in rows:
        families.setdefault(row.slug, []).append(row)
    return [
        Family(
            template=next((each for each in variants if each.language == "en"), variants[0]),
            languages=tuple(
                (each.pk, each.language, str(words.get(each.language, each.language))) for each in variants
            ),
            playbooks=by_slug[slug],
            sent=sum(each.sent for each in variants),  # type: ignore[attr-defined]
        )
        for slug, variants in families.items()
    ]


def preview_template(*, user: User, language: str, subject: str, body: str, asks_for: str = "") -> Preview:
    """The words with the real values of somebody whom the user sees, best one who reads that language."""
    people = Contact.objects.visible_to(user).reachable().select_related("account__csm")
    contact = people.filter(language=language).order_by("pk").first() or people.order_by("pk").first()
    if contact is None:
        return Preview(Letter(subject, body))
    fields = merge_fields(contact.account, contact, contact.account.csm or user, asks_for=asks_for, language=language)
    return Preview(fill(subject, body, fields), contact.account, contact)
