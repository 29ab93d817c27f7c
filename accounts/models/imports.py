"""Imports: one run per file, one row per line, enough to undo the whole run."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One file on its way in. Resumable: rows are applied in chunks, each in one transaction with its ImportRows."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    kind = models.CharField(_("what it holds"), max_length=20)
    source = models.CharField(_("system it comes from"), max_length=40, default="csv")
    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the file."))
    mapping = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.UPLOADED)
    is_dry = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0, help_text=_("Rows handled so far; a resumed run goes on here."))
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    flagged_count = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="imports"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"


class ImportRow(models.Model):
    """What became of one line: rejected with a reason, or applied with what undoes it."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("Created")
        UPDATED = "updated", _("Updated")
        UNCHANGED = "unchanged", _("Unchanged")
        REJECTED = "rejected", _("Rejected")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text=_("Line in the file, the header is line 1."))
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why it was rejected, or a flag."))
    raw = models.JSONField(null=True, blank=True, help_text=_("The cells, kept for rejected and flagged rows."))
    object_ref = models.CharField(max_length=80, blank=True)
    before = models.JSONField(null=True, blank=True, help_text=_("Values that an undo puts back."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_outcome_per_line")]
        indexes = [
            models.Index(fields=["run", "number"], condition=Q(outcome="rejected"), name="importrow_rejected"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} line {self.number}: {self.outcome}"
