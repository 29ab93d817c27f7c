"""Feedback: one unit of voice, solicited or not, and the themes it is about."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from team.models import Department
from voc.models.responses import Response

if TYPE_CHECKING:
    from team.models import User


class Theme(models.Model):
    """What feedback can be about, as a tree.

    `keywords` (`{"en": [...], "da": [...], "zh": [...]}`, stems welcome) find it until a classifier is trained.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="themes")
    keywords = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: "User") -> "FeedbackQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def not_understood(self) -> "FeedbackQuerySet":
        """Taken in, but language, sentiment, themes and routing are still to come."""
        return self.filter(understood_at__isnull=True)

    def unrouted(self) -> "FeedbackQuerySet":
        return self.filter(insights__isnull=True, is_handled=False)


class Feedback(models.Model):
    """What somebody said, in their words. Sentiment is in -1..1; null means "not rated"."""

    class Source(models.TextChoices):
        SURVEY = "survey", _("Survey")
        TICKET = "ticket", _("Ticket")
        CALL = "call", _("Call note")
        MAIL = "mail", _("Mail")
        CHAT = "chat", _("Chat")
        REVIEW = "review", _("Review")
        SOCIAL = "social", _("Social post")
        COMMUNITY = "community", _("Community")
        IMPORT = "import", _("Import")
        MANUAL = "manual", _("By hand")
        LINK = "link", _("Feedback link")

    class Label(models.TextChoices):
        NEGATIVE = "negative", _("Negative")
        NEUTRAL = "neutral", _("Neutral")
        POSITIVE = "positive", _("Positive")
        MIXED = "mixed", _("Mixed")
        UNRATED = "unrated", _("Not rated")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="feedback")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="feedback")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, null=True, blank=True, related_name="feedback")
    source = models.CharField(max_length=10, choices=Source.choices)
    source_system = models.CharField(max_length=40, default="manual")
    external_id = models.CharField(max_length=120, null=True, blank=True)
    author = models.CharField(_("who said it"), max_length=160, blank=True, help_text=_("Where no contact is known."))
    url = models.URLField(_("where"), max_length=500, blank=True)
    text = models.TextField(_("what was said"))
    fingerprint = models.BigIntegerField(
        null=True, blank=True, help_text=_("Equal for texts that differ in case, spaces and punctuation alone.")
    )
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )
    language = models.CharField(max_length=10, blank=True)
    sentiment = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    sentiment_spans = models.JSONField(
        default=list, blank=True, help_text=_("What the sentiment rests on: [[start, end, weight], ...].")
    )
    label = models.CharField(max_length=8, choices=Label.choices, default=Label.UNRATED)
    confidence = models.DecimalField(
        max_digits=4, decimal_places=3, null=True, blank=True, help_text=_("Of the label, 0 to 1; null: by a person.")
    )
    is_label_by_person = models.BooleanField(default=False)
    is_mixed = models.BooleanField(default=False)
    score = models.SmallIntegerField(null=True, blank=True, help_text=_("The score given with it, if any."))
    stage = models.CharField(max_length=60, blank=True)
    persona = models.CharField(max_length=16, blank=True)
    themes = models.ManyToManyField(Theme, through="FeedbackTheme", related_name="feedback")
    is_handled = models.BooleanField(default=False, help_text=_("Looked at by a person; needs no insight."))
    understood_at = models.DateTimeField(null=True, blank=True)
    understood_by = models.CharField(max_length=40, blank=True, help_text=_("Which model read it."))
    received_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_system", "external_id"], name="one_feedback_per_external_id"),
            models.UniqueConstraint(fields=["response"], name="one_feedback_per_response"),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="nothing_is_a_duplicate_of_itself"),
        ]
        indexes = [
            models.Index("account", F("received_at").desc(), F("id").desc(), name="feedback_timeline"),
            models.Index(F("received_at").desc(), F("id").desc(), name="feedback_inbox"),
            # Has somebody said the same before?
            models.Index(fields=["account", "fingerprint"], name="feedback_fingerprint"),
            # The sweep asks what nobody has read yet.
            models.Index(fields=["id"], condition=Q(understood_at__isnull=True), name="feedback_not_understood"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class FeedbackTheme(models.Model):
    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="tags")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="tags")
    start = models.PositiveIntegerField(null=True, blank=True, help_text=_("Where the evidence starts in the text."))
    end = models.PositiveIntegerField(null=True, blank=True)
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    is_by_person = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feedback", "theme"], name="one_tag_per_theme")]
        # Themes by volume.
        indexes = [models.Index(fields=["theme", "feedback"], name="tag_by_theme")]

    def __str__(self) -> str:
        return f"{self.theme_id} on {self.feedback_id}"
