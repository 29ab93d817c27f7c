"""Responses and answers."""

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from voc.models.invitations import Invitation
from voc.models.links import SurveyLink
from voc.models.surveys import SurveyVersion

if TYPE_CHECKING:
    from team.models import User


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, user: "User") -> "ResponseQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def counted(self) -> "ResponseQuerySet":
        """Only confirmed responses count in figures."""
        return self.filter(state=Response.State.CONFIRMED)

    def to_follow_up(self) -> "ResponseQuerySet":
        """Stored, and nothing was made of them yet."""
        return self.filter(is_followed_up=False)


class Response(models.Model):
    """What one person answered to one invitation (one response per invitation); editable for 24 hours."""

    class State(models.TextChoices):
        PARTIAL = "partial", _("Partial")
        PROVISIONAL = "provisional", _("Provisional")
        CONFIRMED = "confirmed", _("Confirmed")
        MACHINE = "machine", _("Machine")

    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="responses")
    invitation = models.OneToOneField(
        Invitation, on_delete=models.PROTECT, null=True, blank=True, related_name="response"
    )
    link = models.ForeignKey(SurveyLink, on_delete=models.PROTECT, null=True, blank=True, related_name="responses")
    session_digest = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        unique=True,
        help_text=_("Which visit of a public link; blotted out when it is submitted to an anonymous survey."),
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="responses")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="responses")
    source = models.CharField(max_length=40, default="link")
    external_id = models.CharField(max_length=120, null=True, blank=True)
    state = models.CharField(max_length=11, choices=State.choices)
    doubts = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text=_("Signs that no person answered.")
    )
    score = models.SmallIntegerField(_("score"), null=True, blank=True, help_text=_("Answer to the headline question."))
    language = models.CharField(max_length=10, default="en")
    stage = models.CharField(max_length=60, blank=True, help_text=_("The account's stage at that time."))
    persona = models.CharField(max_length=16, blank=True)
    segment = models.CharField(max_length=60, blank=True, help_text=_("Name of the account's segment at that time."))
    seen = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text=_("Ids of the questions that were shown.")
    )
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text=_("From the first page to the last submit."))
    is_complete = models.BooleanField(default=False, help_text=_("Reached the end of its way through the questions."))
    snapshot = models.JSONField(default=dict, blank=True, help_text=_("Usage, tickets and health at that hour."))
    started_at = models.DateTimeField(default=timezone.now, help_text=_("The hour alone where nobody may be known."))
    submitted_at = models.DateTimeField(null=True, blank=True)
    is_followed_up = models.BooleanField(
        default=True, db_default=True, help_text=_("No: feedback, facts and triggers are still to be made of it.")
    )

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_response_per_external_id"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(submitted_at__isnull=False), name="a_confirmed_response_has_a_time"
            ),
        ]
        indexes = [
            models.Index("account", F("submitted_at").desc(), name="response_account"),
            # Results of a survey, and its trend.
            models.Index(fields=["version", "state", "submitted_at"], name="response_results"),
            # What a worker is to make something of; empty most of the time.
            models.Index(fields=["id"], condition=Q(is_followed_up=False), name="response_to_follow_up"),
        ]

    def __str__(self) -> str:
        return f"response {self.pk}"


class Answer(models.Model):
    """One answer. `number` for scales and ratings; `text` for words (and "other"); `choices` for the rest: a list of
    option ids (single, multiple, ranking in order, consent), or `{row id: column id}` for a matrix."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question_id = models.CharField(max_length=40, help_text=_("The question's stable id in the version."))
    number = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    text = models.TextField(blank=True)
    choices = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "question_id"], name="one_answer_per_question")]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.number if self.number is not None else self.text}"
