"""How often customers say yes, by the quarter in which they were asked."""

import datetime as dt

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncQuarter

from voc.formulas.advocacy import Quarter, fill_quarters, quarter_of
from voc.models import AdvocacyRequest

QUARTERS = 9
Answer = AdvocacyRequest.Answer


def read_quarters(rows: QuerySet[AdvocacyRequest], *, today: dt.date, quarters: int = QUARTERS) -> list[Quarter]:
    """The requests of the last quarters, the running one last; one query over an index of the day."""
    since = quarter_of(today, quarters - 1)
    counted = (
        rows.filter(asked_on__gte=since, asked_on__lte=today)
        .order_by()
        .annotate(quarter=TruncQuarter("asked_on"))
        .values_list("quarter")
        .annotate(
            yes=Count("pk", filter=Q(answer=Answer.YES)),
            no=Count("pk", filter=Q(answer=Answer.NO)),
            stalled=Count("pk", filter=Q(answer=Answer.STALLED)),
            none=Count("pk", filter=Q(answer=Answer.NONE)),
            waiting=Count("pk", filter=Q(answer="")),
        )
    )
    return fill_quarters((Quarter(*row) for row in counted), today=today, quarters=quarters)
