"""What a change of the feature catalogue moves, and how far it is."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from engagement.models.usage import Feature


class MergedDay(models.Model):
    """A usage day of a merged feature as it was when it moved to the other one: what it takes to give it back.

    `kept_*` is how much of it the kept rows (records and events) said at that moment: what they say beyond that came
    later, straight to the other feature. `target_users` is what the other one's day said; empty where it had none.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="merged_days")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="merged_days")
    day = models.DateField()
    events = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    users = models.PositiveIntegerField(default=0)
    kept_events = models.PositiveIntegerField(default=0)
    kept_seconds = models.PositiveIntegerField(default=0)
    kept_errors = models.PositiveIntegerField(default=0)
    target_users = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "account", "day"], name="one_merged_day_per_feature")]

    def __str__(self) -> str:
        return f"{self.feature_id} of {self.account_id} on {self.day}"


class FeatureWork(models.Model):
    """What a change of the catalogue asks of many accounts, in the order of their ids; `after_account` is how far.

    `feature` is empty for work on every account. Work of the same kind and feature that waits is one.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", _("Days move to the other feature")
        UNMERGE = "unmerge", _("Days come back")
        RECOUNT = "recount", _("Days are counted anew")
        JUDGE = "judge", _("Accounts are judged anew")

    kind = models.CharField(max_length=7, choices=Kind.choices)
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, null=True, related_name="works")
    into = models.ForeignKey(Feature, on_delete=models.CASCADE, null=True, related_name="+")
    after_account = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Workers and the catalogue's page ask what is under way.
            models.Index(fields=["id"], condition=models.Q(finished_at=None), name="feature_work_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.feature_id}"
