"""What customers say and what became of it."""

from voc.models.feedback import Feedback, FeedbackTheme, Theme
from voc.models.insights import Insight, InsightFeedback, InsightStep, RoutingRule, Verification
from voc.models.invitations import Invitation
from voc.models.responses import Answer, Response
from voc.models.surveys import Survey, SurveyVersion

__all__ = [
    "Answer",
    "Feedback",
    "FeedbackTheme",
    "Insight",
    "InsightFeedback",
    "InsightStep",
    "Invitation",
    "Response",
    "RoutingRule",
    "Survey",
    "SurveyVersion",
    "Theme",
    "Verification",
]
