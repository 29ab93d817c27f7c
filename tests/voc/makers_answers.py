"""Makers of answering: a survey with every type of question, a public link, what a browser sends."""

import re
from typing import Any

from django.test import Client

from team.models import User
from voc.models import Survey, SurveyLink, SurveyVersion
from voc.services.links import create_link

HIDDEN = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">')


def words(text: str) -> dict[str, str]:
    return {"en": text}


def options(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "text": words(one.title())} for one in ids]


EVERYTHING: dict[str, Any] = {
    "languages": ["en", "da", "zh"],
    "intro": words("Dear {{ contact.first_name|friend }}"),
    "thanks": words("See you."),
    "questions": [
        {"id": "nps", "type": "nps", "text": words("Recommend?"), "low": words("No"), "high": words("Yes")},
        {"id": "why", "type": "text", "text": words("Why?"), "with_previous": True},
        {"id": "csat", "type": "csat", "text": words("You gave {{ answer.nps }}. How happy?")},
        {"id": "ces", "type": "ces", "text": words("Easy?")},
        {"id": "stars", "type": "rating", "scale": 10, "text": words("Stars?")},
        {"id": "role", "type": "single", "text": words("Role?"), "options": options("user", "boss"), "has_other": True},
        {
            "id": "uses",
            "type": "multiple",
            "text": words("Uses?"),
            "options": options("a", "b", "c"),
            "max_choices": 2,
            "show_if": [{"question": "role", "operator": "eq", "value": "user"}],
        },
        {
            "id": "parts",
            "type": "matrix",
            "text": words("Parts?"),
            "rows": options("speed", "help"),
            "columns": options("good", "bad"),
        },
        {"id": "rank", "type": "ranking", "text": words("Order?"), "options": options("x", "y", "z")},
        {"id": "tool", "type": "short_text", "text": words("Tool?")},
        {"id": "quote", "type": "consent", "text": words("You may quote me")},
    ],
}


def make_survey(owner: User, definition: dict[str, Any] | None = None, **fields: Any) -> SurveyVersion:
    """A published survey, by default one with every type."""
    fields.setdefault("kind", Survey.Kind.NPS)
    survey = Survey.objects.create(
        name=fields.pop("name", "Everything"),
        owner=owner,
        decision="d",
        measure="m",
        target="t",
        who_reads="Your contact person and the department that can fix it read every answer.",
        **fields,
    )
    return SurveyVersion.objects.create(
        survey=survey, number=1, definition=definition or EVERYTHING, published_by=owner
    )


def make_link(survey: Survey, kind: str = "link", **fields: Any) -> SurveyLink:
    if kind == SurveyLink.Kind.WIDGET:
        fields.setdefault("origins", ["https://site.example"])
    return create_link(actor=None, survey=survey, kind=kind, name=fields.pop("name", "Reception"), **fields)


def hidden_fields(page: str) -> dict[str, str]:
    """What the page's form sends without anybody doing anything."""
    return dict(HIDDEN.findall(page))


def answer_screen(client: Client, path: str, given: dict[str, Any]) -> Any:
    """Open a page, fill it in, send it: the answer to the POST."""
    page = client.get(path).content.decode()
    return client.post(path.split("?", maxsplit=1)[0], hidden_fields(page) | given)
