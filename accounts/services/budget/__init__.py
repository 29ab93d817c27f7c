"""The contact budget: the gate before every mail to a contact, its ledger, its rules."""

from accounts.formulas.budget import Verdict
from accounts.selectors.budget import REASONS, budget_rules, check_contact, check_contacts, reason_words
from accounts.services.budget.rules import restore_rules, save_rules
from accounts.services.budget.sending import hold_contact, record_send, refuse_message, release_send
from accounts.services.budget.trials import ask_for_budget_trial, simulate_rules, work_on_budget_trial

__all__ = [
    "REASONS",
    "Verdict",
    "ask_for_budget_trial",
    "budget_rules",
    "check_contact",
    "check_contacts",
    "hold_contact",
    "reason_words",
    "record_send",
    "refuse_message",
    "release_send",
    "restore_rules",
    "save_rules",
    "simulate_rules",
    "work_on_budget_trial",
]
