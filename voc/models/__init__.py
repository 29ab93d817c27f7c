"""What customers say and what became of it."""

from voc.models.advocacy import AdvocacyRequest, AdvocacyWork
from voc.models.alarms import BehaviourCheck, InsightAlarm
from voc.models.coverage import AskingTally, CoverageTally, ListeningCell, ListeningFinding
from voc.models.department_rules import DepartmentRule, DepartmentRuleReview
from voc.models.feedback import Feedback, FeedbackStep, FeedbackTheme, Gathering, Theme
from voc.models.initiatives import (
    Initiative,
    InitiativeEffect,
    InitiativeInsight,
    InitiativeTelling,
    InitiativeText,
    InitiativeVoter,
)
from voc.models.insights import Insight, InsightFeedback, InsightStep, Verification
from voc.models.invitations import Invitation
from voc.models.links import SurveyLink
from voc.models.programme import Programme, ProgrammeGoal, ThemeStanding, ThemeWeek, ThemeWeekMark
from voc.models.responses import Answer, Response
from voc.models.results import ResultFile, SettledSheet
from voc.models.routing import RoutingRule
from voc.models.surveys import Survey, SurveyVersion
from voc.models.talk import InsightComment, InsightRead, InsightWatch
from voc.models.trackers import Tracker, TrackerDelivery, TrackerLink
from voc.models.understanding import Correction, FeedbackVector, LearnedModel, Topic
from voc.models.waves import SurveyTrigger, Wave, WaveDraw
from voc.models.wishes import ContactWish

__all__ = [
    "AdvocacyRequest",
    "AdvocacyWork",
    "Answer",
    "AskingTally",
    "BehaviourCheck",
    "ContactWish",
    "Correction",
    "CoverageTally",
    "DepartmentRule",
    "DepartmentRuleReview",
    "Feedback",
    "FeedbackStep",
    "FeedbackTheme",
    "FeedbackVector",
    "Gathering",
    "Initiative",
    "InitiativeEffect",
    "InitiativeInsight",
    "InitiativeTelling",
    "InitiativeText",
    "InitiativeVoter",
    "Insight",
    "InsightAlarm",
    "InsightComment",
    "InsightFeedback",
    "InsightRead",
    "InsightStep",
    "InsightWatch",
    "Invitation",
    "LearnedModel",
    "ListeningCell",
    "ListeningFinding",
    "Programme",
    "ProgrammeGoal",
    "Response",
    "ResultFile",
    "RoutingRule",
    "SettledSheet",
    "Survey",
    "SurveyLink",
    "SurveyTrigger",
    "SurveyVersion",
    "Theme",
    "ThemeStanding",
    "ThemeWeek",
    "ThemeWeekMark",
    "Topic",
    "Tracker",
    "TrackerDelivery",
    "TrackerLink",
    "Verification",
    "Wave",
    "WaveDraw",
]
