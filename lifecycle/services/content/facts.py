"""What accounts' facts say of content: is there any for their stage, and how many key courses did they finish?"""

from django.db.models import Count, Q

from accounts.services.facts import FactRow, declare_fact, push_facts
from lifecycle.models import Completion, StageVisit
from lifecycle.selectors.content import ready_kinds
from team.clock import now

READY = "content_ready_for_stage"
COURSES = "key_courses_completed"
_BATCH = 10_000


def declare_content_facts() -> None:
    """Put both facts into the catalogue; safe to repeat."""
    declare_fact(
        owner="lifecycle",
        name=READY,
        label="Content ready for the stage",
        type="boolean",
        description="Whether the library has something for the account's stage and segment.",
    )
    declare_fact(
        owner="lifecycle",
        name=COURSES,
        label="Key courses completed",
        type="number",
        description="Completions of key courses by people of the account.",
    )


def push_content_facts() -> int:
    """Push both facts for every account in a stage; unchanged values are not written again. Returns what changed."""
    declare_content_facts()
    at, ready = now(), ready_kinds()
    everywhere = ready.get(None, set())
    visits = StageVisit.objects.open().whole().values_list("account_id", "stage__kind", "account__segment_id")
    key = Q(content__is_key_course=True)
    finished = dict(Completion.objects.filter(key).values_list("account_id").annotate(count=Count("pk")).order_by())
    written, rows = 0, []
    for account_id, kind, segment_id in visits.iterator(chunk_size=_BATCH):
        is_ready = kind in everywhere or kind in ready.get(segment_id, set())
        rows.append(FactRow(account_id, READY, is_ready, at))
        if account_id in finished:
            rows.append(FactRow(account_id, COURSES, finished[account_id], at))
        if len(rows) >= _BATCH:
            written += push_facts(owner="lifecycle", rows=rows)
            rows = []
    return written + push_facts(owner="lifecycle", rows=rows)
