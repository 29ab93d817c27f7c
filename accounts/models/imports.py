"""Imports: one run per file, one row per line, enough to undo the whole run."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from team.models import User


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: "User") -> "ImportRunQuerySet":
        """Files hold customers of every book: only admins and managers see them."""
        return self if user.role in {"admin", "manager"} else self.none()

    def interrupted(self) -> "ImportRunQuerySet":
        """Runs that began to write and did not end."""
        return self.filter(state=ImportRun.State.RUNNING, is_dry=False)

    def waiting(self, moment: dt.datetime) -> "ImportRunQuerySet":
        """Runs with a stored file that a worker should be at, while none is (its lease is over)."""
        return (
            self.filter(state__in=ImportRun.WORKING)
            .exclude(file="")
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=moment))
        )

    def undoable(self) -> "ImportRunQuerySet":
        """Runs that wrote something and still hold it."""
        return self.filter(
            state__in=[ImportRun.State.RUNNING, ImportRun.State.DONE, ImportRun.State.FAILED], is_dry=False
        )


class ImportRun(models.Model):
    """One file on its way in. Resumable: rows are applied in chunks, each in one transaction with its ImportRows."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Reading the file")
        READY = "ready", _("Waiting for its columns")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Importing")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Undoing")
        UNDONE = "undone", _("Undone")

    # States in which a worker has something to do.
    WORKING = (State.UPLOADED, State.CHECKING, State.RUNNING, State.UNDOING)

    kind = models.CharField(_("what it holds"), max_length=20)
    source = models.CharField(_("system it comes from"), max_length=40, default="csv")
    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text=_("Bytes."))
    digest = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the file."))
    mapping = models.JSONField(default=dict, blank=True)
    shape = models.JSONField(default=dict, blank=True, help_text=_("What the file turned out to be: columns, samples."))
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
    notes = models.JSONField(default=list, blank=True, help_text=_("Sentences on what was found and assumed."))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="imports"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        indexes = [
            # The sweep asks for unfinished work, the command line for the interrupted import of a file.
            models.Index(
                fields=["state", "lease_until"],
                condition=Q(state__in=["uploaded", "checking", "running", "undoing"]),
                name="importrun_working",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    def rejected(self) -> "ImportRowQuerySet":
        return self.filter(outcome=ImportRow.Outcome.REJECTED)

    def flagged(self) -> "ImportRowQuerySet":
        """In, with something that a person should know."""
        return self.exclude(reason="").exclude(outcome=ImportRow.Outcome.REJECTED)

    def changing(self) -> "ImportRowQuerySet":
        return self.filter(outcome__in=[ImportRow.Outcome.CREATED, ImportRow.Outcome.UPDATED])


class ImportRow(models.Model):
    """What became of one line: rejected with a reason, or applied with what undoes it."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("Created")
        UPDATED = "updated", _("Updated")
        UNCHANGED = "unchanged", _("Unchanged")
        REJECTED = "rejected", _("Rejected")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(help_text=_("Line in the file, the header is line 1."))
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why it was rejected, or a flag."))
    raw = models.JSONField(null=True, blank=True, help_text=_("The cells, kept for rejected and flagged rows."))
    key = models.BigIntegerField(null=True, help_text=_("Hash of what tells this row from others of its file."))
    content = models.BigIntegerField(
        null=True, help_text=_("Hash of its cells: the same row twice is no contradiction.")
    )
    object_ref = models.CharField(max_length=80, blank=True)
    account_ref = models.BigIntegerField(null=True, help_text=_("Account that it touched."))
    before = models.JSONField(null=True, blank=True, help_text=_("Values that an undo puts back."))
    after = models.JSONField(
        null=True, blank=True, help_text=_("Values that it wrote; an undo asks whether they hold.")
    )

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_outcome_per_line")]
        indexes = [
            # The lists of rejected and of flagged rows.
            models.Index(fields=["run", "number"], condition=~Q(reason=""), name="importrow_reasons"),
            # Was this id on an earlier line of the same file?
            models.Index(fields=["run", "key"], name="importrow_keys"),
            # Which imports touched this thing?
            models.Index(fields=["object_ref"], condition=~Q(object_ref=""), name="importrow_objects"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} line {self.number}: {self.outcome}"
