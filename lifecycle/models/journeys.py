"""The way of a customer: journeys, their stages, and the visits of accounts."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Product, Segment

if TYPE_CHECKING:
    pass


class Journey(models.Model):
    """The prescribed way of a segment's accounts; the one without a segment is the default."""

    name = models.CharField(_("name"), max_length=80)
    segment = models.OneToOneField(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="journey")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("is_active"), condition=Q(segment__isnull=True, is_active=True), name="one_default_journey"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    class Kind(models.TextChoices):
        CLOSED_WON = "closed_won", _("Closed Won")
        ONBOARDING = "onboarding", _("Onboarding")
        FIRST_VALUE = "first_value", _("First Value")
        EBR = "ebr", _("Executive Business Review")
        RENEWAL = "renewal", _("Renewal")

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="stages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField()
    target_days = models.PositiveSmallIntegerField(_("target days"), default=30)
    entry_criteria = models.JSONField(default=list, blank=True)
    exit_criteria = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["journey", "position"]
        constraints = [models.UniqueConstraint(fields=["journey", "position"], name="one_stage_per_position")]

    def __str__(self) -> str:
        return self.name


class StageVisitQuerySet(models.QuerySet["StageVisit"]):
    def open(self) -> "StageVisitQuerySet":
        return self.filter(left_at__isnull=True)


class StageVisit(models.Model):
    """An account's (or one product's) stay in a stage. At most one is open per account and product."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="stage_visits")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, blank=True)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="visits")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    evidence = models.JSONField(default=dict, blank=True, help_text=_("What showed that the account got here."))

    objects = StageVisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product"],
                condition=Q(left_at__isnull=True),
                nulls_distinct=False,
                name="one_open_visit_per_account_and_product",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")), name="visit_leaves_after_it_enters"
            ),
        ]
        indexes = [models.Index("account", F("entered_at").desc(), name="visit_history")]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.stage_id}"
