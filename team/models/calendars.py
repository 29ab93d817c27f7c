"""Absence with a deputy, and the vendor's own days off."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from team.models.audit import track_changes


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def not_over(self, day: dt.date) -> "AbsenceQuerySet":
        """Absences that run on that day or begin later, the next one first."""
        return self.filter(ends_on__gte=day).order_by("starts_on")


@track_changes()
class Absence(models.Model):
    """A person is away from `starts_on` to `ends_on` (both included); the deputy sees and does their work."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deputised")
    starts_on = models.DateField(_("first day away"))
    ends_on = models.DateField(_("last day away"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="absence_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~models.Q(user=models.F("deputy")), name="nobody_is_their_own_deputy"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.starts_on} – {self.ends_on}"


@track_changes()
class Holiday(models.Model):
    """A day off of the vendor, on top of the public holidays of its country."""

    day = models.DateField(unique=True)
    name = models.CharField(_("name"), max_length=80)

    def __str__(self) -> str:
        return self.name
