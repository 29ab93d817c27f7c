"""The success plan: handover from sales, goals, promises, the page shared with the customer, and causes of loss."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, FactDefinition
from team.models import AliveManager, SoftDeleted

if TYPE_CHECKING:
    from team.models import User


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: "User") -> "HandoverQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))


class Handover(models.Model):
    """What sales knows at closed-won. Gaps are visible, count, and become tasks."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="handover")
    success_criteria = models.TextField(_("how they will know it worked"), blank=True)
    risks = models.TextField(_("risks seen in the sale"), blank=True)
    notes = models.TextField(_("what else the success team should know"), blank=True)
    has_no_promises = models.BooleanField(_("nothing was promised"), default=False)
    has_no_risks = models.BooleanField(_("no risks seen"), default=False)
    completeness = models.DecimalField(
        max_digits=4, decimal_places=3, default=0, help_text=_("Share of the checklist, 0 to 1.")
    )
    gaps = models.JSONField(default=list, blank=True, help_text=_("Names of what is missing."))
    source = models.CharField(max_length=40, default="form")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = HandoverQuerySet.as_manager()

    def __str__(self) -> str:
        return f"handover of {self.account_id}"


class GoalQuerySet(models.QuerySet["Goal"]):
    def visible_to(self, user: "User") -> "GoalQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "GoalQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "GoalQuerySet":
        return self.filter(state=Goal.State.OPEN)

    def shared(self) -> "GoalQuerySet":
        return self.filter(is_shared=True)


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
        ]
        indexes = [
            models.Index(fields=["account", "state", "due_on"], name="goal_of_account"),
            models.Index(fields=["due_on"], condition=Q(state="open", deleted_at__isnull=True), name="goal_due"),
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
            models.Index(fields=["due_on"], condition=Q(state="open", deleted_at__isnull=True), name="promise_due"),
        ]

    def __str__(self) -> str:
        return self.words


class SharedPlan(models.Model):
    """A link by which the customer reads the plan, comments and signs off. Revoking it ends it at once.

    The token is signed from `nonce` (never stored whole), so staff can copy the link again.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="shared_plans")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="shared_plans")
    nonce = models.CharField(max_length=43, unique=True)
    can_sign_off = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="sharedplan_of_account")]

    def __str__(self) -> str:
        return f"shared plan of {self.account_id}"


class PlanComment(models.Model):
    """A line that the customer (or we) wrote under the shared plan or one of its goals or tasks."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plan_comments")
    plan = models.ForeignKey(SharedPlan, on_delete=models.SET_NULL, null=True, blank=True, related_name="comments")
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, null=True, blank=True, related_name="comments")
    task = models.ForeignKey("lifecycle.Task", on_delete=models.CASCADE, null=True, blank=True, related_name="comments")
    author_name = models.CharField(_("your name"), max_length=160)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField(_("comment"), max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["account", "created_at"], name="plancomment_of_account")]

    def __str__(self) -> str:
        return f"comment on plan of {self.account_id}"


class Cause(models.Model):
    """Why a goal was missed, revenue shrank or a customer left: one of three, with evidence, routed to who can act."""

    class Kind(models.TextChoices):
        WRONG_CUSTOMER = "wrong_customer", _("Wrong customer sold to")
        PRODUCT = "product", _("Product problem")
        ENGAGEMENT = "engagement", _("Engagement that failed")

    class About(models.TextChoices):
        GOAL = "goal", _("Missed goal")
        CONTRACTION = "contraction", _("Contraction")
        LOSS = "loss", _("Loss")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="causes")
    about = models.CharField(max_length=11, choices=About.choices)
    goal = models.OneToOneField(Goal, on_delete=models.CASCADE, null=True, blank=True, related_name="cause")
    movement_on = models.DateField(null=True, blank=True, help_text=_("Day of the contraction or loss."))
    kind = models.CharField(_("cause"), max_length=14, choices=Kind.choices, blank=True)
    evidence = models.CharField(_("what shows it"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(null=True, blank=True)
    routed_to = models.CharField(max_length=12, blank=True, help_text=_("Slug of the department that was told."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "about", "movement_on"],
                condition=Q(goal__isnull=True),
                name="one_cause_per_movement",
            ),
            models.CheckConstraint(condition=Q(kind="") | ~Q(evidence=""), name="a_cause_has_evidence"),
        ]
        indexes = [models.Index(fields=["kind", "created_at"], name="cause_kind")]

    def __str__(self) -> str:
        return f"{self.about} of {self.account_id}: {self.kind or 'open'}"
