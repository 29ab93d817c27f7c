"""Scorecards: what is measured, how raw values become 0 to 100, and what is desired."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Segment
from lifecycle.models import Stage
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
    """One version of the model for a segment and a kind of stage (none: all). A published version never changes.

    An account is judged by the nearest: its segment and stage, its segment, its stage, the default.
    """

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="scorecards")
    stage_kind = models.CharField(_("stage"), max_length=12, choices=Stage.Kind.choices, blank=True)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    based_on = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, help_text=_("Of a draft: two people never overwrite each other."))
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "stage_kind", "number"], nulls_distinct=False, name="one_scorecard_per_number"
            ),
            models.UniqueConstraint(
                fields=["segment", "stage_kind"],
                condition=Q(published_at__isnull=False, retired_at__isnull=True),
                nulls_distinct=False,
                name="one_published_scorecard_per_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class ScorecardComponent(models.Model):
    """Weight and desired state (0 to 100) of one component; `desired_by_intent` is `{intent: desired}` where the reason
    why they bought asks for another."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="components")
    component = models.CharField(max_length=14, choices=Component.choices)
    weight = models.DecimalField(max_digits=5, decimal_places=2)
    desired = models.DecimalField(max_digits=5, decimal_places=2)
    desired_by_intent = models.JSONField(default=dict, blank=True)

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


class ScorecardException(models.Model):
    """A rule that stands above the formula. Rules are tried in order; each that holds changes the number so far.

    `tests` is a list of `[measure, operator, number]` on raw values, all of which must hold; operators are those of
    engagement.formulas.exceptions. A measure without a value makes its test fail.
    """

    class Effect(models.TextChoices):
        CAP = "cap", _("at most")
        FLOOR = "floor", _("at least")
        SET = "set", _("exactly")

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="exceptions")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=80)
    tests = models.JSONField(default=list)
    effect = models.CharField(_("then the score is"), max_length=5, choices=Effect.choices)
    value = models.DecimalField(_("value"), max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0, value__lte=100), name="exception_is_0_to_100"),
        ]

    def __str__(self) -> str:
        return self.name


@track_changes()
class ManualJudgement(models.Model):
    """What a CSM says of an account, with a reason and an end: of one component's actual state, or of the whole score.

    It counts from `created_at` until `valid_until` unless it is withdrawn; it never fills in coverage.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="judgements")
    component = models.CharField(max_length=14, choices=Component.choices, blank=True, help_text=_("Empty: the score."))
    value = models.DecimalField(_("value"), max_digits=5, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300)
    valid_until = models.DateField(_("valid until"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0, value__lte=100), name="judgement_is_0_to_100"),
            models.UniqueConstraint(
                fields=["account", "component"], condition=Q(withdrawn_at=None), name="one_judgement_per_component"
            ),
        ]
        indexes = [models.Index(F("account"), F("created_at").desc(), name="judgement_history")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.component}: {self.value}"
