"""Contacts with the customer: calls, meetings, mails, notes and the like."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from accounts.models.contacts import Contact
from team.models import AliveManager, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class TouchpointQuerySet(models.QuerySet["Touchpoint"]):
    def visible_to(self, user: "User") -> "TouchpointQuerySet":
        """Touchpoints of visible accounts; department members see no private notes."""
        rows = self.filter(account__in=Account.objects.visible_to(user))
        return rows.filter(is_private=False) if user.role == "member" else rows

    def editable_by(self, user: "User") -> "TouchpointQuerySet":
        """Whoever changes facts may change touches on every account that they see."""
        return self.visible_to(user) if user.can_edit else self.none()

    def waiting(self) -> "TouchpointQuerySet":
        """Touches that wait for a reply."""
        return self.filter(awaiting_reply_since__isnull=False, replied_at__isnull=True)

    def engaging(self) -> "TouchpointQuerySet":
        """Engagement: two-way, or it asked for an action and got it. The rest is communication."""
        return self.filter(Q(direction=Touchpoint.Direction.TWO_WAY) | Q(got_it_at__isnull=False))

    def by_people(self) -> "TouchpointQuerySet":
        """Not automated: only these reset silence and last touch."""
        return self.filter(is_automated=False)


@track_changes()
class Touchpoint(SoftDeleted):
    """One contact with the customer, of a kind, with a direction."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        MAIL = "mail", _("Mail")
        CHAT = "chat", _("Chat")
        NOTE = "note", _("Note")
        COMMUNITY = "community", _("Community post")
        EVENT = "event", _("Event")
        REFERENCE = "reference", _("Reference request")
        INVOICE = "invoice", _("Invoice")
        COURSE = "course", _("Course completion")
        NEWS = "news", _("News")

    class Direction(models.TextChoices):
        OUT = "out", _("Outgoing")
        IN = "in", _("Incoming")
        TWO_WAY = "two_way", _("Two-way")
        NONE = "none", _("Internal")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        VOICEMAIL = "voicemail", _("Voicemail")
        NO_ANSWER = "no_answer", _("No answer")
        YES = "yes", _("Yes")
        NO = "no", _("No")
        STALLED = "stalled", _("Stalled")

    class Valence(models.TextChoices):
        POSITIVE = "positive", _("Positive")
        NEUTRAL = "neutral", _("Neutral")
        NEGATIVE = "negative", _("Negative")

    # `touchpoint_timeline` begins with the account.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="touchpoints", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices, default=Direction.TWO_WAY)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    valence = models.CharField(_("mood"), max_length=8, choices=Valence.choices, default=Valence.NEUTRAL)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("what was said"), blank=True)
    occurred_at = models.DateTimeField(_("when"))
    minutes = models.PositiveIntegerField(_("minutes"), default=0)
    asks_for = models.CharField(_("what we ask for"), max_length=200, blank=True)
    due_on = models.DateField(_("by when"), null=True, blank=True)
    got_it_at = models.DateTimeField(_("it came"), null=True, blank=True)
    awaiting_reply_since = models.DateTimeField(_("waiting for a reply since"), null=True, blank=True)
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True)
    is_proactive = models.BooleanField(_("we started it, unasked"), default=False)
    is_automated = models.BooleanField(default=False)
    is_private = models.BooleanField(_("only for the success team"), default=False)
    details = models.JSONField(default=dict, blank=True, help_text=_("Amount, due and paid dates, course name, ..."))
    contacts = models.ManyToManyField(Contact, through="TouchpointContact", related_name="touchpoints")
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="touchpoints"
    )
    source = models.CharField(max_length=40, default="manual")
    external_id = models.CharField(max_length=120, null=True, blank=True)
    message_ref = models.CharField(
        max_length=80, blank=True, db_index=True, help_text=_("message:<uuid> of the outbox.")
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AliveManager.from_queryset(TouchpointQuerySet)()
    everything = TouchpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_touchpoint_per_external_id"),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | ~Q(asks_for=""), name="a_due_date_belongs_to_an_ask"
            ),
        ]
        indexes = [
            # The timeline and silence read one account, newest first.
            models.Index("account", F("occurred_at").desc(), F("id").desc(), name="touchpoint_timeline"),
            # The list of touchpoints, newest first.
            models.Index(F("occurred_at").desc(), F("id").desc(), name="touchpoint_list"),
            models.Index(fields=["due_on"], condition=Q(got_it_at__isnull=True), name="touchpoint_asks"),
            # What one account was asked for, without a walk through all its touches.
            models.Index(fields=["account", "due_on"], condition=Q(due_on__isnull=False), name="touchpoint_asked"),
            # Kinds that measures ask for alone, over a year and more.
            models.Index(
                "account",
                "kind",
                F("occurred_at").desc(),
                condition=Q(kind__in=["course", "invoice", "reference"]),
                name="touchpoint_by_kind",
            ),
            # Who waits for an answer: the summary, and the replies that end the waiting.
            models.Index(
                fields=["account", "awaiting_reply_since"],
                condition=Q(awaiting_reply_since__isnull=False, replied_at__isnull=True),
                name="touchpoint_waiting",
            ),
            # Today: what a whole team waits for, the longest first.
            models.Index(
                fields=["awaiting_reply_since", "id"],
                condition=Q(awaiting_reply_since__isnull=False, replied_at__isnull=True, deleted_at__isnull=True),
                name="touchpoint_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"

    @property
    def listed_name(self) -> str:
        return self.subject or str(self.get_kind_display())


class TouchpointContact(models.Model):
    touchpoint = models.ForeignKey(Touchpoint, on_delete=models.CASCADE, related_name="participants")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="participations")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["touchpoint", "contact"], name="one_seat_per_touchpoint")]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.touchpoint_id}"
