"""Whose answers a person may read in figures, and from how many people on."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from accounts.models import Account
from team.models import Role, User
from voc.models import Survey

LEAST, MOST = 3, 10


@dataclass(frozen=True)
class Scope:
    """What one reader sees of one survey. `least`: groups below it stay unseen (1: every answer may be seen)."""

    user: User
    survey: Survey
    least: int

    @property
    def sees_all(self) -> bool:
        """Every response, also those without an account. Figures of an anonymous survey belong to no book."""
        return self.user.sees_everything or self.survey.is_anonymous

    @property
    def is_protected(self) -> bool:
        """Whether small groups are kept unseen."""
        return self.least > 1

    @property
    def names_people(self) -> bool:
        """Whether it may be shown who said something. SECURITY: never in an anonymous survey."""
        return not self.survey.is_anonymous and self.user.role != Role.MEMBER

    def condition(self, prefix: str = "") -> Q:
        """The rows of responses or invitations in it, by their account."""
        account = f"{prefix}account"
        if self.sees_all:
            return Q(**{f"{account}__isnull": True}) | Q(**{f"{account}__deleted_at__isnull": True})
        return Q(**{f"{account}__in": Account.objects.visible_to(self.user)})


def scope_of(user: User, survey: Survey) -> Scope:
    """What the reader may see: at least `SMALLEST_GROUP` (3 to 10) people in anonymous surveys and for departments."""
    is_protected = survey.is_anonymous or user.role == Role.MEMBER
    return Scope(user, survey, min(max(settings.SMALLEST_GROUP, LEAST), MOST) if is_protected else 1)
