"""Voice in the background. Every task is found by the sweep too and is safe to run twice."""

from voc.tasks.advocacy import sweep_advocacy, sweep_own_rules
from voc.tasks.analysis import rebuild_theme_weeks, sweep_theme_weeks
from voc.tasks.coverage import tally_coverage
from voc.tasks.deadlines import watch_deadlines
from voc.tasks.feedback import find_topics, follow_up_answers, learn, ring_follow_up, ring_understand, understand
from voc.tasks.inbox import gather
from voc.tasks.initiatives import measure_initiatives, ring_initiatives, sweep_initiatives
from voc.tasks.priorities import keep_priorities
from voc.tasks.results import make_result_file, ring_result_file, sweep_results
from voc.tasks.sweeps import sweep
from voc.tasks.waves import ask_by_triggers, plan_due_waves, send_invitations

__all__ = [
    "ask_by_triggers",
    "find_topics",
    "follow_up_answers",
    "gather",
    "keep_priorities",
    "learn",
    "make_result_file",
    "measure_initiatives",
    "plan_due_waves",
    "rebuild_theme_weeks",
    "ring_follow_up",
    "ring_initiatives",
    "ring_result_file",
    "ring_understand",
    "send_invitations",
    "sweep",
    "sweep_advocacy",
    "sweep_initiatives",
    "sweep_own_rules",
    "sweep_results",
    "sweep_theme_weeks",
    "tally_coverage",
    "understand",
    "watch_deadlines",
]
