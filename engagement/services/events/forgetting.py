"""Erased people in events: who did it and what was sent with it goes, that something was done stays."""

import secrets
from collections.abc import Collection
from typing import Any

from django.db import connection

from accounts.models import Contact
from engagement.models import EventIdentity, ProductUser

# Everything that carries a user's name, by account where one is known.
ROWS = (
    """
    UPDATE engagement_event SET user_key = g.alias, properties = '{}'
    FROM unnest(%(users)s::text[], %(aliases)s::text[]) AS g(user_key, alias)
    WHERE engagement_event.account_id = ANY(%(accounts)s) AND engagement_event.user_key = g.user_key
    """,
    """
    UPDATE engagement_userday d SET user_key = g.alias
    FROM unnest(%(users)s::text[], %(aliases)s::text[]) AS g(user_key, alias)
    WHERE d.account_id = ANY(%(accounts)s) AND d.user_key = g.user_key
    """,
    """
    UPDATE engagement_productuser d SET user_key = g.alias
    FROM unnest(%(users)s::text[], %(aliases)s::text[]) AS g(user_key, alias)
    WHERE d.account_id = ANY(%(accounts)s) AND d.user_key = g.user_key
    """,
    """
    UPDATE engagement_usagerecord d SET user_key = g.alias
    FROM unnest(%(users)s::text[], %(aliases)s::text[]) AS g(user_key, alias)
    WHERE d.account_id = ANY(%(accounts)s) AND d.user_key = g.user_key
    """,
    "DELETE FROM engagement_quarantinedevent WHERE user_key = ANY(%(users)s)",
    "DELETE FROM engagement_eventidentity WHERE kind = 'user' AND (value = ANY(%(users)s) OR same_as = ANY(%(users)s))",
)


def erase_users(*, contact_ids: Collection[int]) -> None:
    """Put a random word in the place of these people's user keys and empty what their events carried. Idempotent.

    Their users are those whose key is their mail address, however it is written, and those whom an identify call named
    by it. Sums do not change. Called before the contacts go (settings.CONTACT_ERASERS), in their transaction.
    """
    people = Contact.everything.filter(pk__in=contact_ids).exclude(email="")
    mails = dict(people.values_list("email", "account_id"))
    if not mails:
        return
    written = sorted({*mails, *(mail.lower() for mail in mails)})
    named = EventIdentity.objects.filter(kind="user", email__in=[mail.lower() for mail in mails])
    # Events find their contact whatever the case, so they are found by it here, too.
    spelled = ProductUser.objects.filter(account__in=set(mails.values()), user_key__contains="@")
    used = {user for user in spelled.values_list("user_key", flat=True) if user.lower() in written}
    users = sorted({*written, *used, *named.values_list("value", flat=True)})
    parameters: dict[str, Any] = {
        "users": users,
        "aliases": [f"erased-{secrets.token_hex(8)}" for _ in users],
        "accounts": sorted(set(mails.values())),
    }
    with connection.cursor() as cursor:
        for statement in ROWS:
            cursor.execute(statement, parameters)
