"""Who could be asked, and who may not be."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.formulas.budget import Verdict
from accounts.models import Contact, ContactSend
from accounts.services.budget import REASONS, check_contacts
from team.clock import now


@dataclass(frozen=True)
class Candidate:
    """One contact with the budget's verdict, in words."""

    contact: Contact
    verdict: Verdict

    @property
    def is_free(self) -> bool:
        """May be asked today."""
        return self.verdict.is_free

    @property
    def can_be_picked(self) -> bool:
        """May be asked today, or on a day that is known."""
        return self.is_free or self.verdict.next_free_on is not None

    @property
    def reason(self) -> str:
        """Why not."""
        return str(REASONS.get(self.verdict.reason, self.verdict.reason))


def candidates_of(contacts: Iterable[Contact]) -> list[Candidate]:
    """Each contact with its verdict, free ones first; three queries however many they are."""
    found = list(contacts)
    verdicts = check_contacts(contacts=found, kind=ContactSend.Kind.SURVEY, at=now())
    made = [Candidate(contact, verdicts[contact.pk]) for contact in found]
    return sorted(made, key=lambda one: (not one.is_free, one.contact.name.lower()))
