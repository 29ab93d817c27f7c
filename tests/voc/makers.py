"""Makers of voice: a published survey, an invited contact, feedback, an insight."""

from typing import Any

from accounts.models import Account, Contact
from outbox.models import Message
from team.clock import now
from team.models import Department, User
from tests.makers import make_contact, make_department
from voc.formulas.duplicates import fingerprint
from voc.formulas.tokens import digest_of, new_token
from voc.models import Feedback, Insight, InsightFeedback, Invitation, SurveyVersion, Theme
from voc.services.defaults import ensure_default_routing, ensure_default_survey
from voc.services.routing import place


def make_nps(owner: User) -> SurveyVersion:
    """The published starter survey, with themes and rules."""
    ensure_default_routing()
    return ensure_default_survey(owner=owner)


def make_invitation(version: SurveyVersion, contact: Contact, **fields: Any) -> tuple[Invitation, str]:
    """An invitation that has been sent, and its token."""
    token = new_token()
    fields.setdefault("expires_at", now().replace(year=now().year + 1))
    fields.setdefault("state", Invitation.State.SENT)
    fields.setdefault("occasion", "2026-Q1")
    invitation = Invitation.objects.create(
        version=version,
        account=contact.account,
        contact=contact,
        digest=digest_of(token),
        language=contact.language[:2],
        **fields,
    )
    return invitation, token


def make_feedback(account: Account, text: str = "The export drops the filters.", **fields: Any) -> Feedback:
    fields.setdefault("source", Feedback.Source.SURVEY)
    fields.setdefault("received_at", now())
    fields.setdefault("fingerprint", fingerprint(text))
    return Feedback.objects.create(account=account, text=text, **fields)


def make_insight(
    account: Account, *, department: str = "product", contact: Contact | None = None, text: str = "", **fields: Any
) -> Insight:
    """An insight with one quote; further fields are set on it."""
    contact = contact or make_contact(account)
    feedback = make_feedback(account, text or "The export drops the filters.", contact=contact, score=3)
    theme, _is_new = Theme.objects.get_or_create(
        slug=fields.pop("theme", "usability"), defaults={"name": "Ease of use"}
    )
    found = Department.objects.get(pk=make_department(department).pk)
    insight = place(feedback=feedback, department=found, theme=theme)
    if fields:
        Insight.objects.filter(pk=insight.pk).update(**fields)
        insight.refresh_from_db()
    return insight


def mails() -> list[Message]:
    return list(Message.objects.order_by("id"))


__all__ = ["InsightFeedback", "mails", "make_feedback", "make_insight", "make_invitation", "make_nps"]
