"""What runs out: insights to decide and promises to keep, as the sweeps look for them."""

import datetime as dt

from django.db.models import DateField, DurationField, Exists, ExpressionWrapper, F, OuterRef, QuerySet
from django.db.models.functions import Cast, Coalesce

from team.clock import today
from team.models import Department
from voc.models import Insight, InsightAlarm

State, Kind = Insight.State, InsightAlarm.Kind


def undecided_terms() -> QuerySet[Insight]:
    """Insights whose clock runs: nobody decided, nobody sleeps on it, and the customer was not asked anything."""
    rows = Insight.objects.triage().of_living_accounts().awake(today())
    return _with_people(rows.filter(waiting_since__isnull=True, decided_at__isnull=True, is_praise=False))


def nearly_due_terms(moment: dt.datetime) -> QuerySet[Insight]:
    """Those with a quarter of their time left, of which nobody was told yet."""
    rows = undecided_terms().filter(warn_at__lte=moment, due_at__gt=moment).exclude(_told(Kind.NEAR, "due_at"))
    return rows.order_by("warn_at")


def past_terms(moment: dt.datetime) -> QuerySet[Insight]:
    """Those whose time is over, of which nobody was told yet."""
    return undecided_terms().filter(due_at__lt=moment).exclude(_told(Kind.PAST, "due_at")).order_by("due_at")


def open_promises(department: Department) -> QuerySet[Insight]:
    """What the department promised and did not do yet."""
    rows = Insight.objects.of_living_accounts().filter(department=department, state=State.ACCEPTED)
    return _with_people(rows.filter(promised_on__isnull=False, waiting_since__isnull=True))


def nearly_due_promises(department: Department, day: dt.date) -> QuerySet[Insight]:
    """Promises with a quarter of their time left on that day of the department, once a promise."""
    made_on = Coalesce(Cast("decided_at", DateField()), F("promised_on"))
    left = ExpressionWrapper((F("promised_on") - made_on) / 4, output_field=DurationField())
    warn_on = ExpressionWrapper(F("promised_on") - left, output_field=DateField())
    rows = open_promises(department).annotate(made_on=made_on, warn_on=warn_on)
    rows = rows.filter(warn_on__lte=day, promised_on__gte=day, made_on__lt=day)
    return rows.exclude(_of_promise(Kind.PROMISE_NEAR)).order_by("promised_on")


def past_promises(department: Department, last_day: dt.date) -> QuerySet[Insight]:
    """Promises for a day that is over, once a promise."""
    rows = open_promises(department).filter(promised_on__lte=last_day)
    return rows.exclude(_of_promise(Kind.PROMISE_PAST)).order_by("promised_on")


def _with_people(rows: QuerySet[Insight]) -> QuerySet[Insight]:
    return rows.select_related("department__lead", "owner")


def _told(kind: InsightAlarm.Kind, field: str) -> Exists:
    return Exists(InsightAlarm.objects.filter(insight=OuterRef("pk"), kind=kind, deadline=OuterRef(field)))


def _of_promise(kind: InsightAlarm.Kind) -> Exists:
    """An alarm of this promise: its deadline is the end of the promised day, which is that day in UTC or beside it."""
    day = dt.timedelta(days=1)
    low = ExpressionWrapper(OuterRef("promised_on") - day, output_field=DateField())
    high = ExpressionWrapper(OuterRef("promised_on") + day, output_field=DateField())
    return Exists(
        InsightAlarm.objects.filter(
            insight=OuterRef("pk"), kind=kind, deadline__date__gte=low, deadline__date__lte=high
        )
    )
