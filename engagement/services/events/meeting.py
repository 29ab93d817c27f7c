"""What identify, group and alias calls teach about who is who."""

from collections.abc import Iterable

from django.db import connection

from engagement.formulas.public_mail import company_domain
from engagement.formulas.segment import Meeting
from engagement.services.events.resolving import Asked, read_directory

# Sorted; what a person said of the account stays, and a row that would not change is not written.
LEARN = """
INSERT INTO engagement_eventidentity AS i
    (kind, value, account_id, same_as, email, group_value, is_manual, updated_at)
SELECT g.kind, g.value, g.account_id, g.same_as, g.email, g.group_value, false, clock_timestamp()
FROM unnest(%(kinds)s::text[], %(values)s::text[], %(accounts)s::bigint[], %(same)s::text[], %(emails)s::text[],
            %(groups)s::text[]) AS g(kind, value, account_id, same_as, email, group_value)
ORDER BY g.kind COLLATE "C", g.value COLLATE "C"
ON CONFLICT (kind, value) DO UPDATE SET
    account_id = CASE WHEN i.is_manual THEN i.account_id ELSE coalesce(excluded.account_id, i.account_id) END,
    same_as = coalesce(nullif(excluded.same_as, ''), i.same_as),
    email = coalesce(nullif(excluded.email, ''), i.email),
    group_value = coalesce(nullif(excluded.group_value, ''), i.group_value),
    updated_at = excluded.updated_at
WHERE (NOT i.is_manual AND excluded.account_id IS NOT NULL AND i.account_id IS DISTINCT FROM excluded.account_id)
   OR (excluded.same_as <> '' AND i.same_as <> excluded.same_as)
   OR (excluded.email <> '' AND i.email <> excluded.email)
   OR (excluded.group_value <> '' AND i.group_value <> excluded.group_value)
RETURNING i.kind
"""


def learn_identities(meetings: Iterable[Meeting]) -> bool:
    """Remember who is who, inside the caller's transaction; later calls of the batch win. True when any was news.

    A user's group and mail are kept as they were said and looked up when an event comes. A group that nobody knows is
    learned from the website or domain that it names, when that is one account's alone.
    """
    users: dict[str, dict[str, str]] = {}
    sites: dict[str, str] = {}
    for met in meetings:
        if met.previous and met.previous != met.user:
            users.setdefault(met.previous, {})["same_as"] = met.user
        if met.user:
            person = users.setdefault(met.user, {})
            person.update({name: said for name, said in (("email", met.email), ("group", met.group)) if said})
        if met.kind == "group" and met.domain:
            sites[met.group] = met.domain
    rows: list[tuple[str, str, int | None, str, str, str]] = [
        ("user", value, None, said.get("same_as", ""), said.get("email", ""), said.get("group", ""))
        for value, said in users.items()
        if said
    ]
    rows += [("group", value, account_id, "", "", "") for value, account_id in _accounts_of(sites).items()]
    if not rows:
        return False
    columns = [list(column) for column in zip(*rows, strict=True)]
    names = ("kinds", "values", "accounts", "same", "emails", "groups")
    with connection.cursor() as cursor:
        cursor.execute(LEARN, dict(zip(names, columns, strict=True)))
        return bool(cursor.fetchall())


def _accounts_of(sites: dict[str, str]) -> dict[str, int]:
    """{group: account} of those whose site is one account's mail domain."""
    asked = {group: f"x@{site}" for group, site in sites.items() if company_domain(site)}
    if not asked:
        return {}
    directory = read_directory([Asked("", "", "", email) for email in asked.values()])
    found = {group: directory.of_domain(company_domain(email)) for group, email in asked.items()}
    return {group: next(iter(ids)) for group, ids in found.items() if len(ids) == 1}
