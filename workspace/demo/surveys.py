"""The demo vendor's surveys beside its NPS: three that customers answer, and a draft that still has faults."""

import datetime as dt
from typing import Any, Final

from team.clock import now
from team.models import User
from voc.formulas.survey_templates import SURVEY_TEMPLATES
from voc.models import Survey, SurveyVersion
from voc.services.surveys import create_survey, publish_survey

CSAT_NAME: Final = "Support CSAT"
ONBOARDING_NAME: Final = "Onboarding check"
RENEWAL_NAME: Final = "Before the renewal"
DRAFT_NAME: Final = "Product ideas"
PUBLISHED: Final = ((CSAT_NAME, "csat"), (ONBOARDING_NAME, "onboarding_end"), (RENEWAL_NAME, "renewal"))
FIRST_AGE, SECOND_AGE = 420, 240  # days

# Faults on purpose: a leading word, no anchors, missing translations, a rule on a later question, six questions.
DRAFT: Final[dict[str, Any]] = {
    "languages": ["en", "da"],
    "questions": [
        {
            "id": "csat",
            "type": "csat",
            "text": {"en": "How amazing is our new planning board?", "da": "Hvor god er vores nye planlægningstavle?"},
        },
        {
            "id": "used",
            "type": "single",
            "text": {"en": "How often do you use it?", "da": "Hvor ofte bruger du den?"},
            "options": [
                {"id": "daily", "text": {"en": "Daily", "da": "Dagligt"}},
                {"id": "weekly", "text": {"en": "Weekly", "da": "Ugentligt"}},
                {"id": "never", "text": {"en": "Never"}},
            ],
        },
        {
            "id": "why_not",
            "type": "text",
            "text": {"en": "What keeps you from using it?", "da": "Hvad afholder dig fra at bruge den?"},
            "show_if": [{"question": "wish", "operator": "answered"}],
        },
        {
            "id": "order",
            "type": "ranking",
            "text": {"en": "What should come next?", "da": "Hvad skal komme som det næste?"},
            "options": [
                {"id": "mobile", "text": {"en": "Mobile app", "da": "Mobilapp"}},
                {"id": "alerts", "text": {"en": "Alerts", "da": "Advarsler"}},
                {"id": "export", "text": {"en": "Better export", "da": "Bedre eksport"}},
            ],
        },
        {"id": "wish", "type": "text", "text": {"en": "One wish, {{ contact.first_name|please }}?"}},
        {"id": "test", "type": "consent", "text": {"en": "I would like to test it."}},
    ],
}  # fmt: skip


def make_surveys() -> dict[str, SurveyVersion]:
    """The newest version by the survey's name; made once, found again later."""
    owner = User.objects.get(email="manager@example.com")
    found = {}
    for name, slug in PUBLISHED:
        survey = Survey.objects.filter(name=name).first()
        if survey is None:
            survey = create_survey(actor=owner, name=name, template=SURVEY_TEMPLATES[slug])
            if name == CSAT_NAME:
                publish_first(owner, survey)
            note = "A case may be solved in part" if name == CSAT_NAME else "First version"
            version = publish_survey(actor=owner, survey=survey, note=note)
            age(version, SECOND_AGE if version.number > 1 else FIRST_AGE)
        found[name] = survey.versions.latest("number")
    if not Survey.objects.filter(name=DRAFT_NAME).exists():
        create_survey(actor=owner, name=DRAFT_NAME, kind=Survey.Kind.CSAT, draft=DRAFT, brand_color="#f2b200")
    return found


def publish_first(owner: User, survey: Survey) -> None:
    """The version of a year ago, with one answer less to choose from."""
    today = survey.draft
    options = [one for one in today["questions"][1]["options"] if one["id"] != "partly"]
    score, solved, better = today["questions"]
    first = today | {"questions": [score, solved | {"options": options}, better]}
    Survey.objects.filter(pk=survey.pk).update(draft=first)
    age(publish_survey(actor=owner, survey=survey, note="First version"), FIRST_AGE)
    Survey.objects.filter(pk=survey.pk).update(draft=today)


def age(version: SurveyVersion, days: int) -> None:
    """It was published so many days ago."""
    SurveyVersion.objects.filter(pk=version.pk).update(published_at=now() - dt.timedelta(days=days))
