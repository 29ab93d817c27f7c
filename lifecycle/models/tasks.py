"""Work for people, and the record of what could have started it."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from team.models import AliveManager, SoftDeleted

if TYPE_CHECKING:
    from team.models import User


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: "User") -> "TaskQuerySet":
        """Own tasks and those on visible accounts."""
        return self.filter(Q(owner__in=user.book_owner_ids()) | Q(account__in=Account.objects.visible_to(user)))

    def owned_by(self, user: "User") -> "TaskQuerySet":
        """Tasks of the user and of absent colleagues whom the user deputises."""
        return self.filter(owner__in=user.book_owner_ids())

    def editable_by(self, user: "User") -> "TaskQuerySet":
        """Own tasks and those on accounts whose facts the user may change; viewers change none."""
        if user.role == "viewer":
            return self.none()
        return self.filter(Q(owner__in=user.book_owner_ids()) | Q(account__in=Account.objects.editable_by(user)))

    def with_rights(self, user: "User") -> "TaskQuerySet":
        """Each task says as `may_edit` whether the user could change it: `editable_by` as a column."""
        if user.role == "viewer":
            return self.annotate(may_edit=models.Value(False))
        mine = Q(owner__in=user.book_owner_ids()) | Q(account__in=Account.objects.editable_by(user))
        return self.annotate(may_edit=models.ExpressionWrapper(mine, output_field=models.BooleanField()))

    def open(self) -> "TaskQuerySet":
        return self.filter(state=Task.State.OPEN)

    def awake(self, day: dt.date) -> "TaskQuerySet":
        """Not snoozed beyond the day."""
        return self.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=day))

    def parked(self) -> "TaskQuerySet":
        """Open tasks above their owner's weekly capacity: out of sight, listed with the reason, never lost."""
        return self.filter(state=Task.State.OPEN, parked_at__isnull=False)

    def at_hand(self) -> "TaskQuerySet":
        return self.filter(state=Task.State.OPEN, parked_at__isnull=True)

    def due_by(self, day: dt.date) -> "TaskQuerySet":
        return self.filter(due_on__lte=day)


class Task(SoftDeleted):
    """One thing for one person to do, with the reason why."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MAIL = "mail", _("Mail")
        MEETING = "meeting", _("Meeting")
        TODO = "todo", _("To do")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tasks")
    title = models.CharField(_("what to do"), max_length=200)
    why = models.CharField(_("why"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.TODO)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    due_on = models.DateField(_("due"), null=True, blank=True)
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    snooze_reason = models.CharField(max_length=200, blank=True)
    effort_minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=30)
    is_proactive = models.BooleanField(default=True, help_text=_("Planned work, not fire-fighting."))
    run = models.ForeignKey(
        "lifecycle.PlayStepRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    goal = models.ForeignKey("lifecycle.Goal", on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    is_shared = models.BooleanField(_("the customer sees it"), default=False)
    rank = models.DecimalField(
        max_digits=16,
        decimal_places=4,
        default=0,
        help_text=_("Expected ARR protected x urgency per hour of work; see lifecycle.formulas.ranking."),
    )
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_reason = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Somebody took it although the week was full: it is not parked again.")
    )
    dedupe_key = models.CharField(max_length=120, null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes it took"), null=True, blank=True)

    objects = AliveManager.from_queryset(TaskQuerySet)()
    everything = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=Q(state="open", deleted_at__isnull=True),
                name="one_open_task_per_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="a_done_task_has_a_time"
            ),
        ]
        # Today reads one person's open tasks by due date.
        indexes = [
            models.Index(
                fields=["owner", "due_on"], condition=Q(state="open", deleted_at__isnull=True), name="task_todo"
            ),
            models.Index(fields=["account", "state"], name="task_account"),
            # The ranking of one person's open work, and the proactive share of what was done.
            models.Index(
                fields=["owner", "-rank"], condition=Q(state="open", deleted_at__isnull=True), name="task_rank"
            ),
            models.Index(fields=["owner", "done_at"], condition=Q(state="done"), name="task_done"),
        ]

    def __str__(self) -> str:
        return self.title


class Trigger(models.Model):
    """Something happened that a playbook may start on. Recorded whether a playbook listens or not, so that a dry run
    has a history. `key` makes a repeat harmless."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="triggers")
    kind = models.CharField(max_length=40, help_text=_("stage_entered, risk_opened, band_changed, answer, ..."))
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict, blank=True)
    happened_at = models.DateTimeField()
    cause = models.ForeignKey(
        "lifecycle.Play",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="caused",
        help_text=_("The play that made it happen, so that a loop is seen."),
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "key"], name="one_trigger_per_event")]
        indexes = [
            models.Index(fields=["kind", "happened_at"], name="trigger_history"),
            # The sweep takes what no playbook has looked at yet, oldest first.
            models.Index(fields=["id"], condition=Q(handled_at__isnull=True), name="trigger_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.account_id}"
