"""Playbooks: written, tried, switched on and off, copied, archived; each change can be undone for 30 days."""

from lifecycle.services.playbooks.steps import add_step, edit_step, move_step, remove_step
from lifecycle.services.playbooks.switching import switch_playbook_off, switch_playbook_on
from lifecycle.services.playbooks.writing import (
    PlaybookRefused,
    archive_playbook,
    copy_playbook,
    create_playbook,
    edit_playbook,
    restore_playbook,
    unarchive_playbook,
)

__all__ = [
    "PlaybookRefused",
    "add_step",
    "archive_playbook",
    "copy_playbook",
    "create_playbook",
    "edit_playbook",
    "edit_step",
    "move_step",
    "remove_step",
    "restore_playbook",
    "switch_playbook_off",
    "switch_playbook_on",
    "unarchive_playbook",
]
