"""Facts about this installation: one vendor, one row; and the heartbeats of its processes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from team.models.audit import track_changes


@track_changes(exclude=("is_demo", "demo_made_at"))
class Install(models.Model):
    """The vendor that runs this installation. There is exactly one row, with id 1."""

    company = models.CharField(_("company"), max_length=120, default="Your company")
    currency = models.CharField(_("currency"), max_length=3, default="USD", help_text=_("All sums are shown in it."))
    country = models.CharField(_("country"), max_length=2, default="US", help_text=_("Public holidays follow it."))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    fiscal_year_starts = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)
    requires_mfa = models.BooleanField(_("everybody must use a second factor"), default=False)
    is_demo = models.BooleanField(default=False, editable=False)
    demo_made_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_install_row"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_starts__gte=1, fiscal_year_starts__lte=12), name="install_month_exists"
            ),
        ]

    def __str__(self) -> str:
        return self.company


class Heartbeat(models.Model):
    """The last sign of life of a process (`worker:<host>:<pid>`, `beat`); read by /readyz."""

    part = models.CharField(max_length=120, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.part
