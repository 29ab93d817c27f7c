"""What customers say and what became of it."""

from voc.models.coverage import AskingTally, CoverageTally, ListeningCell, ListeningFinding
from voc.models.feedback import Feedback, FeedbackStep, FeedbackTheme, Gathering, Theme
from voc.models.insights import Insight, InsightFeedback, InsightStep, RoutingRule, Verification
from voc.models.invitations import Invitation
from voc.models.links import SurveyLink
from voc.models.responses import Answer, Response
from voc.models.results import ResultFile, SettledSheet
from voc.models.surveys import Survey, SurveyVersion
from voc.models.understanding import Correction, FeedbackVector, LearnedModel, Topic
from voc.models.waves import SurveyTrigger, Wave, WaveDraw
from voc.models.wishes import ContactWish

__all__ = [
    "Answer",
    "AskingTally",
    "ContactWish",
    "Correction",
    "CoverageTally",
    "Feedback",
    "FeedbackStep",
    "FeedbackTheme",
    "FeedbackVector",
    "Gathering",
    "Insight",
    "InsightFeedback",
    "InsightStep",
    "Invitation",
    "LearnedModel",
    "ListeningCell",
    "ListeningFinding",
    "Response",
    "ResultFile",
    "RoutingRule",
    "SettledSheet",
    "Survey",
    "SurveyLink",
    "SurveyTrigger",
    "SurveyVersion",
    "Theme",
    "Topic",
    "Verification",
    "Wave",
    "WaveDraw",
]
