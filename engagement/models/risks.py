"""Risks: what is watched, per segment, and what is open on an account."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Segment
from engagement.models.plain_json import PlainJSONField
from lifecycle.models import Playbook
from team.models import track_changes

if TYPE_CHECKING:
    import datetime as dt

    from team.models import User


class RiskKind(models.TextChoices):
    """The kinds that are shipped, on; the same codes start playbooks (lifecycle.formulas.trigger_kinds.RISKS)."""

    SINGLE_THREADED = "single_threaded", _("Single-threaded")
    CHAMPION_LEFT = "champion_left", _("Champion left")
    ZOMBIE = "zombie", _("Zombie")
    SILENT = "silent", _("Silent")
    REFERENCE_REFUSED = "reference_refused", _("Reference refused")
    USAGE_DROP = "usage_drop", _("Usage drop")
    LICENCE_UNDERUSE = "licence_underuse", _("Licence under-use")
    TICKET_PRESSURE = "ticket_pressure", _("Ticket pressure")
    PAYMENT_OVERDUE = "payment_overdue", _("Payment overdue")
    STAGE_STALLED = "stage_stalled", _("Stage stalled")
    GOAL_OFF_TRACK = "goal_off_track", _("No goal, or goal off track")
    DETRACTOR_UNANSWERED = "detractor_unanswered", _("Detractor not answered")
    NO_EXECUTIVE = "no_executive", _("No executive contact")
    HANDOVER_GAP = "handover_gap", _("Handover gap")
    RENEWAL_UNFORECAST = "renewal_unforecast", _("Renewal without a forecast")
    PROMISE_BROKEN = "promise_broken", _("Promise broken")
    EDUCATION_GAP = "education_gap", _("Education gap")
    SAY_DO_CONFLICT = "say_do_conflict", _("Say and do conflict")


@track_changes()
class RiskRule(models.Model):
    """How one kind is watched in a segment (none: the default). `thresholds` overrides those of the kind's definition
    (engagement.formulas.risks), `{name: number}`; names that are missing keep the definition's value."""

    kind = models.CharField(max_length=22, choices=RiskKind.choices)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True, related_name="risk_rules")
    is_on = models.BooleanField(_("on"), default=True)
    thresholds = models.JSONField(default=dict, blank=True)
    playbook = models.ForeignKey(
        Playbook, on_delete=models.SET_NULL, null=True, blank=True, related_name="risk_rules", verbose_name=_("play")
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "segment"], nulls_distinct=False, name="one_risk_rule_per_segment")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class RiskQuerySet(models.QuerySet["Risk"]):
    def visible_to(self, user: "User") -> "RiskQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "RiskQuerySet":
        """Risks of accounts whose facts the user may change."""
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "RiskQuerySet":
        return self.filter(closed_at=None)

    def awake(self, day: "dt.date") -> "RiskQuerySet":
        """Open, and not snoozed beyond the day."""
        return self.open().filter(Q(snoozed_until=None) | Q(snoozed_until__lte=day))

    def asleep(self, day: "dt.date") -> "RiskQuerySet":
        """Open, and snoozed beyond the day."""
        return self.open().filter(snoozed_until__gt=day)


@track_changes(exclude=("evidence", "words", "seen_on", "severity"))
class Risk(models.Model):
    """One risk of one account; at most one of a kind is open. It opens and closes by the recompute, never by hand:
    a person snoozes it until a day, or says that it was a false alarm, each with a reason.

    `evidence` is a list of `{"words", "at", "what", "id"}`: the rows that made it, and the figures against thresholds.
    """

    class Severity(models.IntegerChoices):
        WATCH = 1, _("Watch")
        RISK = 2, _("At risk")
        CRITICAL = 3, _("Critical")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="risks")
    kind = models.CharField(max_length=22, choices=RiskKind.choices)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.RISK)
    words = models.CharField(max_length=200, blank=True, help_text=_("The finding in one sentence."))
    evidence = PlainJSONField(default=list)
    opened_on = models.DateField()
    seen_on = models.DateField(help_text=_("The last day on which it held."))
    closed_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    snooze_reason = models.CharField(_("reason"), max_length=300, blank=True)
    is_false_alarm = models.BooleanField(default=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects = RiskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind"], condition=Q(closed_at=None), name="one_open_risk"),
            models.CheckConstraint(
                condition=Q(snoozed_until=None) | ~Q(snooze_reason=""), name="a_snooze_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(F("severity").desc(), F("id").desc(), condition=Q(closed_at=None), name="risk_open"),
            models.Index(fields=["kind", "account"], condition=Q(closed_at=None), name="risk_open_by_kind"),
            models.Index(F("account"), F("opened_on").desc(), name="risk_history"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account_id}"


class SayDo(models.Model):
    """Where an account stands on the board of what they say and what they do; written by the recompute.

    `say` and `do` lie in -1..1, empty while unobserved. `evidence` is `{"say": [...], "do": [...], "goals": [...]}`,
    each a list of `{"words", "at", "value", "weight", "what", "id"}`. The history stands in the facts.
    """

    class Field(models.TextChoices):
        ADVOCATE = "advocate", _("Advocate")
        OFF_TARGET = "off_target", _("Happy but off target")
        HOLLOW_PRAISE = "hollow_praise", _("Hollow praise")
        PRAISE_WITHOUT_PROOF = "unproven_praise", _("Praise without proof")
        ZOMBIE = "zombie", _("Zombie")
        LEAVING = "leaving", _("Leaving")
        GRIEVANCE = "grievance", _("Grievance")
        SILENT_USER = "silent_user", _("Silent user")
        FADING = "fading", _("Fading")
        DARK = "dark", _("Dark")

    class Goals(models.TextChoices):
        ON_TRACK = "on_track", _("Goals on track")
        OFF_TRACK = "off_track", _("Goals off track")
        UNKNOWN = "unknown", _("No goal known")

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="say_do")
    say = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    do = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    goals = models.CharField(max_length=9, choices=Goals.choices, default=Goals.UNKNOWN)
    field = models.CharField(max_length=15, choices=Field.choices, default=Field.DARK)
    is_weak = models.BooleanField(default=False, help_text=_("A value below 0.2 in size."))
    evidence = PlainJSONField(default=dict)
    since = models.DateField(help_text=_("In this field since."))
    as_of = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["field", "account"], name="say_do_field")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.field}"
