"""The success plan as the customer sees it: the link, and what is written under it."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from lifecycle.models.goals import Goal
from team.models import track_changes

if TYPE_CHECKING:
    from team.models import User


class SharedPlanQuerySet(models.QuerySet["SharedPlan"]):
    def editable_by(self, user: "User") -> "SharedPlanQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def live(self, day: dt.date) -> "SharedPlanQuerySet":
        """Links that lead somewhere that day."""
        return self.filter(revoked_at__isnull=True, expires_on__gte=day)


@track_changes(exclude=("nonce", "last_read_at"))
class SharedPlan(models.Model):
    """A link by which the customer reads the plan, comments and signs off. Revoking it ends it at once.

    The token is signed from `nonce` (never stored whole), so staff can copy the link again.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="shared_plans")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="shared_plans")
    nonce = models.CharField(max_length=43, unique=True)
    can_sign_off = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    objects = SharedPlanQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="sharedplan_of_account")]

    def __str__(self) -> str:
        return f"shared plan of {self.account_id}"


class PlanCommentQuerySet(models.QuerySet["PlanComment"]):
    def visible_to(self, user: "User") -> "PlanCommentQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "PlanCommentQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def shown(self) -> "PlanCommentQuerySet":
        return self.filter(removed_at__isnull=True)


class PlanComment(models.Model):
    """A line that the customer (or we) wrote under the shared plan or one of its goals or tasks."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plan_comments")
    plan = models.ForeignKey(SharedPlan, on_delete=models.SET_NULL, null=True, blank=True, related_name="comments")
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, null=True, blank=True, related_name="comments")
    task = models.ForeignKey("lifecycle.Task", on_delete=models.CASCADE, null=True, blank=True, related_name="comments")
    author_name = models.CharField(_("your name"), max_length=160)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField(_("comment"), max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PlanCommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["account", "created_at"], name="plancomment_of_account")]

    def __str__(self) -> str:
        return f"comment on plan of {self.account_id}"
