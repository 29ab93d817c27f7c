"""By how much accounts use the product more or less than before; read by lower apps through settings.USAGE_CHANGES."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q, Sum

from engagement.models import UsageDay
from team.clock import today

WEEKS = dt.timedelta(weeks=4)
# A new feature that is used ten times as often says no more than one that is used four times as often.
MOST = 300.0


def usage_changes(account_ids: Sequence[int]) -> dict[int, float]:
    """Percent by which events of the last four weeks differ from the four before, -100 to 300; those without use before
    are left out. One query."""
    day = today()
    rows = UsageDay.objects.filter(account__in=account_ids, day__gt=day - 2 * WEEKS, day__lte=day).order_by()
    counted = rows.values_list("account").annotate(
        late=Sum("events", filter=Q(day__gt=day - WEEKS)), early=Sum("events", filter=Q(day__lte=day - WEEKS))
    )
    return {pk: min(MOST, 100 * ((late or 0) - early) / early) for pk, late, early in counted if early}
