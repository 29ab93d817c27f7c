"""What runs out for an insight, and the behaviour that can prove it solved."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import Department
from voc.models.insights import Insight


class InsightAlarm(models.Model):
    """A deadline of an insight that was near or past: told once per deadline, whoever sweeps and however often.

    `deadline` is the moment that ran out: a new deadline (a reopened insight, a clock that stood still) may be told of
    again.
    """

    class Kind(models.TextChoices):
        NEAR = "near", _("Nearly due")
        PAST = "past", _("Not decided in time")
        PROMISE_NEAR = "promise_near", _("Promise nearly due")
        PROMISE_PAST = "promise_past", _("Promise not kept in time")

    BREACHES = (Kind.PAST, Kind.PROMISE_PAST)

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="alarms")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    level = models.PositiveSmallIntegerField(default=0, help_text=_("Who had to answer then."))
    deadline = models.DateTimeField()
    next_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the next level hears; empty: nobody is above, or nothing was late.")
    )
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("Decided or kept since."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["insight", "kind", "deadline"], name="one_alarm_per_deadline"),
        ]
        indexes = [
            # The board of breaches: what is open, by department, and what was.
            models.Index(fields=["department", "raised_at"], condition=Q(ended_at__isnull=True), name="alarm_open"),
            models.Index(fields=["raised_at"], name="alarm_by_day"),
            models.Index(fields=["next_at"], condition=Q(ended_at__isnull=True), name="alarm_to_rise"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.insight_id}"


class BehaviourCheck(models.Model):
    """Did the behaviour that an insight was about change? A fact of the account, a direction and a day verify it."""

    class Direction(models.TextChoices):
        UP = "up", _("rises")
        DOWN = "down", _("falls")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MET = "met", _("Changed as hoped")
        MISSED = "missed", _("Did not change")
        CALLED_OFF = "called_off", _("Called off")

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="checks")
    fact = models.CharField(_("fact"), max_length=80, help_text=_("A name of the account conditions."))
    direction = models.CharField(_("direction"), max_length=4, choices=Direction.choices)
    by = models.DecimalField(_("by at least"), max_digits=18, decimal_places=4, default=0)
    before = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    after = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    check_on = models.DateField(_("look on"))
    checked_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["insight"], condition=Q(state="waiting"), name="one_waiting_check_per_insight"
            ),
            models.CheckConstraint(condition=Q(by__gte=0), name="a_change_is_asked_for_by_its_size"),
        ]
        indexes = [models.Index(fields=["check_on"], condition=Q(state="waiting"), name="check_due")]

    def __str__(self) -> str:
        return f"{self.fact} {self.direction} for {self.insight_id}"
