"""Initiatives: a theme, or several insights, that became a piece of work of a department."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from team.models import Department, track_changes
from voc.models.feedback import Theme
from voc.models.insights import Insight, Verification

if TYPE_CHECKING:
    from team.models import User


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    def visible_to(self, user: "User") -> "InitiativeQuerySet":
        """Of the own departments; all for CSMs and everybody who sees everything. Names and states are no secrets
        among them; the accounts behind one are read with the reader's own eyes."""
        if user.role != "member":
            return self.all()
        return self.filter(department__in=user.department_ids())

    def editable_by(self, user: "User") -> "InitiativeQuerySet":
        """Of the own departments; all for admins and managers."""
        if user.role in {"admin", "manager"}:
            return self.all()
        return self.none() if user.role == "viewer" else self.filter(department__in=user.department_ids())


@track_changes()
class Initiative(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        STARTED = "started", _("Being worked on")
        SHIPPED = "shipped", _("Shipped")
        DROPPED = "dropped", _("Dropped")

    OVER = (State.SHIPPED, State.DROPPED)

    title = models.CharField(_("title"), max_length=160)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="initiatives"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="initiatives",
    )
    theme = models.ForeignKey(
        Theme, verbose_name=_("theme"), on_delete=models.PROTECT, null=True, blank=True, related_name="initiatives"
    )
    target = models.CharField(_("target"), max_length=300, blank=True, help_text=_("What shall be different."))
    fact = models.CharField(
        _("fact it shall move"), max_length=80, blank=True, help_text=_("A name of the account conditions.")
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED)
    drop_reason = models.CharField(_("why dropped"), max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    shipped_on = models.DateField(null=True, blank=True)
    is_public = models.BooleanField(_("on the page for customers"), default=False)
    insights = models.ManyToManyField(Insight, through="InitiativeInsight", related_name="initiatives")
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="shipped") | Q(shipped_on__isnull=False), name="a_shipped_initiative_has_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(drop_reason=""), name="a_dropped_initiative_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on", "id"], name="initiative_list")]

    def __str__(self) -> str:
        return self.title


class InitiativeInsight(models.Model):
    """An insight that asks for the initiative. One insight asks for one piece of work."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="asks")
    insight = models.OneToOneField(Insight, on_delete=models.CASCADE, related_name="ask")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text=_("It shipped, and the insight says so."))

    class Meta:
        # The sweep asks which insights do not know yet that their work shipped.
        indexes = [models.Index(fields=["initiative", "id"], condition=Q(settled_at=None), name="ask_unsettled")]

    def __str__(self) -> str:
        return f"{self.insight_id} asks for {self.initiative_id}"


class InitiativeVoter(models.Model):
    """An account that wants it without an insight of its own, said by somebody on its behalf."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="voters")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="votes")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="votes")
    words = models.CharField(_("in their words"), max_length=500, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "account"], name="one_vote_per_account")]

    def __str__(self) -> str:
        return f"{self.account_id} wants {self.initiative_id}"


class InitiativeText(models.Model):
    """What customers read about it, in one language: what they told us, and what we did."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10)
    told = models.TextField(_("what you told us"), max_length=1000)
    did = models.TextField(_("what we did"), max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "language"], name="one_text_per_language")]

    def __str__(self) -> str:
        return f"{self.initiative_id} in {self.language}"


class InitiativeTelling(models.Model):
    """One person who asked for it and is to be told that it shipped: a draft until somebody sends it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("To be sent")
        QUEUED = "queued", _("On its way")
        SENT = "sent", _("Sent")
        LEFT_OUT = "left_out", _("Left out")

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="tellings")
    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, null=True, blank=True, related_name="tellings")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="tellings")
    quote = models.TextField(blank=True, help_text=_("Their own sentence."))
    text = models.TextField(_("what we write"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(_("why left out"), max_length=200, blank=True)
    verification = models.OneToOneField(Verification, on_delete=models.SET_NULL, null=True, related_name="telling")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "contact"], name="told_once_per_person")]
        # The sweep asks what a person wanted sent and no worker has sent yet.
        indexes = [models.Index(fields=["id"], condition=Q(state="queued"), name="telling_queued")]

    def __str__(self) -> str:
        return f"{self.contact_id} about {self.initiative_id}"


class InitiativeEffect(models.Model):
    """Before and after of those affected against comparable others, worked out by a worker; the newest one counts."""

    initiative = models.OneToOneField(Initiative, on_delete=models.CASCADE, related_name="effect")
    figures = models.JSONField(help_text=_("One per measure: name, n, others, difference, low, high, words."))
    worked_out_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"effect of {self.initiative_id}"
