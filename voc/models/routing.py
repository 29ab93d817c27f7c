"""Routing rules: which feedback goes to which department."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import Department, track_changes


@track_changes()
class RoutingRule(models.Model):
    """Which feedback goes to which department, and to whom there. Rules are tried in order of position.

    `match` asks about the feedback (voc.selectors.routing.feedback_names), `conditions` about its account; both are
    lists in the grammar of accounts.formulas.conditions, and all of them must hold.
    """

    class Assign(models.TextChoices):
        NOBODY = "nobody", _("Nobody: the department decides")
        CSM = "csm", _("The account's CSM")
        IN_TURN = "in_turn", _("The members in turn")
        PERSON = "person", _("One person")

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    match = models.JSONField(default=list, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="routing_rules"
    )
    assign = models.CharField(_("owner"), max_length=8, choices=Assign.choices, default=Assign.NOBODY)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    priority = models.PositiveSmallIntegerField(_("priority"), default=3, help_text=_("1 is most urgent, 4 least."))
    sla_hours = models.PositiveSmallIntegerField(
        _("business hours to decide"), null=True, blank=True, help_text=_("Empty: those of the department.")
    )
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=4), name="a_priority_is_1_to_4"),
            models.CheckConstraint(
                condition=Q(assign="person", person__isnull=False) | (~Q(assign="person") & Q(person__isnull=True)),
                name="a_rule_for_one_person_names_them",
            ),
        ]

    def __str__(self) -> str:
        return self.name
