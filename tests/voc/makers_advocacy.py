"""Makers of the advocacy desk and of departments' own rules."""

import datetime as dt
from typing import Any

from accounts.models import Account, AccountGrant, AccountSummary, Touchpoint
from accounts.services.touchpoints import log_touchpoint
from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_department, make_user
from tests.voc.makers import make_feedback
from voc.formulas.advocacy import quarter_of
from voc.models import AdvocacyRequest, AdvocacyWork, DepartmentRule, FeedbackTheme, Theme


def make_marketer(*accounts: Account, email: str = "marketing@vendor.example") -> User:
    """A member of marketing, to which these accounts are granted."""
    person = make_user(email=email, name="Maya Chen", role="member")
    department = make_department("marketing", members=(person,))
    for account in accounts:
        AccountGrant.objects.create(account=account, department=department, reason="A story", source_ref="test")
    return person


def make_fan(*, csm: User, name: str = "", **summary: Any) -> Account:
    """A healthy account that says so."""
    account = make_account(csm=csm, name=name)
    fields = {"nps": 10, "health": 84, "health_state": "scored", "health_band": "great", **summary}
    AccountSummary.objects.filter(account=account).update(**fields)
    account.refresh_from_db()
    return account


def make_request(account: Account, *, days_ago: int = 5, answer: str = "", **fields: Any) -> AdvocacyRequest:
    """A request without a touch; answered the day after where it has an answer."""
    asked_on = today() - dt.timedelta(days=days_ago)
    fields.setdefault("answer_by", asked_on + dt.timedelta(days=14))
    fields.setdefault("kind", "reference")
    if answer:
        fields.setdefault("answered_on", min(today(), asked_on + dt.timedelta(days=1)))
    return AdvocacyRequest.objects.create(account=account, asked_on=asked_on, answer=answer, **fields)


def make_work(account: Account, **fields: Any) -> AdvocacyWork:
    """A case study in use."""
    fields.setdefault("title", "From sheets to one plan")
    fields.setdefault("kind", "case_study")
    return AdvocacyWork.objects.create(account=account, published_on=today(), **fields)


def make_reference(account: Account, **fields: Any) -> Touchpoint:
    """A reference request as people log it elsewhere."""
    return log_touchpoint(actor=None, account=account, kind="reference", subject="Asked by phone", **fields)


def make_theme(slug: str = "usability") -> Theme:
    theme, _is_new = Theme.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    return theme


def say(account: Account, theme: Theme, *, weeks_ago: float, label: str = "neutral") -> None:
    """One piece of feedback on the theme."""
    at = now() - dt.timedelta(weeks=weeks_ago)
    feedback = make_feedback(account, f"{theme.slug} {weeks_ago} {label}", received_at=at, label=label)
    FeedbackTheme.objects.create(feedback=feedback, theme=theme)


def make_own_rule(department: str = "product", *, days_ago: int = 0, **fields: Any) -> DepartmentRule:
    """A rule in force, made so many days ago."""
    fields.setdefault("statement", "Each export is tried by two customers")
    fields.setdefault("measure", "theme_volume")
    fields.setdefault("theme", make_theme())
    fields.setdefault("check_on", today() + dt.timedelta(days=90))
    rule = DepartmentRule.objects.create(department=make_department(department), **fields)
    DepartmentRule.objects.filter(pk=rule.pk).update(created_at=now() - dt.timedelta(days=days_ago))
    rule.refresh_from_db()
    return rule


def worsening(csm: User) -> None:
    """Two good quarters, then two in which nearly all refuse; one account refuses twice."""
    for back, answer, count in ((4, "yes", 12), (3, "yes", 12), (2, "no", 11), (1, "no", 11)):
        day = quarter_of(today(), back) + dt.timedelta(days=10)
        for _number in range(count):
            make_request(make_account(csm=csm), days_ago=(today() - day).days, answer=answer)
    sour = make_account(csm=csm, name="Sour")
    for kind in ("review", "quote"):
        make_request(sour, days_ago=(today() - quarter_of(today(), 1)).days - 20, answer="stalled", kind=kind)
