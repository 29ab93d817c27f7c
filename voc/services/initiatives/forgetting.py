"""What people asked for, when they must be forgotten: that their account wants it stays, their words go."""

from collections.abc import Collection

from voc.models import InitiativeTelling, InitiativeVoter


def erase_asking(*, contact_ids: Collection[int]) -> None:
    """Empty the words of their votes and drop the letters to them. Idempotent.

    Called before the contacts go (settings.CONTACT_ERASERS), in their transaction.
    """
    InitiativeVoter.objects.filter(contact__in=contact_ids).update(words="", contact=None)
    InitiativeTelling.objects.filter(contact__in=contact_ids).delete()
