"""Makers of results: a published survey with a question of each type, and answers to it."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.models import Account, Contact
from team.clock import now
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_invitation
from voc.models import Answer, Invitation, Response, Survey, SurveyVersion

DEFINITION: dict[str, Any] = {
    "languages": ["en"],
    "questions": [
        {"id": "nps", "type": "nps", "text": {"en": "Would you recommend us?"}},
        {
            "id": "why",
            "type": "single",
            "text": {"en": "What matters most?"},
            "options": [{"id": "speed", "text": {"en": "Speed"}}, {"id": "price", "text": {"en": "Price"}}],
            "has_other": True,
        },
        {
            "id": "uses",
            "type": "multiple",
            "text": {"en": "What do you use?"},
            "options": [{"id": "plan", "text": {"en": "Planning"}}, {"id": "report", "text": {"en": "Reports"}}],
        },
        {
            "id": "order",
            "type": "ranking",
            "text": {"en": "Put in order"},
            "options": [{"id": "a", "text": {"en": "Help"}}, {"id": "b", "text": {"en": "Features"}}],
        },
        {
            "id": "grid",
            "type": "matrix",
            "text": {"en": "How good is it?"},
            "rows": [{"id": "r1", "text": {"en": "Support"}}, {"id": "r2", "text": {"en": "Training"}}],
            "columns": [{"id": "c1", "text": {"en": "Poor"}}, {"id": "c2", "text": {"en": "Good"}}],
        },
        {"id": "stars", "type": "rating", "scale": 5, "text": {"en": "Rate the product"}},
        {"id": "ok", "type": "consent", "text": {"en": "May we call you?"}},
        {"id": "words", "type": "text", "text": {"en": "Anything else?"}},
    ],
}
QUESTIONS = tuple(question["id"] for question in DEFINITION["questions"])


def make_survey(
    owner: User, *, kind: str = "nps", definition: dict[str, Any] | None = None, **fields: Any
) -> SurveyVersion:
    """A published survey; a question of each type unless told otherwise."""
    fields.setdefault("name", f"Survey {Survey.objects.count() + 1}")
    fields.setdefault("decision", "Where to invest")
    survey = Survey.objects.create(kind=kind, owner=owner, **fields)
    return SurveyVersion.objects.create(survey=survey, number=1, definition=definition or DEFINITION)


def make_answered(
    version: SurveyVersion,
    score: int | None = None,
    *,
    account: Account | None = None,
    contact: Contact | None = None,
    answers: Mapping[str, Any] | None = None,
    state: str = "confirmed",
    days_ago: int = 3,
    is_invited: bool = False,
    **fields: Any,
) -> Response:
    """A response with its answers: numbers for scales, lists and dicts for choices, text for words."""
    at = now() - dt.timedelta(days=days_ago)
    if is_invited:
        account = account or make_account()
        contact = contact or make_contact(account, persona=fields.get("persona", ""))
        occasion = fields.pop("occasion", "once")
        wave = fields.pop("wave", None)
        fields["invitation"] = make_invitation(
            version, contact, state=Invitation.State.ANSWERED, occasion=occasion, wave=wave
        )[0]
    given = {"nps": score, **(answers or {})} if score is not None else dict(answers or {})
    fields.setdefault("is_complete", state == "confirmed")
    fields.setdefault("seen", list(QUESTIONS) if state == "confirmed" else list(given))
    response = Response.objects.create(
        version=version,
        account=account,
        contact=contact,
        state=state,
        score=score,
        submitted_at=at if state == "confirmed" else None,
        **fields,
    )
    Response.objects.filter(pk=response.pk).update(started_at=at)
    for question_id, value in given.items():
        made = Answer(response=response, question_id=question_id)
        if isinstance(value, int):
            made.number = Decimal(value)
        elif isinstance(value, str):
            made.text = value
        else:
            made.choices = value
        made.save()
    return response
