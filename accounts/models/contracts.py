"""What the customer bought, how it changed, and the labels of those who left."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from team.models import AliveManager, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class Product(models.Model):
    code = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)

    def __str__(self) -> str:
        return self.name


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: "User") -> "SubscriptionQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "SubscriptionQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def running(self) -> "SubscriptionQuerySet":
        """Subscriptions that bring revenue or will: active ones, trials excluded."""
        return self.filter(status=Subscription.Status.ACTIVE, is_trial=False)


@track_changes()
class Subscription(SoftDeleted):
    """A contract for one product. Revenue comes from subscriptions alone; each change leaves a SubscriptionVersion."""

    # What people and the API may set; all else is written by services alone.
    EDITABLE = (
        *("product", "external_id", "plan", "seats", "arr", "currency"),
        *("billing", "starts_on", "ends_on", "renews_on", "is_auto_renewed", "is_trial"),
        *("status",),
    )

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    class Billing(models.TextChoices):
        MONTHLY = "monthly", _("Monthly")
        QUARTERLY = "quarterly", _("Quarterly")
        ANNUAL = "annual", _("Annual")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.PROTECT, null=True, blank=True)
    source = models.CharField(max_length=40, default="manual")
    external_id = models.CharField(_("contract number"), max_length=120, null=True, blank=True)
    plan = models.CharField(_("plan"), max_length=60, blank=True)
    seats = models.PositiveIntegerField(_("seats"), default=0)
    arr = models.DecimalField(_("ARR"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    billing = models.CharField(_("billing"), max_length=9, choices=Billing.choices, default=Billing.ANNUAL)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ended on"), null=True, blank=True)
    renews_on = models.DateField(_("renews on"), null=True, blank=True)
    is_auto_renewed = models.BooleanField(_("renews by itself"), default=False)
    is_trial = models.BooleanField(_("trial"), default=False)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager.from_queryset(SubscriptionQuerySet)()
    everything = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_subscription_per_external_id"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="subscription_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(arr__gte=0), name="subscription_arr_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["account", "starts_on"], name="subscription_account"),
            models.Index(fields=["renews_on"], condition=Q(status="active"), name="subscription_renewals"),
            # The list of subscriptions, by start, renewal and ARR.
            models.Index(F("starts_on").desc(), F("id").desc(), name="subscription_by_start"),
            models.Index(fields=["renews_on", "id"], name="subscription_by_renewal"),
            models.Index(F("arr").desc(), F("id").desc(), name="subscription_by_arr"),
        ]

    def __str__(self) -> str:
        return f"{self.plan or self.product or self.external_id} {self.arr} {self.currency}"

    @property
    def listed_name(self) -> str:
        """Its shortest name; `product` should be joined."""
        return str(self.product or self.plan or self.external_id or self._meta.verbose_name)


class SubscriptionVersion(models.Model):
    """The state of a subscription from `effective_on` on. Append-only; movements are derived from these rows alone."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="versions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscription_versions")
    effective_on = models.DateField()
    plan = models.CharField(max_length=60, blank=True)
    seats = models.PositiveIntegerField(default=0)
    arr = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=9, choices=Subscription.Status.choices)
    is_trial = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["effective_on", "id"]
        indexes = [models.Index(fields=["account", "effective_on"], name="subversion_account")]

    def __str__(self) -> str:
        return f"{self.subscription_id} from {self.effective_on}"


class ChurnEvent(models.Model):
    """A label that says a customer left, and why, as another system recorded it. It never changes revenue."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="churn_events")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    churned_on = models.DateField(_("churned on"))
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    refund = models.DecimalField(_("refund"), max_digits=12, decimal_places=2, default=0)
    is_reactivation = models.BooleanField(_("came back before"), default=False)
    followed_upgrade = models.BooleanField(default=False)
    followed_downgrade = models.BooleanField(default=False)
    conflict = models.CharField(_("conflict"), max_length=200, blank=True, help_text=_("What contradicts this label."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_churn_event_per_external_id")
        ]
        indexes = [models.Index(fields=["account", "churned_on"], name="churn_account")]

    def __str__(self) -> str:
        return f"{self.account_id} left on {self.churned_on}"
