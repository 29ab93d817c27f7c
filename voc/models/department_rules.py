"""Rules that a department gave itself because customers kept saying the same."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import Department, track_changes
from voc.models.feedback import Theme
from voc.models.initiatives import Initiative

if TYPE_CHECKING:
    from team.models import User


class DepartmentRuleQuerySet(models.QuerySet["DepartmentRule"]):
    def visible_to(self, user: "User") -> "DepartmentRuleQuerySet":
        """Of the own departments; all for everybody who is no department member."""
        return self.filter(department__in=user.department_ids()) if user.role == "member" else self.all()

    def editable_by(self, user: "User") -> "DepartmentRuleQuerySet":
        """Of the own departments; all for admins and managers."""
        if user.role in {"admin", "manager"}:
            return self.all()
        return self.none() if user.role == "viewer" else self.filter(department__in=user.department_ids())


@track_changes()
class DepartmentRule(models.Model):
    """What a department does differently from now on: a sentence, an owner, a day on which it is looked at again, and
    the fact that shows whether it is kept."""

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("In force")
        ENDED = "ended", _("Ended")

    class Direction(models.TextChoices):
        UP = "up", _("shall rise")
        DOWN = "down", _("shall fall")

    statement = models.CharField(_("rule"), max_length=300)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="own_rules"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    theme = models.ForeignKey(
        Theme, verbose_name=_("cause"), on_delete=models.PROTECT, null=True, blank=True, related_name="rules"
    )
    initiative = models.ForeignKey(Initiative, on_delete=models.SET_NULL, null=True, blank=True, related_name="rules")
    measure = models.CharField(
        _("fact"), max_length=80, help_text=_("theme_volume, theme_sentiment, or a name of the account conditions.")
    )
    direction = models.CharField(_("direction"), max_length=4, choices=Direction.choices, default=Direction.DOWN)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    check_on = models.DateField(_("look again on"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.IN_FORCE)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DepartmentRuleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["check_on"], condition=Q(state="in_force"), name="own_rule_due")]

    def __str__(self) -> str:
        return self.statement


class DepartmentRuleReview(models.Model):
    """What was found on a check date. Append-only."""

    class Verdict(models.TextChoices):
        KEEPS = "keeps", _("It works: goes on")
        CHANGES = "changes", _("Changed")
        ENDS = "ends", _("Ended")

    rule = models.ForeignKey(DepartmentRule, on_delete=models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.CharField(_("what was found"), max_length=300, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ["-reviewed_at", "-id"]

    def __str__(self) -> str:
        return f"review of {self.rule_id}"
