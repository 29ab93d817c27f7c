"""The way of a customer: journeys, their stages and criteria, and the visits of accounts."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Product, Segment

if TYPE_CHECKING:
    from team.models import User


class Journey(models.Model):
    """The prescribed way of the accounts of a segment that bought with an intent.

    An account follows the most specific active one: segment and intent, then segment, then intent, then the default
    (neither). An account stays on the journey of its open visit until it enters a stage of another.
    """

    name = models.CharField(_("name"), max_length=80)
    segment = models.ForeignKey(
        Segment, verbose_name=_("segment"), on_delete=models.PROTECT, null=True, blank=True, related_name="journeys"
    )
    intent = models.CharField(_("why they bought"), max_length=20, choices=Account.Intent.choices, blank=True)
    description = models.CharField(_("what it is for"), max_length=300, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "intent"],
                condition=Q(is_active=True),
                nulls_distinct=False,
                name="one_active_journey_per_segment_and_intent",
            )
        ]

    def __str__(self) -> str:
        return self.name


class StageQuerySet(models.QuerySet["Stage"]):
    def present(self) -> "StageQuerySet":
        """Stages that journeys have now, in their order."""
        return self.filter(removed_at__isnull=True).order_by("journey", "position")


class Stage(models.Model):
    """One station of a journey. A removed one stays for the visits that it had."""

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
    is_advanced_by_rule = models.BooleanField(
        _("advances by itself"),
        default=False,
        help_text=_("Accounts leave when every required exit criterion is met; otherwise a person moves them."),
    )
    rule_from = models.DateTimeField(null=True, blank=True, help_text=_("When the rule was switched on."))
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ["journey", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["journey", "position"], condition=Q(removed_at__isnull=True), name="one_stage_per_position"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CriterionQuerySet(models.QuerySet["Criterion"]):
    def present(self) -> "CriterionQuerySet":
        """Criteria that count now, in their order."""
        return self.filter(removed_at__isnull=True).order_by("stage", "side", "position", "id")


class Criterion(models.Model):
    """What must be so before an account enters or leaves a stage: a box that a person ticks, or a condition on data.

    `condition` of the kinds fact, field and date is `{"name": ..., "operator": ..., "value": ...}` over an allow-list
    (see accounts.formulas.conditions); a checklist item has none.
    """

    class Side(models.TextChoices):
        ENTRY = "entry", _("To enter")
        EXIT = "exit", _("To leave")

    class Kind(models.TextChoices):
        CHECK = "check", _("Checklist")
        FACT = "fact", _("Fact")
        FIELD = "field", _("Field of the account")
        DATE = "date", _("Date")

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="criteria")
    side = models.CharField(max_length=5, choices=Side.choices, default=Side.EXIT)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.CHECK)
    words = models.CharField(_("what must be so"), max_length=200)
    condition = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_required = models.BooleanField(_("required"), default=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CriterionQuerySet.as_manager()

    class Meta:
        ordering = ["stage", "side", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="check", condition={}) | (~Q(kind="check") & ~Q(condition={})),
                name="a_criterion_on_data_has_a_condition",
            )
        ]

    def __str__(self) -> str:
        return self.words


class StageVisitQuerySet(models.QuerySet["StageVisit"]):
    def visible_to(self, user: "User") -> "StageVisitQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def open(self) -> "StageVisitQuerySet":
        return self.filter(left_at__isnull=True)

    def whole(self) -> "StageVisitQuerySet":
        """Visits of the whole account, not of one product."""
        return self.filter(product__isnull=True)


class StageVisit(models.Model):
    """An account's (or one product's) stay in a stage. At most one is open per account and product."""

    class Outcome(models.TextChoices):
        ONWARD = "onward", _("Moved on")
        BACK = "back", _("Stepped back")
        LOST = "lost", _("Lost")
        MOVED = "moved", _("Moved by a change of the journey")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="stage_visits")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, blank=True)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="visits")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    evidence = models.JSONField(default=dict, blank=True, help_text=_("What showed that the account got here."))
    is_back_step = models.BooleanField(default=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True, help_text=_("Why a step back was taken."))
    is_by_rule = models.BooleanField(default=False)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True, help_text=_("How the stay ended."))
    stalled_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the stay was first seen to be over its target.")
    )
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

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
            models.CheckConstraint(condition=Q(is_back_step=False) | ~Q(reason=""), name="a_step_back_has_a_reason"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, outcome="") | Q(left_at__isnull=False),
                name="an_open_visit_has_no_outcome",
            ),
        ]
        indexes = [
            models.Index("account", F("entered_at").desc(), name="visit_history"),
            # The board and the sweep read one stage's open visits, longest first.
            models.Index(fields=["stage", "entered_at"], condition=Q(left_at__isnull=True), name="visit_board"),
            # Predictability reads all visits of a stage; the flow those that ended in a span of time.
            models.Index(fields=["stage", "left_at"], name="visit_passages"),
            models.Index(fields=["left_at"], name="visit_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.stage_id}"


class CriterionTick(models.Model):
    """A person saw that a checklist item is done during a visit; taking it back deletes the row."""

    visit = models.ForeignKey(StageVisit, on_delete=models.CASCADE, related_name="ticks")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="ticks")
    ticked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ticked_at = models.DateTimeField()
    note = models.CharField(_("evidence"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "criterion"], name="one_tick_per_visit_and_criterion")]

    def __str__(self) -> str:
        return f"{self.criterion_id} of {self.visit_id}"
