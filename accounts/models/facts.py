"""Facts: how lower apps learn what upper apps know. The owner pushes down, everybody reads, replays use the history."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account

if TYPE_CHECKING:
    from team.models import User


class FactDefinition(models.Model):
    """The catalogue: what a fact is called, what it means and who writes it."""

    class Type(models.TextChoices):
        NUMBER = "number", _("Number")
        TEXT = "text", _("Text")
        DATE = "date", _("Date")
        BOOLEAN = "boolean", _("Yes or no")

    name = models.SlugField(unique=True)
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=8, choices=Type.choices, default=Type.NUMBER)
    unit = models.CharField(max_length=20, blank=True)
    owner = models.CharField(max_length=20, help_text=_("The app that writes it."))
    description = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name


class FactQuerySet(models.QuerySet["Fact"]):
    def visible_to(self, user: "User") -> "FactQuerySet":
        """Facts of visible accounts; department members see no sums (facts with the unit "money")."""
        rows = self.filter(account__in=Account.objects.visible_to(user))
        return rows.exclude(definition__unit="money") if user.role == "member" else rows

    def current(self) -> "FactQuerySet":
        return self.filter(is_current=True)


class Fact(models.Model):
    """One value of one fact of one account from `observed_at` on; the newest one is current."""

    # Found by the indexes below; more of them would be written with each fact.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="facts")
    # Definitions are never deleted: the database need not look with each fact, nor lock the row against all others.
    definition = models.ForeignKey(
        FactDefinition, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="facts"
    )
    number = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    text = models.CharField(max_length=200, blank=True)
    day = models.DateField(null=True, blank=True)
    observed_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "definition"], condition=Q(is_current=True), name="one_current_fact"
            )
        ]
        indexes = [
            # Replays read one fact's history; rules ask which accounts have a value now.
            models.Index("account", "definition", F("observed_at").desc(), name="fact_history"),
            models.Index(fields=["definition", "number"], condition=Q(is_current=True), name="fact_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.definition_id} of {self.account_id}"
