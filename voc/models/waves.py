"""Who is asked when: waves of a survey, and what asks by itself."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lifecycle.models import Stage
from team.models import track_changes
from voc.models.surveys import Survey, SurveyVersion


@track_changes(exclude=("planned",))
class Wave(models.Model):
    """One round of a survey to one audience. A wave that recurs makes the next one of its `series` by itself; the first
    round is the series and points at none.

    `audience` is `{"kind": "rule" | "view" | "file" | "list", ...}`: a saved view's id, contact ids of a file or of the
    API; `conditions` (the grammar of accounts.formulas.conditions), `personas` and `stages` narrow any of them.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Planned")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="waves")
    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="waves")
    name = models.CharField(_("name"), max_length=120)
    series = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="rounds")
    audience = models.JSONField(default=dict)
    conditions = models.JSONField(default=list, blank=True)
    personas = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    stages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sample_size = models.PositiveIntegerField(
        _("ask at most"), null=True, blank=True, help_text=_("A random part of the audience; empty: all.")
    )
    per_account = models.PositiveSmallIntegerField(_("people per account at most"), null=True, blank=True)
    seed = models.PositiveIntegerField(default=1, help_text=_("The draw can be repeated."))
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    send_at = models.DateTimeField(_("send"), null=True, blank=True)
    recurs_every_days = models.PositiveSmallIntegerField(_("again every"), null=True, blank=True)
    audience_size = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("People in it when it was launched.")
    )
    planned = models.PositiveIntegerField(default=0, help_text=_("Invitations made of it so far."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    launched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    launched_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled", "cancelled"]) | Q(version__isnull=False),
                name="a_launched_wave_has_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(send_at__isnull=False), name="a_planned_wave_has_a_time"
            ),
            models.UniqueConstraint(
                fields=["series"],
                condition=Q(state__in=["draft", "scheduled"]) & Q(series__isnull=False),
                name="one_next_round_per_series",
            ),
        ]
        indexes = [
            # The sweep asks which waves are due or at work.
            models.Index(fields=["send_at"], condition=Q(state__in=["scheduled", "sending"]), name="wave_due")
        ]

    def __str__(self) -> str:
        return f"{self.survey}: {self.name}"


class WaveDraw(models.Model):
    """Who was drawn when a wave was launched, in the order of the draw; invitations are made of it slice by slice.

    `Wave.planned` says how far: a worker that is killed leaves a whole slice or none.
    """

    wave = models.OneToOneField(Wave, on_delete=models.CASCADE, related_name="draw")
    contact_ids = ArrayField(models.BigIntegerField(), default=list)
    drawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draw of {self.wave_id}"


@track_changes()
class SurveyTrigger(models.Model):
    """What asks by itself: a lifecycle transition plus some days, days before a renewal, a rhythm, a ticket, a goal."""

    class Kind(models.TextChoices):
        STAGE_ENTERED = "stage_entered", _("Stage entered")
        STAGE_LEFT = "stage_left", _("Stage left")
        RENEWAL = "renewal", _("Before a renewal")
        CADENCE = "cadence", _("Every so often")
        TICKET_CLOSED = "ticket_closed", _("Ticket closed")
        GOAL_REACHED = "goal_reached", _("Goal reached")
        LOST = "lost", _("Account lost")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="triggers")
    kind = models.CharField(_("when"), max_length=16, choices=Kind.choices)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="survey_triggers")
    days = models.PositiveSmallIntegerField(
        _("days"), default=0, help_text=_("After the event; before a renewal; between two rounds of a rhythm.")
    )
    conditions = models.JSONField(default=list, blank=True)
    personas = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    per_account = models.PositiveSmallIntegerField(_("people per account at most"), null=True, blank=True)
    share = models.PositiveSmallIntegerField(_("share to ask, in %"), default=100)
    is_active = models.BooleanField(default=False)
    active_from = models.DateTimeField(null=True, blank=True, help_text=_("Events before this are left alone."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["survey", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["stage_entered", "stage_left"], stage__isnull=False)
                | (~Q(kind__in=["stage_entered", "stage_left"]) & Q(stage__isnull=True)),
                name="a_transition_names_its_stage",
            ),
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=100), name="a_share_is_1_to_100"),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(active_from__isnull=False), name="an_active_trigger_has_a_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey}: {self.get_kind_display()}"
