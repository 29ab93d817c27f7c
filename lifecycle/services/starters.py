"""What an install begins with, given once: the default journey, the starter playbooks and their mail templates."""

from django.db import connection, transaction

from lifecycle.models import Journey, MailTemplate, Playbook
from lifecycle.services.defaults import ensure_default_journey
from lifecycle.services.defaults_plays import ensure_starter_playbooks


@transaction.atomic
def give_starters() -> list[str]:
    """Make what an install has none of; returns which: "journey", "playbooks". Idempotent, also at the same time.

    Archived and deleted ones count: what an administrator put away stays away.
    """
    with connection.cursor() as cursor:
        # Several servers of one install start at once.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lifecycle.give_starters'))")
    given = []
    if not Journey.objects.exists():
        ensure_default_journey()
        given.append("journey")
    if not Playbook.objects.exists() and not MailTemplate.everything.exists():
        ensure_starter_playbooks()
        given.append("playbooks")
    return given
