"""The rules of the contact budget of this install."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import track_changes


@track_changes()
class ContactRules(models.Model):
    """One row: how often people and accounts may be written to by machines. A fresh install has none and uses the
    defaults of accounts.formulas.budget.BudgetRules, whose fields these are."""

    mails_per_week = models.PositiveSmallIntegerField(_("automated mails a week, per person"), default=2)
    survey_every_days = models.PositiveSmallIntegerField(_("days between two surveys, per person"), default=90)
    transactional_every_days = models.PositiveSmallIntegerField(
        _("days between two surveys about a case, per person"), default=14
    )
    account_mails_per_year = models.PositiveSmallIntegerField(_("mails a year, per account"), default=200)
    renewal_reserve = models.PositiveSmallIntegerField(
        _("of these kept for surveys before a renewal"), default=10, help_text=_("Other automated mail leaves them.")
    )
    is_only = models.BooleanField(default=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_only"], name="one_row_of_contact_rules"),
            models.CheckConstraint(condition=Q(is_only=True), name="the_row_of_contact_rules_is_the_only_one"),
            models.CheckConstraint(
                condition=Q(renewal_reserve__lt=models.F("account_mails_per_year")),
                name="the_reserve_is_part_of_the_year",
            ),
        ]

    def __str__(self) -> str:
        return "contact rules"
