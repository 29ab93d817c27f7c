"""One row per thing that leaves the system. Postgres holds the promise, Redis only rings the bell."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox.models.pace import EVERYBODY, Pace


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    WEBHOOK = "webhook", _("Webhook")
    CHAT = "chat", _("Chat")


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    KEPT = "kept", _("Kept here")
    UNKNOWN = "unknown", _("Unknown")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Not sent")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> "MessageQuerySet":
        """Queued messages whose time has come, most urgent first."""
        return self.filter(state=State.QUEUED, due_at__lte=timezone.now()).order_by("priority", "due_at", "id")

    def unheard(self) -> "MessageQuerySet":
        """Messages with an outcome of which the listeners do not know yet."""
        return self.filter(heard_at__isnull=True).exclude(state__in=[State.QUEUED, State.SENDING])

    def stale(self) -> "MessageQuerySet":
        """Messages whose sender vanished: the lease ran out before an outcome was written."""
        return self.filter(state=State.SENDING, lease_until__lt=timezone.now())

    def not_held(self) -> "MessageQuerySet":
        """Without those that wait because their domain, or all mail, goes slowly for now."""
        closed = Pace.objects.closed().filter(domain__in=[EVERYBODY, OuterRef("domain")])
        return self.exclude(Exists(closed) & Q(channel=Channel.MAIL))

    def lapsed(self) -> "MessageQuerySet":
        """Queued messages that nobody wants any more."""
        return self.filter(state=State.QUEUED, expires_at__lte=timezone.now())

    def undecided(self) -> "MessageQuerySet":
        """Messages of which nobody can say whether they arrived; a person decides."""
        return self.filter(state=State.UNKNOWN)


class Message(models.Model):
    """One mail, webhook call or chat message.

    Promise: never sent twice, never lost in silence. The claim (`queued` to `sending`) is committed before the side
    effect; after a crash a `sending` row becomes `unknown` and is shown, never re-sent by itself.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    kind = models.CharField(max_length=40, help_text=_("What it is: survey, reminder, password_reset, reply, ..."))
    recipient = models.CharField(_("to"), max_length=500, help_text=_("Mail address, webhook URL or chat URL."))
    domain = models.CharField(max_length=255, blank=True, help_text=_("The receiving domain of a mail, for its pace."))
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    payload = models.JSONField(default=dict, blank=True, help_text=_("Webhook and chat body."))
    headers = models.JSONField(default=dict, blank=True)
    sender = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=200, blank=True)
    lane = models.CharField(
        max_length=255, blank=True, help_text=_("host:port of a webhook or chat; one call at a time.")
    )
    secrets = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text=_("Tokens in the body; blotted out once the message has gone."),
    )
    message_id = models.CharField(max_length=200, unique=True, help_text=_("Deterministic, so that a sink can tell."))
    dedupe_key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    subject_ref = models.CharField(max_length=80, blank=True, db_index=True, help_text=_("What it is about: contact:7"))
    is_automated = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why it was not sent, or the last error."))
    priority = models.PositiveSmallIntegerField(default=5)
    attempt = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text=_("When the listeners were told the outcome."))

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            # The sender asks for what is due, the sweep for leases that ran out.
            models.Index(fields=["priority", "due_at", "id"], condition=Q(state="queued"), name="outbox_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="outbox_leases"),
            # The sweep asks what the listeners have not heard.
            models.Index(
                fields=["id"],
                condition=Q(heard_at__isnull=True) & ~Q(state__in=["queued", "sending"]),
                name="outbox_unheard",
            ),
            # A bounce's rest ends when a later mail to the address arrived.
            models.Index(fields=["recipient", "sent_at"], condition=Q(channel="mail"), name="outbox_recipient"),
            # The outbox page pages through all of it, newest first.
            models.Index(F("id").desc(), "state", name="outbox_page"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False) | ~Q(state="sending"),
                name="sending_has_a_lease",
            ),
            models.UniqueConstraint(
                fields=["lane"], condition=Q(state="sending") & ~Q(lane=""), name="one_call_per_receiver_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.recipient}: {self.subject}"

    @property
    def ref(self) -> str:
        """How other tables name this message."""
        return f"message:{self.uuid}"

    @property
    def is_over(self) -> bool:
        """It has an outcome; `unknown` waits for a person."""
        return self.state not in {State.QUEUED, State.SENDING}


class Attempt(models.Model):
    """One try to deliver a message: what the other side answered (at most 1 KB, never shown raw)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=10, choices=State.choices)
    detail = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="one_row_per_attempt")]

    def __str__(self) -> str:
        return f"{self.message_id} #{self.number}: {self.outcome}"
