"""Goals of the customer with their readings, and promises of the vendor."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, FactDefinition
from team.models import AliveManager, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class GoalQuerySet(models.QuerySet["Goal"]):
    def visible_to(self, user: "User") -> "GoalQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "GoalQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "GoalQuerySet":
        return self.filter(state=Goal.State.OPEN)

    def shared(self) -> "GoalQuerySet":
        return self.filter(is_shared=True)


@track_changes(exclude=("current", "current_at"))
class Goal(SoftDeleted):
    """What the customer wants to reach, in the customer's words: baseline, target, where it stands, by when."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        REACHED = "reached", _("Reached")
        MISSED = "missed", _("Missed")
        DROPPED = "dropped", _("Dropped")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="goals")
    title = models.CharField(_("goal, in the customer's words"), max_length=200)
    metric = models.CharField(_("what is measured"), max_length=80, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    baseline = models.DecimalField(_("start"), max_digits=14, decimal_places=2, null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=14, decimal_places=2, null=True, blank=True)
    current = models.DecimalField(_("now"), max_digits=14, decimal_places=2, null=True, blank=True)
    current_at = models.DateTimeField(null=True, blank=True)
    fact = models.ForeignKey(
        FactDefinition, verbose_name=_("fed by"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField(_("since"))
    due_on = models.DateField(_("by when"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("our owner"), on_delete=models.PROTECT, related_name="goals"
    )
    customer_owner = models.ForeignKey(
        Contact, verbose_name=_("their owner"), on_delete=models.SET_NULL, null=True, blank=True, related_name="goals"
    )
    agreed_on = models.DateField(_("agreed with the customer on"), null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed_on = models.DateField(null=True, blank=True)
    closing_note = models.CharField(_("what shows it"), max_length=300, blank=True)
    is_shared = models.BooleanField(_("the customer sees it"), default=False)
    signed_off_by = models.CharField(max_length=160, blank=True, help_text=_("Name of the person at the customer."))
    signed_off_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager.from_queryset(GoalQuerySet)()
    everything = GoalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_off_at__isnull=True) | ~Q(signed_off_by=""), name="a_sign_off_has_a_name"
            ),
            models.CheckConstraint(
                condition=Q(baseline__isnull=True) | Q(target__isnull=True) | ~Q(baseline=F("target")),
                name="a_goal_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_on__isnull=False), name="a_closed_goal_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("starts_on")), name="a_goal_is_due_after_it_starts"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state", "due_on"], name="goal_of_account"),
            models.Index(fields=["due_on"], condition=Q(state="open", deleted_at__isnull=True), name="goal_due"),
            # The sweep that feeds goals from facts.
            models.Index(
                fields=["fact", "account"],
                condition=Q(state="open", deleted_at__isnull=True, fact__isnull=False),
                name="goal_fed",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class GoalReading(models.Model):
    """One value of a goal at a time, from a fact or by hand with evidence."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="readings")
    value = models.DecimalField(max_digits=14, decimal_places=2)
    observed_at = models.DateTimeField()
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["observed_at", "id"]
        constraints = [models.UniqueConstraint(fields=["goal", "observed_at"], name="one_reading_per_goal_and_time")]

    def __str__(self) -> str:
        return f"{self.value} of {self.goal_id}"


class PromiseQuerySet(models.QuerySet["Promise"]):
    def visible_to(self, user: "User") -> "PromiseQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "PromiseQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "PromiseQuerySet":
        return self.filter(state=Promise.State.OPEN)


@track_changes()
class Promise(SoftDeleted):
    """What the vendor owes, to whom, by when; kept or broken, with evidence."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        RELEASED = "released", _("Released by the customer")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="promises")
    words = models.CharField(_("what was promised"), max_length=300)
    to_contact = models.ForeignKey(
        Contact, verbose_name=_("to whom"), on_delete=models.SET_NULL, null=True, blank=True, related_name="promises"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who sees to it"), on_delete=models.PROTECT, related_name="promises"
    )
    made_on = models.DateField(_("made on"))
    due_on = models.DateField(_("by when"))
    origin = models.CharField(max_length=40, default="manual", help_text=_("handover, meeting, insight, manual."))
    origin_ref = models.CharField(max_length=120, null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    settled_on = models.DateField(null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    is_shared = models.BooleanField(_("the customer sees it"), default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AliveManager.from_queryset(PromiseQuerySet)()
    everything = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "origin_ref"], name="one_promise_per_origin"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(settled_on__isnull=False), name="a_settled_promise_has_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state", "due_on"], name="promise_of_account"),
            # The list of promises by due day: the open ones, and all.
            models.Index(
                fields=["due_on", "id"], condition=Q(state="open", deleted_at__isnull=True), name="promise_due"
            ),
            models.Index(fields=["due_on", "id"], name="promise_by_due"),
        ]

    def __str__(self) -> str:
        return self.words
