"""Scorecards: what is measured, how raw values become 0 to 100, and what is desired."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Segment
from team.models import track_changes


class Component(models.TextChoices):
    """The eight components of the desired state of engagement."""

    INTENT = "intent", _("Customer intent")
    ANTICIPATION = "anticipation", _("Anticipation of needs")
    ADOPTION = "adoption", _("Successful adoption")
    OUTCOMES = "outcomes", _("Outcomes at scale")
    RELATIONSHIPS = "relationships", _("Relationships")
    ENGAGEMENT = "engagement", _("Communication and engagement")
    EDUCATION = "education", _("Customer education")
    JOURNEY = "journey", _("Customer journey")


@track_changes()
class Scorecard(models.Model):
    """One version of the model for a segment (none: the default). A published version never changes."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="scorecards")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "number"], nulls_distinct=False, name="one_scorecard_per_number"
            ),
            models.UniqueConstraint(
                fields=["segment"],
                condition=Q(published_at__isnull=False, retired_at__isnull=True),
                nulls_distinct=False,
                name="one_published_scorecard_per_segment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class ScorecardComponent(models.Model):
    """Weight and desired state (0 to 100) of one component."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="components")
    component = models.CharField(max_length=14, choices=Component.choices)
    weight = models.DecimalField(max_digits=5, decimal_places=2)
    desired = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "component"], name="one_weight_per_component"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="component_weight_is_positive"),
            models.CheckConstraint(condition=Q(desired__gte=0, desired__lte=100), name="desired_is_0_to_100"),
        ]

    def __str__(self) -> str:
        return self.get_component_display()


class ScorecardMeasure(models.Model):
    """One measure in a scorecard: `measure` is its code in the registry (engagement.selectors.measures).

    `scale` is a list of `[raw, points]` pairs, ascending in raw, piecewise linear, clamped at both ends.
    """

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="measures")
    component = models.CharField(max_length=14, choices=Component.choices)
    measure = models.CharField(max_length=40)
    weight = models.DecimalField(max_digits=5, decimal_places=2, default=1)
    scale = models.JSONField()
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty: never goes stale."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "measure"], name="one_row_per_measure"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="measure_weight_is_positive"),
        ]

    def __str__(self) -> str:
        return self.measure


class Band(models.Model):
    """A named range of the score; `floor` is its lower end, included. The lowest band has floor 0."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="bands")
    slug = models.CharField(max_length=12, help_text=_("critical, risk, watch, good, great."))
    name = models.CharField(max_length=40)
    floor = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["floor"]
        constraints = [models.UniqueConstraint(fields=["scorecard", "floor"], name="one_band_per_floor")]

    def __str__(self) -> str:
        return self.name
