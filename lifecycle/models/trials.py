"""What a playbook or a rule would have done: worked out by a worker, kept until it is tried again."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.models.journeys import Stage
from lifecycle.models.plays import Playbook


class TrialQuerySet(models.QuerySet["Trial"]):
    def open(self) -> "TrialQuerySet":
        return self.filter(state__in=Trial.OPEN)

    def waiting(self, moment: dt.datetime) -> "TrialQuerySet":
        """Open ones that no worker is at (its lease is over, or none came yet)."""
        return self.open().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=moment))


class Trial(models.Model):
    """A dry run of a playbook, or a stage's rule on history. `version`: of the playbook, or of the stage's journey.

    `result` is what lifecycle.selectors.trials writes and reads; empty until it is done. `done` of `total` is for the
    progress bar alone.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (State.WAITING, State.WORKING)

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, null=True, blank=True, related_name="trials")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, null=True, blank=True, related_name="trials")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=100)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(playbook__isnull=False, stage__isnull=True) | Q(playbook__isnull=True, stage__isnull=False),
                name="a_trial_is_of_a_playbook_or_a_stage",
            ),
            # Whoever asks while it is being worked out joins in.
            models.UniqueConstraint(
                fields=["playbook", "version"],
                condition=Q(state__in=["waiting", "working"]),
                name="one_open_trial_per_playbook",
            ),
            models.UniqueConstraint(
                fields=["stage", "version"],
                condition=Q(state__in=["waiting", "working"]),
                name="one_open_trial_per_stage",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "working"]) | Q(finished_at__isnull=False),
                name="a_finished_trial_has_a_time",
            ),
        ]
        indexes = [
            # The sweep looks for open ones.
            models.Index(fields=["lease_until"], condition=Q(state__in=["waiting", "working"]), name="trial_open")
        ]

    def __str__(self) -> str:
        return f"trial of {'playbook' if self.playbook_id else 'stage'} {self.playbook_id or self.stage_id}"
