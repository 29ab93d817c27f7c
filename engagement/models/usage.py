"""What customers do in the vendor's product, per day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Subscription
from team.models import track_changes


@track_changes(exclude=("first_seen_on", "last_seen_on", "accounts_28", "users_28", "counted_on"))
class Feature(models.Model):
    """One thing that customers can do in the vendor's product. New names are learned as they arrive.

    A merged feature keeps its name, so that events under it count for the one that it was merged into.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    label = models.CharField(_("label"), max_length=120, blank=True)
    is_key = models.BooleanField(_("key feature"), default=False)
    is_core_action = models.BooleanField(_("core action"), default=False)
    is_beta = models.BooleanField(default=False)
    is_hidden = models.BooleanField(_("hidden"), default=False)
    is_reviewed = models.BooleanField(default=False, help_text=_("A person has looked at the learned name."))
    description = models.CharField(_("what it is"), max_length=300, blank=True)
    plans = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("plans that include it"),
        default=list,
        blank=True,
        help_text=_("Empty: every plan."),
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    first_seen_on = models.DateField(null=True, blank=True)
    last_seen_on = models.DateField(null=True, blank=True)
    accounts_28 = models.PositiveIntegerField(
        db_default=0, default=0, help_text=_("Accounts that used it in 28 days, as counted on `counted_on`.")
    )
    users_28 = models.PositiveIntegerField(
        db_default=0, default=0, help_text=_("The busiest day of each of these accounts, added up: at least so many.")
    )
    counted_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(
        db_default=1, default=1, help_text=_("Rises with each edit; guards against overwriting.")
    )

    class Meta:
        ordering = ["name"]
        # The catalogue asks how many new names wait for a look.
        indexes = [
            models.Index(
                fields=["name"],
                condition=Q(is_reviewed=False, is_hidden=False, merged_into=None),
                name="feature_to_review",
            )
        ]

    def __str__(self) -> str:
        return self.label or self.name


class UsageRecord(models.Model):
    """One imported row of usage, kept as it came: the evidence behind usage days.

    `row_key` is the SHA-256 of the row: ids that recur on different rows are kept, the same row twice is not.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="usage_records")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.SET_NULL, null=True, blank=True, related_name="usage_records"
    )
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="records")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120, blank=True)
    row_key = models.CharField(max_length=64)
    user_key = models.CharField(max_length=120, blank=True, help_text=_("Who did it, when the source says so."))
    day = models.DateField()
    events = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    flag = models.CharField(max_length=60, blank=True, help_text=_("precedes_subscription, ..."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "row_key"], name="one_usage_record_per_row")]
        indexes = [models.Index("account", F("day").desc(), F("id").desc(), name="usagerecord_evidence")]

    def __str__(self) -> str:
        return f"{self.feature_id} on {self.day}: {self.events}"


class UsageDay(models.Model):
    """Sums per account, feature and day; rebuilt from what is below it, never the only copy.

    No keys in the database: they were a third of what an event costs there, and stand in the way of a distribution by
    account. Its one index serves what is asked of an account.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="usage_days"
    )
    feature = models.ForeignKey(
        Feature, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="days"
    )
    day = models.DateField()
    events = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    users = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day", "feature"], name="one_usage_day_per_feature")]
        # Each recompute asks when the feed brought anything last, install-wide.
        indexes = [models.Index(fields=["day"], name="usageday_feed")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}: {self.events}"


class UserDay(models.Model):
    """One user of the vendor's product was active on a day; distinct users over any window come from here.

    `features` are the ids of what they used, merged ones under the one that they count for: where a new one joins,
    the users of its usage day rise by one. Empty where nobody knows.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="user_days"
    )
    user_key = models.CharField(max_length=120)
    day = models.DateField()
    events = models.PositiveIntegerField(default=0)
    features = ArrayField(models.IntegerField(), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "user_key"], name="one_user_day_per_user"),
            models.CheckConstraint(condition=~Q(user_key=""), name="user_day_has_a_user"),
        ]
        # Each recompute asks when the feed brought anybody last, install-wide.
        indexes = [models.Index(fields=["day"], name="userday_feed")]

    def __str__(self) -> str:
        return f"{self.user_key} on {self.day}"


class AccountDay(models.Model):
    """Sums of an account and day over all features, for reading many accounts at once; kept with the usage days."""

    pk = models.CompositePrimaryKey("account_id", "day")
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="account_days"
    )
    day = models.DateField()
    events = models.PositiveIntegerField(default=0)
    core_events = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}: {self.events}"


class FeatureUse(models.Model):
    """When an account used a feature first and last; kept with the usage days."""

    pk = models.CompositePrimaryKey("account_id", "feature_id")
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="feature_uses"
    )
    feature = models.ForeignKey(
        Feature, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="uses"
    )
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        # A change of the catalogue walks over the accounts that use a feature. Without the days, so that a later day
        # stays a cheap update.
        indexes = [models.Index(fields=["feature", "account"], name="featureuse_accounts")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.feature_id}: {self.last_on}"


class ProductUser(models.Model):
    """Who of an account uses the vendor's product, since when and until when; kept with the user days.

    `recent` are their days of use in the eight weeks up to `last_on`: bit n is the day n days before it.
    """

    pk = models.CompositePrimaryKey("account_id", "user_key")
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="product_users"
    )
    user_key = models.CharField(max_length=120)
    first_on = models.DateField()
    last_on = models.DateField()
    recent = models.BigIntegerField()

    def __str__(self) -> str:
        return self.user_key
