"""Journeys, plays, tasks, mail, content, goals, promises, renewals and movements."""

from lifecycle.models.calendars import CalendarFeed, CalendarSource, Meeting, Reassignment
from lifecycle.models.causes import Cause
from lifecycle.models.content import Completion, ContentBatch, ContentItem, ContentSend
from lifecycle.models.goals import Goal, GoalReading, Promise
from lifecycle.models.handovers import Handover
from lifecycle.models.journeys import Criterion, CriterionTick, Journey, Stage, StageVisit
from lifecycle.models.mails import AccountMail, MailTemplate
from lifecycle.models.movements import Ledger, Movement, ServiceCost
from lifecycle.models.plays import Play, Playbook, PlaybookStep, PlayStepRun
from lifecycle.models.renewals import (
    ForecastLock,
    ForecastLockLine,
    ForecastTarget,
    Renewal,
    RenewalCall,
    RenewalCheckpoint,
)
from lifecycle.models.shared_plans import PlanComment, SharedPlan
from lifecycle.models.tasks import Task, Trigger
from lifecycle.models.trials import Trial

__all__ = [
    "AccountMail",
    "CalendarFeed",
    "CalendarSource",
    "Cause",
    "Completion",
    "ContentBatch",
    "ContentItem",
    "ContentSend",
    "Criterion",
    "CriterionTick",
    "ForecastLock",
    "ForecastLockLine",
    "ForecastTarget",
    "Goal",
    "GoalReading",
    "Handover",
    "Journey",
    "Ledger",
    "MailTemplate",
    "Meeting",
    "Movement",
    "PlanComment",
    "Play",
    "PlayStepRun",
    "Playbook",
    "PlaybookStep",
    "Promise",
    "Reassignment",
    "Renewal",
    "RenewalCall",
    "RenewalCheckpoint",
    "ServiceCost",
    "SharedPlan",
    "Stage",
    "StageVisit",
    "Task",
    "Trial",
    "Trigger",
]
