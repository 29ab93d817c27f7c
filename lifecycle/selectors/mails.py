"""What a mail to a customer says: its template in the customer's language, its merge fields, its words when filled."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import get_supported_language_variant, override

from accounts.models import Account, AccountSummary, Contact, CustomField
from lifecycle.formulas.merging import FIELDS, MergeError, first_name, merge
from lifecycle.models import AccountMail, ContentItem, MailTemplate
from team.clock import today
from team.models import Install, User
from ui.formats import NOTHING, day, number


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as the customer will read it. With a `problem` (a field without a value) the words are as typed."""

    subject: str
    body: str
    problem: str = ""


def supported(language: str) -> str:
    """The language of ours that is next to a customer's."""
    try:
        return get_supported_language_variant(language or "en")
    except LookupError:
        return "en"


def template_in(template: MailTemplate, language: str) -> MailTemplate:
    """The template in a language: exactly, else its base, else English, else as it is. One query."""
    variants = {each.language: each for each in MailTemplate.objects.filter(slug=template.slug)}
    for wanted in (language, supported(language), language.split("-", maxsplit=1)[0], "en"):
        if wanted in variants:
            return variants[wanted]
    return template


def templates_by_slug() -> dict[str, MailTemplate]:
    """One template per family, in English where there is one, by name. One query."""
    found: dict[str, MailTemplate] = {}
    for template in MailTemplate.objects.order_by("name", "id"):
        if template.slug not in found or template.language == "en":
            found[template.slug] = template
    return dict(sorted(found.items(), key=lambda pair: pair[1].name.casefold()))


def known_fields() -> dict[str, str]:
    """Every merge field and what it stands for, the install's own fields of accounts among them. One query."""
    custom = {f"custom.{field.key}": field.label for field in CustomField.objects.order_by("position", "label")}
    return {name: str(words) for name, words in FIELDS.items()} | custom


@dataclass(frozen=True, slots=True)
class Vendor:
    """What all mails of the install share: the company's name and the keys of its own fields."""

    name: str
    own_fields: tuple[str, ...]


def read_vendor() -> Vendor:
    """Two queries; read it once for many mails."""
    name = Install.objects.values_list("company", flat=True).filter(pk=1).first() or "Perennial"
    return Vendor(name, tuple(CustomField.objects.values_list("key", flat=True)))


def merge_fields(
    account: Account,
    contact: Contact | None,
    user: User | None,
    *,
    asks_for: str = "",
    due_on: dt.date | None = None,
    content: ContentItem | None = None,
    language: str = "",
    vendor: Vendor | None = None,
) -> dict[str, str]:
    """The values of the merge fields for a mail of `user` to `contact`; unknown ones are empty. Days are written in
    `language`, that of the words around them; by default the customer's. An account loaded with its summary and CSM,
    and a `vendor`, cost no query."""
    vendor = vendor or read_vendor()
    with override(supported(language or (contact.language if contact else "en"))):
        return _account_values(account, vendor.own_fields) | {
            "contact.first_name": first_name(contact.name) if contact else "",
            "contact.name": contact.name if contact else "",
            "contact.title": contact.title if contact else "",
            "author.first_name": first_name(user.name) if user else "",
            "author.name": user.name if user else "",
            "author.title": user.title if user else "",
            "author.email": user.email if user else "",
            "vendor.name": vendor.name,
            "content.title": content.title if content else "",
            "content.url": content.url if content else "",
            "ask": _within(asks_for),
            "due_on": _day(due_on),
        }


def _within(words: str) -> str:
    """Words that stand inside a sentence: "Choose a date" becomes "choose a date", "NPS" stays."""
    return words[0].lower() + words[1:] if words[1:2].islower() else words


def _account_values(account: Account, own_fields: tuple[str, ...]) -> dict[str, str]:
    summary: AccountSummary | None = getattr(account, "summary", None)
    values = {
        "account.name": account.name,
        "account.stage": summary.stage if summary else "",
        "account.seats": number(summary.seats) if summary and summary.seats else "",
        "account.signed_on": _day(account.signed_on),
        "account.renews_on": _day(summary.renews_on if summary else None),
        "account.desired_outcomes": account.desired_outcomes.strip(),
        "csm.first_name": first_name(account.csm.name) if account.csm else "",
        "csm.name": account.csm.name if account.csm else "",
    }
    for key in own_fields:
        value = account.custom.get(key)
        values[f"custom.{key}"] = "" if value is None or isinstance(value, bool) else str(value)
    return values


def _day(value: dt.date | None) -> str:
    words = day(value)
    return "" if words == NOTHING else words


def letter_of(mail: AccountMail, vendor: Vendor | None = None) -> Letter:
    """The mail with its fields filled; a sent one as it was sent. See `merge_fields` for what it costs."""
    if mail.state in {AccountMail.State.SENT, AccountMail.State.REFUSED, AccountMail.State.REJECTED}:
        return Letter(mail.subject, mail.body)
    fields = merge_fields(
        mail.account,
        mail.contact,
        mail.author or mail.owner,
        asks_for=mail.asks_for,
        due_on=mail.due_on,
        content=_content_of(mail) if "content." in mail.subject + mail.body else None,
        language=mail.template.language if mail.template else "",
        vendor=vendor,
    )
    return fill(mail.subject, mail.body, fields)


def fill(subject: str, body: str, fields: dict[str, str]) -> Letter:
    """Both parts filled, or both as typed with every problem named."""
    parts, problems = [], []
    for text in (subject, body):
        try:
            parts.append(merge(text, fields))
        except MergeError as error:
            problems.append(str(error))
    if problems:
        return Letter(subject, body, " ".join(dict.fromkeys(problems)))
    return Letter(" ".join(parts[0].split()), parts[1])


def _content_of(mail: AccountMail) -> ContentItem | None:
    """The content that the step of the play hands out."""
    if mail.run is None:
        return None
    step = mail.run.play.playbook.steps.filter(key=mail.run.step_key).select_related("content").first()
    return step.content if step else None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A mail that waits for a person, with its subject filled."""

    mail: AccountMail
    subject: str
    problem: str


@dataclass(frozen=True, slots=True)
class ReviewBox:
    """Mails of plays that wait for a person: to read now, and those that come back on a day."""

    at_hand: list[ReviewLine]
    held: list[AccountMail]
    is_cut: bool


def review_box(user: User, *, whose: str = "me", limit: int = 100) -> ReviewBox:
    """What the user has to read (`me`), or what anybody has on accounts that the user edits (`team`); oldest first.

    Four queries.
    """
    rows = AccountMail.objects.to_review().filter(account__deleted_at=None)
    rows = rows.owned_by(user) if whose == "me" else rows.editable_by(user)
    rows = rows.select_related(
        "account__csm", "account__summary", "contact", "owner", "author", "template", "run__play__playbook"
    )
    at_hand = list(rows.at_hand(today()).order_by("created_at", "id")[: limit + 1])
    held = list(rows.filter(Q(later_on__gt=today()) | Q(next_free_on__gt=today())).order_by("created_at", "id")[:limit])
    return ReviewBox(_lines(at_hand[:limit]), held, len(at_hand) > limit)


def _lines(mails: list[AccountMail]) -> list[ReviewLine]:
    vendor = read_vendor() if mails else None
    letters = [letter_of(mail, vendor) for mail in mails]
    return [
        ReviewLine(mail, letter.subject, mail.refusal or letter.problem)
        for mail, letter in zip(mails, letters, strict=True)
    ]
