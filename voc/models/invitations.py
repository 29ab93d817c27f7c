"""Invitations: one personal link to one survey version."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from voc.models.surveys import SurveyVersion

if TYPE_CHECKING:
    from team.models import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: "User") -> "InvitationQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def planned(self) -> "InvitationQuerySet":
        """Noted to be asked by a worker: no mail was written yet."""
        return self.filter(state=Invitation.State.QUEUED, message_ref="")


class Invitation(models.Model):
    """One person is asked once per wave. The token has 192 random bits; only its SHA-256 is kept."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        ANSWERED = "answered", _("Answered")
        EXPIRED = "expired", _("Expired")
        DECLINED = "declined", _("Declined")
        SUPPRESSED = "suppressed", _("Not asked")
        RECALLED = "recalled", _("Recalled")

    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="invitations")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invitations")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="invitations")
    wave = models.CharField(
        max_length=60, help_text=_("Which round of the survey; one invitation per person and wave.")
    )
    digest = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True, help_text=_("Why somebody was not asked."))
    next_free_on = models.DateField(null=True, blank=True, help_text=_("When the person may be asked again."))
    message_ref = models.CharField(max_length=80, blank=True, db_index=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "contact", "wave"], name="one_invitation_per_person_and_wave")
        ]
        indexes = [models.Index("account", F("created_at").desc(), name="invitation_account")]

    def __str__(self) -> str:
        return f"{self.version} to {self.contact_id}"

    @property
    def is_planned(self) -> bool:
        """See `planned()`."""
        return self.state == self.State.QUEUED and not self.message_ref
