"""Triggers of surveys: written and switched by people, followed by workers."""

from voc.services.triggers.sweeping import sweep_triggers
from voc.services.triggers.writing import (
    TriggerRefused,
    delete_trigger,
    restore_trigger,
    save_trigger,
    switch_trigger,
    undo_switch_trigger,
)

__all__ = [
    "TriggerRefused",
    "delete_trigger",
    "restore_trigger",
    "save_trigger",
    "sweep_triggers",
    "switch_trigger",
    "undo_switch_trigger",
]
