"""The ledger of recurring revenue: what changed, on which day, and what each account was worth at the end of months."""

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from team.models import track_changes

if TYPE_CHECKING:
    from team.models import User


class MovementQuerySet(models.QuerySet["Movement"]):
    def visible_to(self, user: "User") -> "MovementQuerySet":
        """Movements of visible accounts; department members see none: they tell the exact ARR."""
        if user.role == "member":
            return self.none()
        return self.filter(account__in=Account.objects.visible_to(user))

    def live(self) -> "MovementQuerySet":
        """What holds by today's knowledge: neither reversals nor what they reverse."""
        return self.filter(is_live=True)


class Movement(models.Model):
    """A change of an account's ARR on one day, derived from SubscriptionVersion rows alone; in the install's currency.

    Append-only: what a backdated change makes wrong is reversed by a row with `reverses` and written anew. Per account
    and day the parts add up: opening + amounts = closing. `currency` movements are changes of the rate, not of sales.
    """

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        EXPANSION = "expansion", _("Expansion")
        CONTRACTION = "contraction", _("Contraction")
        CHURN = "churn", _("Churn")
        REACTIVATION = "reactivation", _("Reactivation")
        CURRENCY = "currency", _("Exchange rate")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="movements")
    effective_on = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("Signed."))
    closing = models.DecimalField(max_digits=16, decimal_places=2, help_text=_("ARR of the account after that day."))
    versions = ArrayField(models.BigIntegerField(), default=list, help_text=_("The SubscriptionVersions behind it."))
    recorded_at = models.DateTimeField()
    reverses = models.OneToOneField("self", on_delete=models.CASCADE, null=True, blank=True, related_name="reversed_by")
    is_live = models.BooleanField(default=True, help_text=_("Neither a reversal nor reversed."))

    objects = MovementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "effective_on", "kind"],
                condition=Q(is_live=True),
                name="one_live_movement_per_account_day_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | Q(is_live=False), name="a_reversal_is_not_live"
            ),
        ]
        indexes = [
            # The movements of an account, and its refresh.
            models.Index(fields=["account", "effective_on"], condition=Q(is_live=True), name="movement_of_account"),
            # The waterfall of a period: sums by kind from the index alone.
            models.Index(
                fields=["effective_on", "kind"],
                include=["account", "amount"],
                condition=Q(is_live=True),
                name="movement_by_day",
            ),
            models.Index("account", F("recorded_at").desc(), name="movement_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} of {self.account_id}"


class Ledger(models.Model):
    """What one account was worth at the end of each month, rolled up from its movements; and what it was made from.

    Months are numbered year x 12 + month - 1. `closings[1]` is the ARR at the end of `first_month`, in cents of the
    install's currency; after the last one the ARR stayed. `effects` are the exchange-rate movements added up since the
    beginning. `fingerprint` stands for the versions and rates behind it: when they are others, the account is stale.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="ledger")
    fingerprint = models.BigIntegerField()
    first_month = models.IntegerField(null=True)
    first_on = models.DateField(null=True, help_text=_("First day with revenue."))
    closings = ArrayField(models.BigIntegerField(), default=list)
    effects = ArrayField(models.BigIntegerField(), default=list)
    refreshed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ledger of {self.account_id}"


@track_changes()
class ServiceCost(models.Model):
    """What an hour of work with customers costs, in the install's currency, and how long a ticket takes. One row."""

    hourly_rate = models.DecimalField(_("cost of an hour"), max_digits=10, decimal_places=2, default=60)
    minutes_per_ticket = models.PositiveSmallIntegerField(_("minutes per ticket"), default=45)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_service_cost_row"),
            models.CheckConstraint(condition=Q(hourly_rate__gte=0), name="service_cost_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.hourly_rate} per hour"
