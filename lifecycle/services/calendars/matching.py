"""Who is in a meeting: attendees become contacts by their mail address, and a meeting belongs to an account by them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models.functions import Lower

from accounts.models import Account, Contact
from team.models import User


@dataclass(frozen=True, slots=True)
class Matched:
    """The account of a meeting, and the contacts at it who are invited."""

    account_id: int | None = None
    contact_ids: tuple[int, ...] = ()


class Directory:
    """What the attendees of many meetings mean; three queries however many meetings are asked about."""

    def __init__(self, *, user: User, mails: Iterable[str]) -> None:
        wanted = {mail.lower() for mail in mails}
        self._staff = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
        outside = wanted - self._staff
        # SECURITY: an invitation must not tell a person which accounts exist beside the visible ones.
        accounts = Account.objects.visible_to(user)
        self._contacts: dict[str, list[tuple[int, int]]] = {}
        rows = Contact.objects.active().filter(account__in=accounts).annotate(mail=Lower("email"))
        for mail, contact_id, account_id in rows.filter(mail__in=outside).values_list("mail", "pk", "account"):
            self._contacts.setdefault(mail, []).append((contact_id, account_id))
        domains = {domain_of(mail) for mail in outside}
        own = set(user.book_owner_ids())
        self._domains: dict[str, list[int]] = {}
        self._own: set[int] = set()
        found = accounts.filter(domains__overlap=sorted(domains)) if domains else accounts.none()
        for account_id, csm_id, known in found.order_by("pk").values_list("pk", "csm", "domains"):
            if csm_id in own:
                self._own.add(account_id)
            for domain in known:
                self._domains.setdefault(domain, []).append(account_id)

    def match(self, attendees: Collection[str]) -> Matched:
        """The account with most invited contacts; then by the domain of the address, the own book first."""
        people = [mail.lower() for mail in attendees if mail.lower() not in self._staff]
        votes: Counter[int] = Counter()
        for mail in people:
            by_mail = {account_id for _contact, account_id in self._contacts.get(mail, ())}
            for account_id in by_mail:
                votes[account_id] += 100
            for account_id in set(self._domains.get(domain_of(mail), ())) - by_mail:
                votes[account_id] += 1
        if not votes:
            return Matched()
        account_id = min(votes, key=lambda one: (-votes[one], one not in self._own, one))
        contacts = {
            contact_id for mail in people for contact_id, owner in self._contacts.get(mail, ()) if owner == account_id
        }
        return Matched(account_id, tuple(sorted(contacts)))


def domain_of(mail: str) -> str:
    """What stands behind the @, in lower case."""
    return mail.rpartition("@")[2].lower()


def matches_of(*, user: User, attendees: Mapping[str, Collection[str]]) -> dict[str, Matched]:
    """The match of each meeting by its key."""
    directory = Directory(user=user, mails={mail for mails in attendees.values() for mail in mails})
    return {key: directory.match(mails) for key, mails in attendees.items()}
