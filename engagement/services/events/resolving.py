"""Whose event it is: by the group, who the user is known to be, the contact's mail, the mail domain, in this order."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection
from django.db.models.functions import Lower

from accounts.models import Account, AccountExternalId, Contact
from engagement.formulas.public_mail import company_domain
from engagement.models import QuarantinedEvent
from engagement.services.rollups import words_array

Hint = QuarantinedEvent.Hint
CHAIN = 4  # aliases of aliases


class Asked(NamedTuple):
    """What an event says about its account; `source` is that of its key."""

    source: str
    group: str
    user: str
    email: str


class Place(NamedTuple):
    """Where it belongs: an account, or a hint under which it waits. `user` is who it counts for after aliases."""

    account_id: int | None
    user: str
    hint: str = ""
    value: str = ""
    is_ambiguous: bool = False
    is_dropped: bool = False


@dataclass(slots=True)
class Known:
    """What an identifier is known as."""

    account_id: int | None
    same_as: str
    email: str
    group: str
    is_manual: bool


# The values as one literal: as many constants they would cost more than the search.
KNOWN = """
SELECT i.value, CASE WHEN a.deleted_at IS NULL THEN i.account_id END, i.same_as, i.email, i.group_value, i.is_manual
FROM unnest(%(values)s::text[]) AS g(value)
JOIN engagement_eventidentity i ON i.kind = %(kind)s AND i.value = g.value
LEFT JOIN accounts_account a ON a.id = i.account_id
"""
DOMAINS = """
SELECT domain, array_agg(DISTINCT a.id)
FROM unnest(%s::text[]) AS domain JOIN accounts_account a ON a.domains @> ARRAY[domain]::varchar[]
WHERE a.deleted_at IS NULL GROUP BY domain
"""


@dataclass
class Directory:
    """Everything that a set of events needs to find its accounts, read by a handful of queries."""

    groups: dict[str, Known] = field(default_factory=dict)
    users: dict[str, Known] = field(default_factory=dict)
    domains: dict[str, Known] = field(default_factory=dict)
    # By source and id, and by id alone over all sources.
    external: dict[tuple[str, str], int] = field(default_factory=dict)
    anywhere: dict[str, set[int]] = field(default_factory=dict)
    numbered: set[int] = field(default_factory=set)
    contacts: dict[str, set[int]] = field(default_factory=dict)
    owners: dict[str, set[int]] = field(default_factory=dict)

    def place(self, asked: Asked) -> Place:
        """The account of an event, or under which hint it waits."""
        user, known = self.canonical(asked.user) if self.users else (asked.user[:120], None)
        if asked.group and len(found := self.of_group(asked.source, asked.group)) == 1:
            return Place(next(iter(found)), user)
        group = asked.group or (known.group if known else "")
        email = asked.email or (known.email if known else "") or (user.lower() if "@" in user else "")
        domain = company_domain(email) if email else ""
        is_ambiguous = False
        for found in (
            self.of_group(asked.source, asked.group) if asked.group else set(),
            {known.account_id} if known and known.account_id else set(),
            self.of_group(asked.source, group) if group != asked.group else set(),
            self.contacts.get(email, set()) if email else set(),
            self.of_domain(domain) if domain else set(),
        ):
            if len(found) == 1:
                return Place(next(iter(found)), user)
            is_ambiguous = is_ambiguous or len(found) > 1
        if group:
            return Place(None, user, Hint.GROUP, group, is_ambiguous, _is_nobodys(self.groups.get(group)))
        if domain:
            return Place(None, user, Hint.DOMAIN, domain, is_ambiguous, _is_nobodys(self.domains.get(domain)))
        return Place(None, user, Hint.USER if user else Hint.NOBODY, user, is_ambiguous, _is_nobodys(known))

    def canonical(self, user: str) -> tuple[str, Known | None]:
        """Who a user is after aliases, and what is known of them."""
        known = self.users.get(user) if user else None
        for _step in range(CHAIN):
            if known is None or not known.same_as or known.same_as == user:
                break
            user = known.same_as
            known = self.users.get(user)
        return user[:120], known

    def of_group(self, source: str, group: str) -> set[int]:
        """Accounts of a group: what a person said, the id in the key's own system, in any, what was learned, our id."""
        said = self.groups.get(group)
        if said and said.account_id and said.is_manual:
            return {said.account_id}
        if (own := self.external.get((source, group))) is not None:
            return {own}
        if found := self.anywhere.get(group):
            return found
        if said and said.account_id:
            return {said.account_id}
        return {int(group)} if group.isdecimal() and group.isascii() and int(group) in self.numbered else set()

    def of_domain(self, domain: str) -> set[int]:
        """Accounts of a mail domain: what a person said, else those that name it."""
        said = self.domains.get(domain)
        return {said.account_id} if said and said.account_id else self.owners.get(domain, set())


def _is_nobodys(known: Known | None) -> bool:
    """Whether a person said that it is nobody's."""
    return known is not None and known.is_manual and known.account_id is None


def read_directory(asked: Collection[Asked]) -> Directory:
    """What is known about these; nine queries at most, whatever the number."""
    directory = Directory()
    users = {each.user for each in asked if each.user}
    for _step in range(CHAIN):
        if not users:
            break
        found = _known("user", users)
        directory.users |= found
        users = {known.same_as for known in found.values() if known.same_as} - set(directory.users)
    known_users = directory.users.values()
    groups = {each.group for each in asked if each.group} | {known.group for known in known_users if known.group}
    mails = {each.email for each in asked if each.email} | {known.email for known in known_users if known.email}
    mails |= {name.lower() for name in (*directory.users, *(each.user for each in asked)) if "@" in name}
    _read_groups(directory, groups)
    _read_mails(directory, mails)
    return directory


def _read_groups(directory: Directory, groups: Collection[str]) -> None:
    if not groups:
        return
    directory.groups = _known("group", groups)
    rows = AccountExternalId.objects.filter(external_id__in=groups, account__deleted_at__isnull=True)
    for source, value, account_id in rows.values_list("source", "external_id", "account_id"):
        directory.external[source, value] = account_id
        directory.anywhere.setdefault(value, set()).add(account_id)
    numbers = [int(group) for group in groups if group.isdecimal() and group.isascii() and len(group) < 18]
    if numbers:
        directory.numbered = set(Account.objects.filter(pk__in=numbers).order_by().values_list("pk", flat=True))


def _read_mails(directory: Directory, mails: Collection[str]) -> None:
    if not mails:
        return
    people = Contact.objects.annotate(address=Lower("email")).filter(
        address__in=mails, account__deleted_at__isnull=True
    )
    for address, account_id in people.order_by().values_list("address", "account_id"):
        directory.contacts.setdefault(address, set()).add(account_id)
    domains = {company_domain(mail) for mail in mails} - {""}
    if domains:
        directory.domains = _known("domain", domains)
        with connection.cursor() as cursor:
            cursor.execute(DOMAINS, [sorted(domains)])
            directory.owners = {domain: set(ids) for domain, ids in cursor.fetchall()}


def _known(kind: str, values: Iterable[str]) -> dict[str, Known]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"kind": kind, "values": words_array(values)})
        return {value: Known(*known) for value, *known in cursor.fetchall()}
