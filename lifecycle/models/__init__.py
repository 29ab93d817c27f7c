"""Journeys, tasks and the triggers that start them."""

from lifecycle.models.journeys import Journey, Stage, StageVisit
from lifecycle.models.tasks import Task, Trigger

__all__ = ["Journey", "Stage", "StageVisit", "Task", "Trigger"]
