"""Insights: feedback that a department answers for, until the customer confirms."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Ticket
from team.clock import now
from team.models import Department, track_changes
from voc.models.feedback import Feedback, Theme
from voc.models.routing import RoutingRule

if TYPE_CHECKING:
    from team.models import User


class InsightQuerySet(models.QuerySet["Insight"]):
    def visible_to(self, user: "User") -> "InsightQuerySet":
        """Insights of the own departments; of visible accounts; all for those who see everything."""
        rows = self.of_living_accounts()
        if user.sees_everything:
            return rows
        if user.role == "member":
            return rows.filter(department__in=user.department_ids())
        return rows.filter(Q(account__in=Account.objects.visible_to(user)) | Q(department__in=user.department_ids()))

    def decidable_by(self, user: "User") -> "InsightQuerySet":
        """Insights that the user may decide on: those of the own departments; all for admins and managers."""
        rows = self.of_living_accounts()
        if user.role in {"admin", "manager"}:
            return rows
        return rows.none() if user.role == "viewer" else rows.filter(department__in=user.department_ids())

    def answerable_by(self, user: "User") -> "InsightQuerySet":
        """Insights about which the user may write to the customer: decidable ones, and those of the own book."""
        if user.role in {"admin", "manager", "viewer"}:
            return self.decidable_by(user)
        rows = self.of_living_accounts()
        return rows.filter(Q(department__in=user.department_ids()) | Q(account__in=Account.objects.editable_by(user)))

    def of_living_accounts(self) -> "InsightQuerySet":
        """Without those of deleted accounts, which come back with them."""
        return self.filter(account__deleted_at__isnull=True)

    def open(self) -> "InsightQuerySet":
        return self.exclude(state__in=Insight.CLOSED)

    def triage(self) -> "InsightQuerySet":
        """Waiting for a first decision and not snoozed."""
        return self.filter(state__in=[Insight.State.NEW, Insight.State.TRIAGED, Insight.State.REOPENED])

    def asleep(self, day: dt.date) -> "InsightQuerySet":
        """Snoozed until a later day, or until they hold more pieces; with both, until the first of the two."""
        return self.filter(is_asleep(day))

    def awake(self, day: dt.date) -> "InsightQuerySet":
        """Not snoozed, or not any more."""
        return self.exclude(is_asleep(day))


def is_asleep(day: dt.date) -> Q:
    """The condition of `asleep`; never unknown, so that its opposite may be asked."""
    is_snoozed = Q(snoozed_until__isnull=False) | Q(snoozed_at_mentions__isnull=False)
    until_later = Q(snoozed_until__isnull=True) | Q(snoozed_until__gt=day)
    not_grown = Q(snoozed_at_mentions__isnull=True) | Q(mentions__lte=F("snoozed_at_mentions"))
    return is_snoozed & until_later & not_grown


# One number for "most urgent first, then what is due first, last what has no term": a page of the queue can begin
# behind any row. Seconds since 1970 have ten digits for a long while.
_FAR = 10_000_000_000
PRESSING = ExpressionWrapper(
    F("priority") * Value(_FAR, models.BigIntegerField())
    + Coalesce(
        Cast(
            Func(
                F("due_at"),
                template="EXTRACT(EPOCH FROM %(expressions)s AT TIME ZONE 'UTC')",
                output_field=models.DecimalField(),
            ),
            models.BigIntegerField(),
        ),
        Value(_FAR - 1, models.BigIntegerField()),
    ),
    output_field=models.BigIntegerField(),
)
UNDECIDED = ("new", "triaged", "reopened")


@track_changes()
class Insight(models.Model):
    """Feedback of one account about one theme that a department answers for. Repeats join the open one.

    `level` says who has to answer: 0 the department, 1 its lead, 2 a manager. It rises when the customer says that it
    was not solved, and when nobody decides in time.
    """

    class State(models.TextChoices):
        NEW = "new", _("New")
        TRIAGED = "triaged", _("Triaged")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        ACTED_ON = "acted_on", _("Acted on")
        TOLD = "told", _("Customer told")
        VERIFIED = "verified", _("Verified")
        REOPENED = "reopened", _("Reopened")
        MERGED = "merged", _("Merged")

    CLOSED = (State.VERIFIED, State.DECLINED, State.MERGED)
    HIGHEST_LEVEL = 2

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="insights")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="insights")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="insights")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="insights"
    )
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    priority = models.PositiveSmallIntegerField(default=3)
    level = models.PositiveSmallIntegerField(default=0, help_text=_("0 department, 1 its lead, 2 a manager."))
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    is_praise = models.BooleanField(default=False)
    mentions = models.PositiveIntegerField(default=1, help_text=_("How many pieces of feedback it holds."))
    due_at = models.DateTimeField(_("decide by"), null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    promise = models.CharField(_("what we promise"), max_length=300, blank=True)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    decline_reason = models.CharField(_("why not"), max_length=300, blank=True)
    action = models.CharField(_("what was done"), max_length=300, blank=True)
    acted_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    snoozed_at_mentions = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("It sleeps until it holds more pieces than that.")
    )
    severity = models.PositiveSmallIntegerField(
        _("severity"), null=True, blank=True, help_text=_("1 severe to 4 slight, by a person; empty: from the words.")
    )
    base_priority = models.PositiveSmallIntegerField(default=3, help_text=_("The rule's, before any reason."))
    priority_reasons = models.JSONField(
        default=list, blank=True, help_text=_("What moved the priority: [[reason, steps, detail], ...].")
    )
    rule = models.ForeignKey(RoutingRule, on_delete=models.SET_NULL, null=True, blank=True, related_name="insights")
    warn_at = models.DateTimeField(null=True, blank=True, help_text=_("A quarter of the time to decide is left."))
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text=_("The customer was asked something: the clock stands still.")
    )
    waiting_for = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text=_("Who was asked.")
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.SET_NULL, null=True, blank=True, related_name="insights", help_text=_("Made from it.")
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    feedback = models.ManyToManyField(Feedback, through="InsightFeedback", related_name="insights")

    objects = InsightQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "theme", "department"],
                condition=~Q(state__in=["verified", "declined", "merged"]) & Q(theme__isnull=False),
                name="one_open_insight_per_account_and_theme",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | (~Q(promise="") & Q(promised_on__isnull=False)),
                name="an_accepted_insight_has_a_promise_and_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(merged_into__isnull=False), name="a_merged_insight_names_the_other"
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="no_insight_is_merged_into_itself"),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decline_reason=""), name="a_declined_insight_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(severity__isnull=True) | Q(severity__gte=1, severity__lte=4), name="a_severity_is_1_to_4"
            ),
        ]
        indexes = [
            # The department queue: one department, by state, most urgent first.
            models.Index(fields=["department", "state", "priority", "due_at"], name="insight_queue"),
            models.Index("account", F("created_at").desc(), name="insight_account"),
            # The sweep asks which decisions are late.
            models.Index(fields=["due_at"], condition=Q(decided_at__isnull=True), name="insight_undecided"),
            models.Index(fields=["warn_at"], condition=Q(decided_at__isnull=True), name="insight_to_warn"),
            # The sweep asks whether those who were asked have answered.
            models.Index(fields=["waiting_since"], condition=Q(waiting_since__isnull=False), name="insight_waiting"),
            # The queue of one department and that of all, most pressing first, page after page.
            models.Index("department", PRESSING, "id", condition=Q(state__in=UNDECIDED), name="insight_pressing"),
            models.Index(PRESSING, "id", condition=Q(state__in=UNDECIDED), name="insight_pressing_in_all"),
            # What was closed last.
            models.Index(F("updated_at").desc(), F("id").desc(), name="insight_newest"),
            # What was closed, and how fast, by month.
            models.Index(fields=["created_at"], name="insight_by_age"),
        ]

    def __str__(self) -> str:
        return self.title


class InsightFeedback(models.Model):
    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="quotes")
    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="quoted_in")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feedback"], name="one_insight_per_feedback")]

    def __str__(self) -> str:
        return f"{self.feedback_id} in {self.insight_id}"


class InsightStep(models.Model):
    """The decision log of an insight: who did what, when, in which words. Append-only."""

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=8, choices=Insight.State.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=500, blank=True)
    happened_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["happened_at", "id"]

    def __str__(self) -> str:
        return f"{self.insight_id} {self.state}"


class Verification(models.Model):
    """The question "did this solve it?" to one contact. The token is kept as a hash; a GET never answers it."""

    class Verdict(models.TextChoices):
        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="verifications")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="verifications")
    digest = models.CharField(max_length=64, unique=True)
    reply = models.TextField(_("what we told the customer"))
    language = models.CharField(max_length=10, default="en")
    message_ref = models.CharField(max_length=80, blank=True)
    verdict = models.CharField(max_length=6, choices=Verdict.choices, blank=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"verification of {self.insight_id}"
