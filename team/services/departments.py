"""Departments and the vendor's own days off."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from team.models import Department, Holiday, User

EVERY_DEPARTMENT = tuple(Department.Slug)


def ensure_departments() -> list[Department]:
    """The six departments exist; those that do keep their settings. Idempotent."""
    for slug in EVERY_DEPARTMENT:
        Department.objects.get_or_create(slug=slug, defaults={"name": str(slug.label)})
    return list(Department.objects.all())


@transaction.atomic
def edit_department(
    *,
    department: Department,
    name: str,
    lead: User | None,
    members: Iterable[User],
    opens_at: dt.time,
    closes_at: dt.time,
    time_zone: str,
    sla_hours: int,
) -> Department:
    """Change a department; its lead is always a member.

    Raises IntegrityError (`department_closes_after_it_opens`) when the form did not look.
    """
    department.name, department.lead = name, lead
    department.opens_at, department.closes_at, department.time_zone = opens_at, closes_at, time_zone
    department.sla_hours = sla_hours
    department.save()
    everybody = {person.pk for person in members} | ({lead.pk} if lead else set())
    department.people.set(everybody)
    return department


def add_holiday(*, day: dt.date, name: str) -> Holiday:
    """A day off of the vendor; naming it again renames it."""
    return Holiday.objects.update_or_create(day=day, defaults={"name": name})[0]


def remove_holiday(*, holiday: Holiday) -> bool:
    """Make it a normal day again; False when it was."""
    return Holiday.objects.filter(pk=holiday.pk).delete()[0] > 0
