"""The advocacy desk: asking, answers, works, and what is looked at without anybody asking."""

from voc.services.advocacy.answering import record_answer, settle_overdue, undo_answer
from voc.services.advocacy.asking import Unseen, ask_account, edit_request, look_for, undo_ask
from voc.services.advocacy.sweeping import sweep_advocacy
from voc.services.advocacy.works import add_work, edit_work, restore_work, withdraw_work

__all__ = [
    "Unseen",
    "add_work",
    "ask_account",
    "edit_request",
    "edit_work",
    "look_for",
    "record_answer",
    "restore_work",
    "settle_overdue",
    "sweep_advocacy",
    "undo_answer",
    "undo_ask",
    "withdraw_work",
]
