"""What people said when we asked them, when they must be forgotten."""

from collections.abc import Collection

from team.services.erasure import blank_audit
from voc.models import AdvocacyRequest


def erase_answers(*, contact_ids: Collection[int]) -> None:
    """Empty the words of requests to these people; the answer stays. For settings.CONTACT_ERASERS; idempotent."""
    rows = AdvocacyRequest.objects.filter(contact__in=contact_ids)
    ids = list(rows.values_list("pk", flat=True))
    rows.update(reason="", purpose="")
    blank_audit(model=AdvocacyRequest, ids=ids, fields=["reason", "purpose"])
