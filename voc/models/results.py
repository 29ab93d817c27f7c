"""Kept beside the answers so that pages are quick: settled responses as columns, and files of results."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from voc.models.surveys import Survey

if TYPE_CHECKING:
    from team.models import User


class SettledSheet(models.Model):
    """The confirmed responses of one survey from before `until`, as columns (see voc.selectors.results.settled).

    Nothing here is a source: `rows` and `stamp` tell whether it still equals the responses, and it can be made again.
    """

    survey = models.OneToOneField(Survey, on_delete=models.CASCADE, primary_key=True, related_name="settled_sheet")
    until = models.DateTimeField()
    rows = models.PositiveIntegerField()
    stamp = models.DecimalField(max_digits=40, decimal_places=0)
    shape = models.CharField(max_length=64, help_text=_("SHA-256 of the questions that the columns stand for."))
    content = models.BinaryField()
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.rows} responses of survey {self.survey_id}"


class ResultFileQuerySet(models.QuerySet["ResultFile"]):
    def visible_to(self, user: "User") -> "ResultFileQuerySet":
        """The own ones: each holds what its reader may see."""
        return self.filter(asked_by=user)

    def open(self) -> "ResultFileQuerySet":
        return self.filter(state__in=ResultFile.OPEN)

    def waiting(self, moment: dt.datetime) -> "ResultFileQuerySet":
        """Open ones that no worker is at (its lease is over, or none came yet)."""
        return self.open().filter(Q(lease_until__isnull=True) | Q(lease_until__lt=moment))


class ResultFile(models.Model):
    """Results of a survey as a file that a worker makes. `query` is the page's address behind the question mark."""

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"
        PDF = "pdf", "PDF"

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        WORKING = "working", _("Being made")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (State.WAITING, State.WORKING)

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="result_files")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    query = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    file = models.FileField(upload_to="results/%Y/%m/", blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ResultFileQuerySet.as_manager()

    class Meta:
        constraints = [
            # A second press of the same button joins the first.
            models.UniqueConstraint(
                fields=["survey", "kind", "query", "asked_by"],
                condition=Q(state__in=["waiting", "working"]),
                name="one_open_file_per_question",
            ),
            models.CheckConstraint(condition=~Q(state="done") | ~Q(file=""), name="a_finished_result_has_its_file"),
        ]
        indexes = [
            # The page shows the reader's newest; the sweep looks for open ones.
            models.Index("survey", "asked_by", F("created_at").desc(), name="resultfile_newest"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["waiting", "working"]), name="resultfile_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of survey {self.survey_id}"
