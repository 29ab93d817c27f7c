"""Surveys to begin with: one for each transition of the lifecycle, and the three scores."""

from typing import Final

from voc.formulas.survey_templates.beginning import FIRST_VALUE, HANDOVER, ONBOARDING_END
from voc.formulas.survey_templates.later import EBR, LOSS, RENEWAL
from voc.formulas.survey_templates.scores import CES, CSAT, NPS
from voc.formulas.survey_templates.shape import SurveyTemplate

# In the order of a customer's life, the scores first.
SURVEY_TEMPLATES: Final[dict[str, SurveyTemplate]] = {
    template.slug: template for template in (NPS, CSAT, CES, HANDOVER, ONBOARDING_END, FIRST_VALUE, EBR, RENEWAL, LOSS)
}

__all__ = ["SURVEY_TEMPLATES", "SurveyTemplate"]
