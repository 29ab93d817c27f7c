"""Makers of surveys: a draft with branches, a published survey from a template."""

from typing import Any

from team.models import User
from voc.formulas.survey_templates import SURVEY_TEMPLATES
from voc.models import Survey, SurveyVersion
from voc.services.surveys import create_survey, publish_survey

BRANCHED: dict[str, Any] = {
    "languages": ["en", "da"],
    "questions": [
        {
            "id": "nps",
            "type": "nps",
            "text": {"en": "How likely?", "da": "Hvor sandsynligt?"},
            "low": {"en": "Not", "da": "Ikke"},
            "high": {"en": "Very", "da": "Meget"},
            "jumps": [{"when": [{"question": "nps", "operator": "gte", "value": 9}], "to": "quote"}],
        },
        {
            "id": "why",
            "type": "text",
            "text": {"en": "Why?", "da": "Hvorfor?"},
            "show_if": [{"question": "nps", "operator": "lte", "value": 6}],
        },
        {"id": "quote", "type": "consent", "text": {"en": "Quote me", "da": "Citer mig"}},
    ],
}


def make_survey(owner: User, **fields: Any) -> Survey:
    """A draft with a rule and a jump, ready to be published; further fields are set on it."""
    known = {
        "name": "Branched",
        "kind": Survey.Kind.NPS,
        "draft": BRANCHED,
        "decision": "What we fix",
        "measure": "NPS",
        "target": "40",
        "who_reads": "Your contact person.",
    }
    return create_survey(actor=owner, **known | fields)


def make_template_survey(owner: User, slug: str, **fields: Any) -> SurveyVersion:
    """A published survey from a template."""
    template = SURVEY_TEMPLATES[slug]
    survey = create_survey(actor=owner, name=fields.pop("name", template.name), template=template, **fields)
    return publish_survey(actor=owner, survey=survey)
