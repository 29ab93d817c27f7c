"""Invitations: one personal link to one survey version."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from voc.formulas.tokens import new_token
from voc.models.surveys import SurveyVersion
from voc.models.waves import SurveyTrigger, Wave

if TYPE_CHECKING:
    from team.models import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: "User") -> "InvitationQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def planned(self) -> "InvitationQuerySet":
        """Noted to be asked by a worker: no mail was written yet."""
        return self.filter(state=Invitation.State.QUEUED, message_ref="")

    def due(self, moment: dt.datetime) -> "InvitationQuerySet":
        """Planned ones that may go out now; those without a time were wanted at once."""
        return self.planned().filter(Q(send_after__isnull=True) | Q(send_after__lte=moment))

    def open(self) -> "InvitationQuerySet":
        """Not answered, not over: on the way or with a link that still works."""
        return self.filter(state__in=[Invitation.State.QUEUED, Invitation.State.SENT])

    def silent(self) -> "InvitationQuerySet":
        """Nothing was said to them yet, not even a part; what a machine clicked is no answer."""
        return self.exclude(response__state__in=["partial", "confirmed"])

    def remindable(self, moment: dt.datetime) -> "InvitationQuerySet":
        """Whose next reminder is due; to an anonymous survey nobody knows who answered, so all are reminded."""
        found = self.filter(state=Invitation.State.SENT, remind_at__lte=moment, expires_at__gt=moment)
        return found.silent().filter(
            version__survey__is_active=True,
            version__survey__deleted_at__isnull=True,
            reminders_sent__lt=F("version__survey__reminders"),
        )


class Invitation(models.Model):
    """One person is asked once per occasion.

    The token of the link has 192 bits; it is made of `nonce` and the server's secret whenever a mail is written, and
    only its SHA-256 is kept. A new digest kills every link that went out.
    """

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
    occasion = models.CharField(
        max_length=80, help_text=_("What it was asked for; one invitation per person and occasion.")
    )
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations")
    trigger = models.ForeignKey(
        SurveyTrigger, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    source_ref = models.CharField(
        max_length=80, blank=True, db_index=True, help_text=_("What caused it: stage_visit:7. Undone, it is recalled.")
    )
    passed_on_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="passed_on_to"
    )
    digest = models.CharField(max_length=64, unique=True)
    nonce = models.CharField(max_length=32, default=new_token, editable=False)
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True, help_text=_("Why somebody was not asked."))
    rule = models.CharField(max_length=32, blank=True, help_text=_("Key of the rule behind the reason."))
    next_free_on = models.DateField(null=True, blank=True, help_text=_("When the person may be asked again."))
    retry_until = models.DateField(null=True, blank=True, help_text=_("Asked again when free, up to this day."))
    send_after = models.DateTimeField(null=True, blank=True, help_text=_("Not before: quiet hours and holidays."))
    message_ref = models.CharField(max_length=80, blank=True, db_index=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    reminders_sent = models.PositiveSmallIntegerField(default=0)
    remind_at = models.DateTimeField(null=True, blank=True, help_text=_("When the next reminder is due."))

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "contact", "occasion"], name="one_invitation_per_person_and_occasion"
            ),
            models.CheckConstraint(condition=Q(reminders_sent__lte=3), name="nobody_is_reminded_more_than_thrice"),
        ]
        indexes = [
            models.Index("account", F("created_at").desc(), name="invitation_account"),
            # The senders ask for what waits and is due, the sweeps for reminders, retries and links that are over.
            models.Index(fields=["send_after", "id"], condition=Q(state="queued"), name="invitation_waiting"),
            models.Index(fields=["remind_at"], condition=Q(state="sent"), name="invitation_reminders"),
            models.Index(fields=["next_free_on"], condition=Q(state="suppressed"), name="invitation_retries"),
            # The list of who was not asked, newest first.
            models.Index(F("id").desc(), condition=Q(state="suppressed"), name="invitation_not_asked"),
            models.Index(fields=["expires_at"], condition=Q(state__in=["queued", "sent"]), name="invitation_expiring"),
            # A wave's page tallies by state.
            models.Index(fields=["wave", "state"], name="invitation_wave"),
        ]

    def __str__(self) -> str:
        return f"{self.version} to {self.contact_id}"

    @property
    def is_planned(self) -> bool:
        """See `planned()`."""
        return self.state == self.State.QUEUED and not self.message_ref
