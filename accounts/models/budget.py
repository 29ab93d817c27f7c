"""The rules of the contact budget of this install, and what other rules would have done."""

import datetime as dt

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import track_changes


@track_changes()
class ContactRules(models.Model):
    """One row: how often people and accounts may be written to by machines. A fresh install has none and uses the
    defaults of accounts.formulas.budget.BudgetRules, whose fields these are."""

    mails_per_week = models.PositiveSmallIntegerField(
        _("automated mails a week, per person"), default=2, validators=[MinValueValidator(1)]
    )
    survey_every_days = models.PositiveSmallIntegerField(_("days between two surveys, per person"), default=90)
    transactional_every_days = models.PositiveSmallIntegerField(
        _("days between two surveys about a case, per person"), default=14
    )
    account_mails_per_year = models.PositiveSmallIntegerField(
        _("mails a year, per account"), default=200, validators=[MinValueValidator(1)]
    )
    renewal_reserve = models.PositiveSmallIntegerField(
        _("of these kept for surveys before a renewal"), default=10, help_text=_("Other automated mail leaves them.")
    )
    needs_consent = models.BooleanField(
        _("only with consent"), default=False, help_text=_("Nobody is written to by machines without having said yes.")
    )
    pauses_for_escalation = models.BooleanField(
        _("no surveys while something burns"),
        default=True,
        help_text=_("An account with an escalated insight or an open urgent ticket is not asked; about a case it is."),
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
            models.CheckConstraint(
                condition=Q(mails_per_week__gte=1, account_mails_per_year__gte=1), name="rules_let_something_through"
            ),
        ]

    def __str__(self) -> str:
        return "contact rules"


class BudgetTrialQuerySet(models.QuerySet["BudgetTrial"]):
    def open(self) -> "BudgetTrialQuerySet":
        return self.filter(state__in=BudgetTrial.OPEN)

    def waiting(self, moment: dt.datetime) -> "BudgetTrialQuerySet":
        """Open ones that no worker is at (its lease is over, or none came yet)."""
        return self.open().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=moment))


class BudgetTrial(models.Model):
    """Rules tried on the mails of the last 12 months, before anybody saves them.

    `rules` are the fields of BudgetRules; `result` is what accounts.formulas.budget_trials.Tally keeps, empty until it
    is done. `done` of `total` (accounts) is for the progress bar alone.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (State.WAITING, State.WORKING)

    rules = models.JSONField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BudgetTrialQuerySet.as_manager()

    class Meta:
        constraints = [
            # Whoever asks while the same rules are being worked out joins in.
            models.UniqueConstraint(
                fields=["rules"], condition=Q(state__in=["waiting", "working"]), name="one_open_trial_per_rules"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "working"]) | Q(finished_at__isnull=False),
                name="a_finished_budget_trial_has_a_time",
            ),
        ]
        indexes = [
            # The sweep looks for open ones.
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["waiting", "working"]), name="budget_trial_open"
            )
        ]

    def __str__(self) -> str:
        return f"trial of rules {self.pk}"
