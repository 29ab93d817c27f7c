"""Feedback: one unit of voice, solicited or not, and the themes it is about."""

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from team.models import Department
from voc.models.marks import FEEDBACK_MARKS, TAG_MARKS
from voc.models.responses import Response

if TYPE_CHECKING:
    from team.models import User


class ThemeQuerySet(models.QuerySet["Theme"]):
    def in_use(self) -> "ThemeQuerySet":
        return self.filter(retired_at__isnull=True)


class Theme(models.Model):
    """What feedback can be about, as a tree.

    `keywords` (`{"en": [...], "da": [...], "zh": [...]}`, stems welcome) find it until a classifier is trained.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="themes")
    keywords = models.JSONField(default=dict, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, help_text=_("Since then nothing is tagged with it."))

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


# Who reads what was said in public, before anybody knows whose it is.
PUBLIC_READERS = "marketing"
_PIECES = re.compile(r"\w+")
_IDEOGRAPHS = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: "User") -> "FeedbackQuerySet":
        """Of visible accounts; what belongs to no account is for managers, viewers and marketing."""
        if user.sees_everything:
            return self.filter(account__deleted_at__isnull=True)
        mine = Q(account__in=Account.objects.visible_to(user))
        if user.department_ids():
            marketing = Department.objects.filter(slug=PUBLIC_READERS, pk__in=user.department_ids())
            mine |= Q(Exists(marketing), account__isnull=True)
        return self.filter(mine)

    def editable_by(self, user: "User") -> "FeedbackQuerySet":
        """What the user may route, handle and correct: what they see, unless they only read."""
        return self.visible_to(user) if user.can_edit else self.none()

    def to_do(self) -> "FeedbackQuerySet":
        """Waits for a person: in no queue, nobody has looked, and it repeats nothing that waits itself."""
        return self.filter(is_handled=False, duplicate_of__isnull=True)

    def with_place(self) -> "FeedbackQuerySet":
        """With `is_routed`: it is in a department's queue."""
        routed = self.model.insights.through.objects.filter(feedback=OuterRef("pk"))
        return self.annotate(is_routed=Exists(routed))

    def handled(self) -> "FeedbackQuerySet":
        return self.filter(is_handled=True)

    def not_understood(self) -> "FeedbackQuerySet":
        """Taken in, but language, sentiment, themes and routing are still to come."""
        return self.filter(understood_at__isnull=True)

    def unrouted(self) -> "FeedbackQuerySet":
        return self.filter(insights__isnull=True, is_handled=False)

    def said_in(self, words: str) -> "FeedbackQuerySet":
        """Each word, or its beginning, stands in the text; Chinese, which has no spaces, is looked for as it is."""
        rows = self.alias(words=SearchVector("text", config="simple"))
        for word in words.replace("\x00", "").replace('"', " ").split()[:8]:
            pieces = _PIECES.findall(word)
            if not pieces or _IDEOGRAPHS.search(word):
                rows = rows.filter(text__icontains=word)
            else:
                query = " & ".join(f"{piece}:*" for piece in pieces)
                rows = rows.filter(words=SearchQuery(query, config="simple", search_type="raw"))
        return rows


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
    score = models.SmallIntegerField(null=True, blank=True, help_text=_("The score given with it, on 0 to 10."))
    score_given = models.CharField(
        max_length=12, blank=True, help_text=_("How it was given, where the scale was another one: 4/5.")
    )
    stage = models.CharField(max_length=60, blank=True)
    persona = models.CharField(max_length=16, blank=True)
    themes = models.ManyToManyField(Theme, through="FeedbackTheme", related_name="feedback")
    is_distinct = models.BooleanField(default=False, help_text=_("A person said that it repeats nothing."))
    is_handled = models.BooleanField(default=False, help_text=_("In a queue, or looked at: needs no insight."))
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)
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
        triggers = FEEDBACK_MARKS
        indexes = [
            models.Index("account", F("received_at").desc(), F("id").desc(), name="feedback_timeline"),
            models.Index(F("received_at").desc(), F("id").desc(), name="feedback_inbox"),
            # The inbox's first tab, which is short while the table is long; and its count.
            models.Index(
                F("received_at").desc(),
                F("id").desc(),
                condition=Q(is_handled=False, duplicate_of__isnull=True),
                name="feedback_to_do",
            ),
            # The inbox by source and by language: a rare one would be looked for in every row.
            models.Index("source", F("received_at").desc(), F("id").desc(), name="feedback_by_source"),
            models.Index("language", F("received_at").desc(), F("id").desc(), name="feedback_by_language"),
            models.Index("contact", F("received_at").desc(), F("id").desc(), name="feedback_by_contact"),
            # What nobody knows the account of.
            models.Index(
                F("received_at").desc(),
                F("id").desc(),
                condition=Q(account__isnull=True),
                name="feedback_without_account",
            ),
            # The inbox, sourest or sweetest first.
            models.Index(fields=["sentiment", "id"], name="feedback_by_sentiment"),
            # Words in the text.
            GinIndex(SearchVector("text", config="simple"), name="feedback_words"),
            # Has somebody said the same before?
            models.Index(fields=["account", "fingerprint"], name="feedback_fingerprint"),
            # The sweep asks what nobody has read yet.
            models.Index(fields=["id"], condition=Q(understood_at__isnull=True), name="feedback_not_understood"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def score_words(self) -> str:
        """The score as it was given."""
        return self.score_given or ("" if self.score is None else str(self.score))

    @property
    def who(self) -> str:
        """Who said it, as far as it is known."""
        return self.contact.name if self.contact else self.author


class FeedbackStep(models.Model):
    """What a person did with a piece of feedback. Append-only; what was said is never copied into it."""

    class Kind(models.TextChoices):
        ADDED = "added", _("Entered by hand")
        HANDLED = "handled", _("Looked at, nothing to do")
        REOPENED = "reopened", _("Back to do")
        ROUTED = "routed", _("Sent to a department")
        TAKEN_BACK = "taken_back", _("Taken out of the queue")
        ACCOUNT = "account", _("Given to an account")
        DUPLICATE = "duplicate", _("Marked as said before")
        DISTINCT = "distinct", _("Not said before")

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=160, blank=True, help_text=_("The department, the account."))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.feedback_id} {self.kind}"


class Gathering(models.Model):
    """How far a table of customers' words was read; what is younger than some hours is always looked at again."""

    source = models.CharField(primary_key=True, max_length=20)
    seen_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.source} to {self.seen_id}"


class FeedbackTheme(models.Model):
    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="tags")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="tags")
    start = models.PositiveIntegerField(null=True, blank=True, help_text=_("Where the evidence starts in the text."))
    end = models.PositiveIntegerField(null=True, blank=True)
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    is_by_person = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feedback", "theme"], name="one_tag_per_theme")]
        triggers = TAG_MARKS
        # Themes by volume.
        indexes = [models.Index(fields=["theme", "feedback"], name="tag_by_theme")]

    def __str__(self) -> str:
        return f"{self.theme_id} on {self.feedback_id}"
