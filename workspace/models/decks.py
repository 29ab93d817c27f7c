"""The business review of an account: how it is composed, and each file that is being made from it."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountFile

if TYPE_CHECKING:
    from team.models import User


class Deck(models.Model):
    """How an account's review is composed; kept, so that the next one starts where the last one ended.

    `slides` holds what `workspace.formulas.decks.as_json` writes.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="deck")
    weeks = models.PositiveSmallIntegerField(default=12)
    language = models.CharField(max_length=10, default="en")
    slides = models.JSONField(default=list, blank=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"review of {self.account_id}"


class DeckJobQuerySet(models.QuerySet["DeckJob"]):
    def editable_by(self, user: "User") -> "DeckJobQuerySet":
        """Jobs of accounts that the user edits: their results are files of the account."""
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "DeckJobQuerySet":
        return self.filter(state__in=DeckJob.OPEN)

    def waiting(self, moment: dt.datetime) -> "DeckJobQuerySet":
        """Open jobs that no worker is at (its lease is over, or none came yet)."""
        return self.open().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=moment))


class DeckJob(models.Model):
    """One file on its way: what it is made from is frozen at the press of the button."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        PPTX = "pptx", "PowerPoint"

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        WORKING = "working", _("Being made")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (State.WAITING, State.WORKING)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deck_jobs")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    composition = models.JSONField()
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of what it is made from."))
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    position = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=3)
    attempts = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    file = models.ForeignKey(AccountFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeckJobQuerySet.as_manager()

    class Meta:
        constraints = [
            # A second press of the same button joins the first.
            models.UniqueConstraint(
                fields=["account", "kind", "digest"],
                condition=Q(state__in=["waiting", "working"]),
                name="one_open_job_per_deck",
            )
        ]
        indexes = [
            # The builder shows the newest; the sweep looks for open ones.
            models.Index(fields=["account", "-created_at"], name="deckjob_of_account"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["waiting", "working"]), name="deckjob_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account_id}"
