"""Voice on an account's timeline: answers, words from elsewhere, and each step of its insights."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.selectors.timeline import Cursor, TimelineEntry, older_than
from team.models import User
from voc.formulas.nps import is_detractor
from voc.models import Feedback, InsightStep, Response
from voc.selectors.quotes import author_for, quote_for, words_for

KIND = "voice"


def voice_entries(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """A source of the timeline (settings.TIMELINE_SOURCES); three queries."""
    entries = answers(account, user, before, limit) + words(account, user, before, limit)
    entries += steps(account, user, before, limit)
    return sorted(entries, key=lambda entry: entry.order, reverse=True)[:limit]


def answers(account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Confirmed survey answers, with the words that came along."""
    rows = Response.objects.visible_to(user).counted().filter(account=account)
    rows = rows.filter(older_than(before, at="submitted_at", prefix="response"))
    found = rows.select_related("contact", "version__survey").prefetch_related("feedback")
    return [answer_entry(row, user) for row in found.order_by("-submitted_at", "-pk")[:limit]]


def answer_entry(row: Response, user: User) -> TimelineEntry:
    """One answer."""
    said = next((feedback.text for feedback in row.feedback.all()), "")
    score = row.score if row.score is not None else "–"
    tone = "" if row.score is None else "critical" if is_detractor(row.score) else "good" if row.score >= 9 else ""
    assert row.submitted_at is not None
    return TimelineEntry(
        key=f"response-{row.pk}",
        kind=KIND,
        kind_label=_("Survey answer"),
        icon="clipboard-list",
        at=row.submitted_at,
        title=f"{row.version.survey.name}: {score}",
        text=words_for(user, said),
        who=row.contact.name if row.contact else "",
        url=reverse("survey", args=[row.version.survey_id]),
        tone=tone,
    )


def words(account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Feedback that came another way."""
    rows = Feedback.objects.visible_to(user).filter(account=account, response__isnull=True)
    rows = rows.filter(older_than(before, at="received_at", prefix="feedback"))
    return [
        TimelineEntry(
            key=f"feedback-{row.pk}",
            kind=KIND,
            kind_label=_("Feedback by %(source)s") % {"source": row.get_source_display()},
            icon="quote",
            at=row.received_at,
            title=said[:80],
            text=said if len(said) > 80 else "",
            who=author_for(user, row),
            url=reverse("feedback_page", args=[row.pk]),
            tone="critical" if row.sentiment is not None and row.sentiment < 0 else "",
        )
        for row in rows.select_related("contact").order_by("-received_at", "-pk")[:limit]
        for said in (quote_for(user, row),)
    ]


def steps(account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Decisions on the account's insights."""
    rows = InsightStep.objects.filter(insight__account=account).filter(
        older_than(before, at="happened_at", prefix="step")
    )
    if user.role == "member":
        rows = rows.filter(insight__department__in=user.department_ids())
    found = rows.select_related("insight__department", "actor", "contact").order_by("-happened_at", "-pk")[:limit]
    return [
        TimelineEntry(
            key=f"step-{row.pk}",
            kind=KIND,
            kind_label=_("Insight: %(state)s") % {"state": row.get_state_display()},
            icon="lightbulb",
            at=row.happened_at,
            title=row.insight.title,
            text=row.text,
            who=str(row.actor or row.contact or row.insight.department),
            url=reverse("insight", args=[row.insight_id]),
            tone="good" if row.state == "verified" else "critical" if row.state == "reopened" else "",
        )
        for row in found
    ]
