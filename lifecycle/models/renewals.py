"""Renewals: what is due, who believes what, and how it came out."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Subscription

if TYPE_CHECKING:
    from team.models import User


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def visible_to(self, user: "User") -> "RenewalQuerySet":
        """Renewals of visible accounts; department members see none: they tell the exact ARR."""
        if user.role == "member":
            return self.none()
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "RenewalQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "RenewalQuerySet":
        return self.filter(state=Renewal.State.OPEN)


class Renewal(models.Model):
    """One subscription's renewal on one day, made 180 days ahead. Amounts are ARR in the subscription's currency."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Renewed")
        LOST = "lost", _("Lost")
        VOID = "void", _("Void")

    class Category(models.TextChoices):
        COMMIT = "commit", _("Commit")
        LIKELY = "likely", _("Likely")
        RISK = "risk", _("At risk")
        LOST = "lost", _("Lost")

    class Reason(models.TextChoices):
        VALUE = "value", _("Value was proven")
        RELATIONSHIP = "relationship", _("Relationship")
        PRICE = "price", _("Price")
        BUDGET = "budget", _("Budget")
        PRODUCT_GAP = "product_gap", _("Product gap")
        QUALITY = "quality", _("Bugs and reliability")
        SUPPORT = "support", _("Support")
        ADOPTION = "adoption", _("Too little use")
        CHAMPION_LEFT = "champion_left", _("Champion left")
        COMPETITOR = "competitor", _("Competitor")
        MERGER = "merger", _("Merger or closure")
        WRONG_FIT = "wrong_fit", _("Never the right fit")
        GROWTH = "growth", _("They grew")
        SHRANK = "shrank", _("They shrank")
        OTHER = "other", _("Other")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="renewals")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="renewals")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="renewals"
    )
    due_on = models.DateField(_("due"))
    currency = models.CharField(max_length=3)
    arr = models.DecimalField(_("due ARR"), max_digits=14, decimal_places=2)
    target_arr = models.DecimalField(_("target"), max_digits=14, decimal_places=2)
    forecast_arr = models.DecimalField(_("forecast"), max_digits=14, decimal_places=2)
    final_arr = models.DecimalField(_("final"), max_digits=14, decimal_places=2, null=True, blank=True)
    category = models.CharField(_("category"), max_length=6, choices=Category.choices, default=Category.LIKELY)
    csm_chance = models.PositiveSmallIntegerField(
        _("CSM's call"), null=True, blank=True, help_text=_("Chance of renewal in per cent.")
    )
    model_chance = models.DecimalField(
        _("model's call"), max_digits=4, decimal_places=3, null=True, blank=True, help_text=_("0 to 1.")
    )
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    reasons = ArrayField(models.CharField(max_length=14, choices=Reason.choices), default=list, blank=True, size=3)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    next_renews_on = models.DateField(_("renews next on"), null=True, blank=True)
    applied_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the outcome was written into the subscription, from the due day on.")
    )
    subscription_before = models.JSONField(
        default=dict, blank=True, help_text=_("What the outcome changed in the subscription, for the way back.")
    )
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "due_on"], name="one_renewal_per_subscription_and_day"),
            models.CheckConstraint(
                condition=Q(csm_chance__isnull=True) | Q(csm_chance__lte=100), name="csm_chance_is_per_cent"
            ),
            models.CheckConstraint(
                condition=Q(model_chance__isnull=True) | Q(model_chance__gte=0, model_chance__lte=1),
                name="model_chance_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "void"]) | Q(closed_on__isnull=False, final_arr__isnull=False),
                name="a_closed_renewal_has_an_outcome",
            ),
            models.CheckConstraint(condition=Q(reasons__len__lte=3), name="at_most_three_reasons"),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="renewal_due"),
            models.Index(fields=["-arr", "-id"], name="renewal_by_arr"),
            models.Index(fields=["owner", "due_on"], condition=Q(state="open"), name="renewal_of_owner"),
            models.Index(fields=["account", "-due_on"], name="renewal_of_account"),
        ]

    def __str__(self) -> str:
        return f"renewal of {self.account_id} on {self.due_on}"


class RenewalCall(models.Model):
    """One belief about one renewal at one time; the history of the forecast. `by` None: the model's."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="calls")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(max_length=6, choices=Renewal.Category.choices)
    chance = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True, help_text=_("0 to 1."))
    forecast_arr = models.DecimalField(max_digits=14, decimal_places=2)
    note = models.CharField(_("why"), max_length=300, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "id"]
        indexes = [models.Index(fields=["renewal", "-made_at"], name="call_of_renewal")]

    def __str__(self) -> str:
        return f"{self.chance} for {self.renewal_id}"


class RenewalCheckpoint(models.Model):
    """What was known 180 and 90 days before a renewal, kept as it was."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="checkpoints")
    days_before = models.PositiveSmallIntegerField()
    taken_at = models.DateTimeField()
    category = models.CharField(max_length=6, choices=Renewal.Category.choices)
    csm_chance = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    model_chance = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    forecast_arr = models.DecimalField(max_digits=14, decimal_places=2)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["renewal", "days_before"], name="one_checkpoint_per_renewal_and_distance")
        ]

    def __str__(self) -> str:
        return f"{self.days_before} days before {self.renewal_id}"


class ForecastLock(models.Model):
    """The forecast of a span as it was when it was locked. Sums are in the install's currency of that day."""

    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    currency = models.CharField(max_length=3)
    total_due = models.DecimalField(max_digits=16, decimal_places=2)
    total_forecast = models.DecimalField(max_digits=16, decimal_places=2)
    note = models.CharField(_("note"), max_length=300, blank=True)
    locked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    locked_at = models.DateTimeField()

    class Meta:
        ordering = ["-locked_at"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="lock_ends_after_start")]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"


class ForecastLockLine(models.Model):
    """One renewal as the lock found it; amounts in the renewal's currency, `rate` to the install's on that day."""

    lock = models.ForeignKey(ForecastLock, on_delete=models.CASCADE, related_name="lines")
    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="locked")
    arr = models.DecimalField(max_digits=14, decimal_places=2)
    forecast_arr = models.DecimalField(max_digits=14, decimal_places=2)
    category = models.CharField(max_length=6, choices=Renewal.Category.choices)
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lock", "renewal"], name="one_line_per_lock_and_renewal")]

    def __str__(self) -> str:
        return f"{self.forecast_arr} for {self.renewal_id}"


class ForecastTarget(models.Model):
    """The ARR that should renew in a month, for everybody (`owner` None) or for one CSM; in the install's currency."""

    month = models.DateField(help_text=_("First day of the month."))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "owner"], nulls_distinct=False, name="one_target_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.amount}"
