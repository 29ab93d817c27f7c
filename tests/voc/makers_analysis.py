"""Makers for analysis: themes said at a time, insights with a past."""

import datetime as dt
from typing import Any

from accounts.models import Account
from team.clock import now
from tests.voc.makers import make_feedback, make_insight
from voc.models import Feedback, FeedbackTheme, Insight, Theme


def make_theme(slug: str = "bugs", **fields: Any) -> Theme:
    fields.setdefault("name", slug.capitalize())
    return Theme.objects.get_or_create(slug=slug, defaults=fields)[0]


def make_said(account: Account | None, *themes: Theme, weeks_ago: float = 1, **fields: Any) -> Feedback:
    """A piece of feedback about the themes, so many weeks before this moment."""
    fields.setdefault("received_at", now() - dt.timedelta(weeks=weeks_ago))
    fields.setdefault("label", "negative")
    fields.setdefault("text", "It broke again.")
    text = fields.pop("text")
    feedback = make_feedback(account, text, **fields)  # type: ignore[arg-type]
    FeedbackTheme.objects.bulk_create([FeedbackTheme(feedback=feedback, theme=theme) for theme in themes])
    return feedback


def make_closed(account: Account, *, age_days: int, closed_after: int | None = None, **fields: Any) -> Insight:
    """An insight of so many days ago, closed after some of them (None: still new)."""
    fields["created_at"] = now() - dt.timedelta(days=age_days)
    if closed_after is not None:
        fields["verified_at"] = fields["created_at"] + dt.timedelta(days=closed_after)
        fields |= {"state": "verified", "decided_at": fields["created_at"] + dt.timedelta(hours=5)}
    make_theme(fields.get("theme", "usability"))
    fields.setdefault("due_at", fields["created_at"] + dt.timedelta(days=2))
    return make_insight(account, **fields)
