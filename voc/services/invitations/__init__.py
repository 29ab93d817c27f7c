"""Asking people: who is asked, who is not and why, and what became of the mail."""

from voc.services.invitations.ending import expire_invitations, recall_invitations, recall_undone, recall_unsent
from voc.services.invitations.inviting import InviteResult, invite_contacts
from voc.services.invitations.outcomes import take_over_outcome
from voc.services.invitations.planning import NothingToSend, current_version, note_people, plan_invitations
from voc.services.invitations.reminding import send_reminders
from voc.services.invitations.sending import send_planned

__all__ = [
    "InviteResult",
    "NothingToSend",
    "current_version",
    "expire_invitations",
    "invite_contacts",
    "note_people",
    "plan_invitations",
    "recall_invitations",
    "recall_undone",
    "recall_unsent",
    "send_planned",
    "send_reminders",
    "take_over_outcome",
]
