"""What can be imported into accounts; `settings.IMPORT_KINDS` names these objects."""

from accounts.services.import_kinds.accounts import AccountsKind
from accounts.services.import_kinds.churn import ChurnKind
from accounts.services.import_kinds.contact_list import ContactListKind
from accounts.services.import_kinds.contacts import ContactsKind
from accounts.services.import_kinds.rates import RatesKind
from accounts.services.import_kinds.subscriptions import SubscriptionsKind
from accounts.services.import_kinds.tickets import TicketsKind
from accounts.services.import_kinds.touchpoints import TouchpointsKind

__all__ = ["ACCOUNTS", "CHURN", "CONTACTS", "CONTACT_LIST", "RATES", "SUBSCRIPTIONS", "TICKETS", "TOUCHPOINTS"]

ACCOUNTS = AccountsKind()
CONTACTS = ContactsKind()
CONTACT_LIST = ContactListKind()
SUBSCRIPTIONS = SubscriptionsKind()
TICKETS = TicketsKind()
TOUCHPOINTS = TouchpointsKind()
CHURN = ChurnKind()
RATES = RatesKind()
