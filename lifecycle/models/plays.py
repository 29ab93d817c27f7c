"""Playbooks, and the plays that run from them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Segment
from lifecycle.models.content import ContentItem
from lifecycle.models.journeys import Stage
from lifecycle.models.tasks import Trigger

if TYPE_CHECKING:
    from team.models import User


class Playbook(models.Model):
    """What is done when something happens: a trigger, conditions and steps. A play is one run of it on an account.

    `trigger_match` holds conditions on the trigger's payload, `conditions` those on the account (fields and facts);
    both are lists of `{"name", "operator", "value"}` over the allow-list of lifecycle.formulas.conditions.
    """

    class Reason(models.TextChoices):
        ACCOUNT = "account", _("One at a time per account")
        KEY = "key", _("One per account and event")

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("what it is for"), max_length=300, blank=True)
    stage_kind = models.CharField(_("stage"), max_length=12, choices=Stage.Kind.choices, blank=True)
    trigger_kind = models.CharField(
        _("starts when"), max_length=40, blank=True, help_text=_("Kind of trigger; empty: by hand alone.")
    )
    trigger_match = models.JSONField(default=list, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    segments = models.ManyToManyField(Segment, blank=True, related_name="playbooks")
    intents = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    reason_scope = models.CharField(max_length=8, choices=Reason.choices, default=Reason.ACCOUNT)
    is_on = models.BooleanField(_("on"), default=False)
    on_from = models.DateTimeField(null=True, blank=True, help_text=_("Triggers before this moment start nothing."))
    is_trusted = models.BooleanField(
        _("mails go out unread"), default=False, help_text=_("Otherwise each mail waits in the review box.")
    )
    needs_observed_score = models.BooleanField(default=False)
    quiet_days = models.PositiveSmallIntegerField(_("days before it may start again on an account"), default=30)
    holdout_percent = models.PositiveSmallIntegerField(_("held out, in per cent"), default=0)
    effect_fact = models.CharField(_("what it should move"), max_length=50, blank=True)
    effect_days = models.PositiveSmallIntegerField(_("measured after days"), default=90)
    believed_save = models.DecimalField(
        _("share that it is believed to save"), max_digits=4, decimal_places=3, default=0.1
    )
    stopped_reason = models.CharField(max_length=300, blank=True, help_text=_("Why the system switched it off."))
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(holdout_percent__lte=50), name="at_most_half_is_held_out"),
            models.CheckConstraint(
                condition=Q(believed_save__gte=0, believed_save__lte=1), name="believed_save_is_a_share"
            ),
        ]
        indexes = [models.Index(fields=["trigger_kind"], condition=Q(is_on=True), name="playbook_listening")]

    def __str__(self) -> str:
        return self.name


class PlaybookStep(models.Model):
    """One step. `offset_days` are business days after the step before it was finished.

    `options` by kind: task {title, kind, effort_minutes, owner}; mail {template, to}; survey {survey}; webhook {url};
    chat {channel, text}; wait {condition, at_most_days}; branch {condition, otherwise}: when the condition does not
    hold, the play goes on at the step with the key `otherwise` ("" ends it). Steps are named by `key`, never by number.
    """

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        MAIL = "mail", _("Mail")
        SURVEY = "survey", _("Survey")
        WEBHOOK = "webhook", _("Webhook")
        CHAT = "chat", _("Chat message")
        WAIT = "wait", _("Wait")
        BRANCH = "branch", _("Branch")

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="steps")
    key = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    title = models.CharField(_("what is done"), max_length=200)
    offset_days = models.PositiveSmallIntegerField(_("business days later"), default=0)
    wanted_action = models.CharField(
        _("what the customer should do"), max_length=200, blank=True, help_text=_("Every mail asks for something.")
    )
    content = models.ForeignKey(ContentItem, on_delete=models.PROTECT, null=True, blank=True, related_name="steps")
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["playbook", "position"]
        constraints = [
            models.UniqueConstraint(fields=["playbook", "key"], name="one_step_per_key"),
            models.UniqueConstraint(
                fields=["playbook", "position"], name="one_step_per_position", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=~Q(kind="mail") | ~Q(wanted_action=""), name="a_mail_step_asks_for_an_action"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PlayQuerySet(models.QuerySet["Play"]):
    def visible_to(self, user: "User") -> "PlayQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def open(self) -> "PlayQuerySet":
        return self.filter(state=Play.State.RUNNING)


class Play(models.Model):
    """A playbook at work on one account. `steps` is the playbook's steps as they were when it started."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        HELD_OUT = "held_out", _("Held out")

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="plays")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="plays")
    reason_key = models.CharField(max_length=160, blank=True)
    trigger = models.ForeignKey(Trigger, on_delete=models.SET_NULL, null=True, blank=True, related_name="plays")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="plays"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    steps = models.JSONField(default=list)
    at_step = models.CharField(max_length=40, blank=True)
    wakes_at = models.DateTimeField(null=True, blank=True, help_text=_("When the engine looks again."))
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text=_("Claims since the last step that worked; a play that kills its workers is stopped.")
    )
    depth = models.PositiveSmallIntegerField(default=0, help_text=_("How many plays led to this one."))
    path = ArrayField(models.BigIntegerField(), default=list, help_text=_("Playbooks that led here, oldest first."))
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    stopped_reason = models.CharField(max_length=300, blank=True)
    effect_before = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    effect_after = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    effect_measured_at = models.DateTimeField(null=True, blank=True)

    objects = PlayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "playbook", "reason_key"],
                condition=Q(state="running"),
                name="one_open_play_per_account_playbook_and_reason",
            ),
            models.UniqueConstraint(
                fields=["playbook", "trigger"], condition=Q(trigger__isnull=False), name="one_play_per_trigger"
            ),
            models.CheckConstraint(
                condition=Q(state="running") | Q(finished_at__isnull=False), name="a_finished_play_has_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["wakes_at"], condition=Q(state="running"), name="play_waking"),
            models.Index("account", F("started_at").desc(), name="play_of_account"),
            models.Index("playbook", F("started_at").desc(), name="play_of_playbook"),
            # Whether a playbook was quiet on an account for long enough.
            models.Index(fields=["account", "playbook", "started_at"], name="play_quiet"),
            # The sweep that measures what became of the account.
            models.Index(fields=["started_at"], condition=Q(effect_measured_at__isnull=True), name="play_unmeasured"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} on {self.account_id}"


class PlayStepRun(models.Model):
    """One step of one play. Its effect and its row are one transaction, so no step works twice."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Skipped")
        FAILED = "failed", _("Failed")

    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="runs")
    step_key = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=PlaybookStep.Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["play", "step_key"], name="one_run_per_play_and_step")]
        indexes = [
            # voc claims the survey steps that wait.
            models.Index(fields=["kind", "due_at"], condition=Q(state="waiting"), name="steprun_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.step_key} of {self.play_id}"
