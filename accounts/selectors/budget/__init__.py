"""The contact budget as it stands: rules, verdicts, the ledger of a person and of an account."""

from accounts.selectors.budget.coming import ComingAsk, coming_asks
from accounts.selectors.budget.ledger import AccountYear, PersonLedger, ledger_of_account, ledger_of_contact, year_of
from accounts.selectors.budget.rules import budget_rules
from accounts.selectors.budget.verdicts import REASONS, check_contact, check_contacts, reason_words

__all__ = [
    "REASONS",
    "AccountYear",
    "ComingAsk",
    "PersonLedger",
    "budget_rules",
    "check_contact",
    "check_contacts",
    "coming_asks",
    "ledger_of_account",
    "ledger_of_contact",
    "reason_words",
    "year_of",
]
