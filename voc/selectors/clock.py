"""Terms of decisions by the calendar of the install."""

import datetime as dt

from team.calendars import Calendar
from team.models import Department
from voc.formulas.clock import Term, new_term


def read_term(*, department: Department, start: dt.datetime, hours: float | None = None) -> Term:
    """Until when the department decides, and when to warn; `hours` of a rule, else its own. Two queries."""
    span = dt.timedelta(hours=hours or department.sla_hours)
    return new_term(Calendar.of_install().opening_hours(department), start, span)
