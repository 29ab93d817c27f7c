"""Measures of the vendor's own: by a formula over allow-listed figures, or brought in from outside."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from engagement.models.scorecards import Component
from team.models import track_changes

if TYPE_CHECKING:
    from team.models import User


@track_changes()
class CustomMeasure(models.Model):
    """A measure beside the default pack. `formula` is the tree of engagement.formulas.own (allow-listed figures and
    operators); it is empty for a measure whose values come by the API. A code is never used twice."""

    class Kind(models.TextChoices):
        FORMULA = "formula", _("Worked out by a formula")
        EXTERNAL = "external", _("Brought in by the API")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("comes from"), max_length=8, choices=Kind.choices, default=Kind.FORMULA)
    component = models.CharField(_("component"), max_length=14, choices=Component.choices)
    label = models.CharField(_("name"), max_length=80)
    definition = models.CharField(_("what it means"), max_length=300, blank=True)
    unit = models.CharField(_("unit"), max_length=6, default="count", help_text=_("count, share, days, ratio, points."))
    formula = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["component", "label"]

    def __str__(self) -> str:
        return self.label


class MeasureValueQuerySet(models.QuerySet["MeasureValue"]):
    def visible_to(self, user: "User") -> "MeasureValueQuerySet":
        """Values of visible accounts; department members see none: nobody says which of them are sums."""
        if user.role == "member":
            return self.none()
        return self.filter(account__in=Account.objects.visible_to(user))


@track_changes()
class MeasureValue(models.Model):
    """One value of an external measure, with where it came from; history stays, so that a past day can be judged."""

    measure = models.ForeignKey(CustomMeasure, on_delete=models.CASCADE, related_name="values")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="measure_values")
    value = models.DecimalField(max_digits=16, decimal_places=4)
    observed_at = models.DateTimeField()
    evidence = models.CharField(max_length=300, blank=True)
    url = models.URLField(blank=True)
    source = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MeasureValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["measure", "account", "observed_at"], name="one_value_per_moment")
        ]
        indexes = [models.Index(F("account"), F("measure"), F("observed_at").desc(), name="measure_value_newest")]

    def __str__(self) -> str:
        return f"{self.measure_id} of {self.account_id}: {self.value}"
