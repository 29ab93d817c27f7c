"""Where accounts stand on their journeys: moved by people, by rules, by time."""

from lifecycle.services.stages.advancing import advance_by_rules
from lifecycle.services.stages.moving import (
    StageRefused,
    enter_stage,
    move_account,
    step_back,
    undo_enter_stage,
)
from lifecycle.services.stages.sweeping import close_lost, mark_stalled, start_journeys, sweep_stages
from lifecycle.services.stages.ticking import tick_criterion, untick_criterion

__all__ = [
    "StageRefused",
    "advance_by_rules",
    "close_lost",
    "enter_stage",
    "mark_stalled",
    "move_account",
    "start_journeys",
    "step_back",
    "sweep_stages",
    "tick_criterion",
    "undo_enter_stage",
    "untick_criterion",
]
