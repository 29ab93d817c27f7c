"""Why a goal was missed, revenue shrank or a customer left."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models.goals import Goal

if TYPE_CHECKING:
    from team.models import User


class CauseQuerySet(models.QuerySet["Cause"]):
    def visible_to(self, user: "User") -> "CauseQuerySet":
        """Causes of visible accounts; department members see those that came to their departments."""
        rows = self.filter(account__in=Account.objects.visible_to(user))
        if user.role == "member":
            return rows.filter(routed_to__in=user.departments.values("slug"))
        return rows

    def editable_by(self, user: "User") -> "CauseQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "CauseQuerySet":
        """Nobody has said why yet."""
        return self.filter(kind="")


class Cause(models.Model):
    """Why a goal was missed, revenue shrank or a customer left: one of three, with evidence, routed to who can act."""

    class Kind(models.TextChoices):
        WRONG_CUSTOMER = "wrong_customer", _("Wrong customer sold to")
        PRODUCT = "product", _("Product problem")
        ENGAGEMENT = "engagement", _("Engagement that failed")

    class About(models.TextChoices):
        GOAL = "goal", _("Missed goal")
        CONTRACTION = "contraction", _("Contraction")
        LOSS = "loss", _("Loss")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="causes")
    about = models.CharField(max_length=11, choices=About.choices)
    goal = models.OneToOneField(Goal, on_delete=models.CASCADE, null=True, blank=True, related_name="cause")
    movement_on = models.DateField(null=True, blank=True, help_text=_("Day of the contraction or loss."))
    kind = models.CharField(_("cause"), max_length=14, choices=Kind.choices, blank=True)
    evidence = models.CharField(_("what shows it"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(null=True, blank=True)
    routed_to = models.CharField(max_length=12, blank=True, help_text=_("Slug of the department that was told."))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "about", "movement_on"],
                condition=Q(goal__isnull=True),
                name="one_cause_per_movement",
            ),
            models.CheckConstraint(condition=Q(kind="") | ~Q(evidence=""), name="a_cause_has_evidence"),
            models.CheckConstraint(
                condition=Q(about="goal", goal__isnull=False, movement_on__isnull=True)
                | Q(~Q(about="goal"), goal__isnull=True, movement_on__isnull=False),
                name="a_cause_is_of_a_goal_or_a_movement",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "created_at"], name="cause_kind"),
            # The list, newest first.
            models.Index(F("created_at").desc(), F("id").desc(), name="cause_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.about} of {self.account_id}: {self.kind or 'open'}"
