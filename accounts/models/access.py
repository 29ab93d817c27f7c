"""Why a department may see an account."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.clock import today
from team.models import Department


class AccountGrantQuerySet(models.QuerySet["AccountGrant"]):
    def live(self) -> "AccountGrantQuerySet":
        """Grants that hold today."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=today()))


class AccountGrant(models.Model):
    """A department sees an account until a day, for a reason; written when an insight is routed to it."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="grants")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="grants")
    reason = models.CharField(_("reason"), max_length=200)
    source_ref = models.CharField(max_length=60, help_text=_("What granted it: insight:12."))
    until = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "department", "source_ref"], name="one_grant_per_reason")
        ]
        # visible_to asks by department and account.
        indexes = [models.Index(fields=["department", "account"], name="grant_lookup")]

    def __str__(self) -> str:
        return f"{self.department} sees {self.account_id}: {self.reason}"
