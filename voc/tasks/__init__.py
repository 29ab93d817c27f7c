"""Voice in the background. Every task is found by the sweep too and is safe to run twice."""

from voc.tasks.feedback import ring_understand, understand
from voc.tasks.inbox import gather
from voc.tasks.sweeps import sweep
from voc.tasks.waves import ask_by_triggers, plan_due_waves, send_invitations

__all__ = ["ask_by_triggers", "gather", "plan_due_waves", "ring_understand", "send_invitations", "sweep", "understand"]
