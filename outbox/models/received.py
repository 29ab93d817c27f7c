"""What comes back: bounces, complaints, auto-replies, answers; and what follows for an address."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox.models.messages import Message


class ReceivedMailQuerySet(models.QuerySet["ReceivedMail"]):
    def unheard(self) -> "ReceivedMailQuerySet":
        """Mails of which the receivers were not told yet."""
        return self.filter(heard_at__isnull=True)


class ReceivedMail(models.Model):
    """One mail that came in, once per Message-ID. Its words are kept, its attachments are not."""

    class Kind(models.TextChoices):
        ANSWER = "answer", _("Answer")
        BOUNCE = "bounce", _("Bounce")
        COMPLAINT = "complaint", _("Complaint")
        AUTO_REPLY = "auto_reply", _("Auto-reply")
        OWN = "own", _("Our own mail")
        UNREADABLE = "unreadable", _("Unreadable")

    class Outcome(models.TextChoices):
        KEPT = "kept", _("Kept; nothing followed")
        BLOCKED = "blocked", _("Address marked as dead")
        PAUSED = "paused", _("Address rests for a while")
        OPTED_OUT = "opted_out", _("No more mail of this kind")
        ANSWERED = "answered", _("Survey answered")
        LOGGED = "logged", _("Logged with the account")
        UNKNOWN = "unknown", _("Belongs to nothing we sent")

    message_id = models.CharField(
        max_length=300, unique=True, help_text=_("The sender's, or made from the content where it has none.")
    )
    source = models.CharField(max_length=20, help_text=_("file, maildir, endpoint"))
    call_id = models.CharField(
        max_length=200, unique=True, null=True, blank=True, help_text=_("webhook-id of the call that brought it.")
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sender = models.CharField(_("from"), max_length=320, blank=True)
    recipient = models.CharField(_("to"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(blank=True, help_text=_("The plain words, quotes included."))
    words = models.TextField(blank=True, help_text=_("What the sender wrote anew: without quotes and signature."))
    our_mail = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="received", verbose_name=_("our mail")
    )
    subject_ref = models.CharField(max_length=80, blank=True, db_index=True, help_text=_("Whom it is about: contact:7"))
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.KEPT)
    note = models.CharField(max_length=300, blank=True, help_text=_("What was made of it, in words."))
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("The sender's clock."))
    received_at = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(null=True, blank=True, help_text=_("When the receivers were told."))
    tries = models.PositiveSmallIntegerField(default=0)

    objects = ReceivedMailQuerySet.as_manager()

    class Meta:
        indexes = [
            # The page, newest first; the sweep asks what nobody has made anything of.
            models.Index(F("id").desc(), "kind", name="received_page"),
            models.Index(fields=["id"], condition=Q(heard_at__isnull=True), name="received_unheard"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.sender}: {self.subject}"


class DeliveryReportQuerySet(models.QuerySet["DeliveryReport"]):
    def standing(self) -> "DeliveryReportQuerySet":
        """Reports that nobody took back."""
        return self.filter(lifted_at__isnull=True)

    def blocking(self) -> "DeliveryReportQuerySet":
        """Soft reports whose rest is not over."""
        return self.standing().filter(blocked_until__gt=timezone.now())


class DeliveryReport(models.Model):
    """A mail server says that an address could not be reached. Hard: it never will be; soft: it rests until a moment,
    at most 14 days away."""

    our_mail = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="delivery_reports"
    )
    received = models.OneToOneField(
        ReceivedMail, on_delete=models.CASCADE, null=True, blank=True, related_name="delivery_report"
    )
    subject_ref = models.CharField(max_length=80, blank=True, db_index=True)
    address = models.CharField(max_length=320, help_text=_("In small letters."))
    reason = models.CharField(max_length=20, help_text=_("Key of outbox.formulas.bounces.REASONS."))
    is_hard = models.BooleanField()
    status = models.CharField(max_length=20, blank=True, help_text=_("RFC 3463, such as 5.1.1; a hint, not the judge."))
    diagnostic = models.CharField(max_length=500, blank=True)
    reported_at = models.DateTimeField(default=timezone.now)
    blocked_until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = DeliveryReportQuerySet.as_manager()

    class Meta:
        indexes = [
            # The gate asks for the address at the moment of sending.
            models.Index(fields=["address", "reported_at"], name="delivery_report_address"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_hard=False) | Q(blocked_until__isnull=True), name="only_a_soft_bounce_rests_for_a_while"
            ),
            models.CheckConstraint(
                condition=Q(blocked_until__isnull=True)
                | Q(blocked_until__lte=F("reported_at") + models.Value(dt.timedelta(days=14))),
                name="a_soft_bounce_never_blocks_for_ever",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"
