"""Accounts and their facts."""

from accounts.models.access import AccountGrant
from accounts.models.accounts import Account, AccountExternalId, AccountFile, AccountSummary, CustomField, Segment
from accounts.models.budget import BudgetTrial, ContactRules
from accounts.models.changes import AccountChange
from accounts.models.contacts import Contact, ContactConsent, ContactExternalId, ContactSend, Persona
from accounts.models.contracts import ChurnEvent, Product, Subscription, SubscriptionVersion
from accounts.models.facts import Fact, FactDefinition
from accounts.models.imports import ImportRow, ImportRun
from accounts.models.merges import Merge
from accounts.models.rates import ExchangeRate
from accounts.models.tickets import Ticket
from accounts.models.touchpoints import Touchpoint, TouchpointContact

__all__ = [
    "Account",
    "AccountChange",
    "AccountExternalId",
    "AccountFile",
    "AccountGrant",
    "AccountSummary",
    "BudgetTrial",
    "ChurnEvent",
    "Contact",
    "ContactConsent",
    "ContactExternalId",
    "ContactRules",
    "ContactSend",
    "CustomField",
    "ExchangeRate",
    "Fact",
    "FactDefinition",
    "ImportRow",
    "ImportRun",
    "Merge",
    "Persona",
    "Product",
    "Segment",
    "Subscription",
    "SubscriptionVersion",
    "Ticket",
    "Touchpoint",
    "TouchpointContact",
]
