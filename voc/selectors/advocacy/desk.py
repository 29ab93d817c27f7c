"""Who works at the advocacy desk, and for which accounts."""

from django.db.models import Case, IntegerField, Value, When

from accounts.models import Account, Contact, Persona
from accounts.models.accounts import AccountQuerySet
from accounts.models.contacts import ContactQuerySet
from team.models import Department, Role, User
from voc.models.advocacy import MARKETING

# Whom one would ask first: who likes us, then who may decide.
_FIRST = (Persona.CHAMPION, Persona.EXECUTIVE, Persona.DECISION_MAKER, Persona.INFLUENCER, Persona.USER)


def is_marketer(user: User) -> bool:
    """A member of the department whose desk it is. One query."""
    return Department.objects.filter(slug=MARKETING, pk__in=user.department_ids()).exists()


def may_open_desk(user: User) -> bool:
    """Everybody but the members of other departments."""
    return user.role != Role.MEMBER or is_marketer(user)


def askable_accounts(user: User) -> AccountQuerySet:
    """Accounts about which the user may ask: every visible one, as with logging touches; of the departments marketing
    alone, for accounts granted to it."""
    rows = Account.objects.visible_to(user)
    return rows.none() if user.role == Role.VIEWER or not may_open_desk(user) else rows


def people_to_ask(account: Account) -> ContactQuerySet:
    """Active contacts, the likeliest to be asked first."""
    places = [When(persona=persona, then=Value(place)) for place, persona in enumerate(_FIRST)]
    order = Case(*places, default=Value(len(_FIRST)), output_field=IntegerField())
    return Contact.objects.filter(account=account).active().order_by(order, "name", "pk")
