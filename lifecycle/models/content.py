"""The content and course library."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Segment
from lifecycle.models.journeys import Stage
from team.models import AliveManager, SoftDeleted

if TYPE_CHECKING:
    from team.models import User


class ContentItem(SoftDeleted):
    """Something that teaches or persuades: an article, a course, a webinar; made for a moment and a person."""

    class Format(models.TextChoices):
        ARTICLE = "article", _("Article")
        VIDEO = "video", _("Video")
        COURSE = "course", _("Course")
        WEBINAR = "webinar", _("Webinar")
        TEMPLATE = "template", _("Template")
        CASE = "case", _("Case study")

    title = models.CharField(_("title"), max_length=160)
    format = models.CharField(_("format"), max_length=8, choices=Format.choices, default=Format.ARTICLE)
    url = models.URLField(_("address"), max_length=500, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    stage_kinds = ArrayField(
        models.CharField(max_length=12, choices=Stage.Kind.choices), verbose_name=_("stages"), default=list, blank=True
    )
    personas = ArrayField(models.CharField(max_length=16), verbose_name=_("personas"), default=list, blank=True)
    segments = models.ManyToManyField(Segment, verbose_name=_("segments"), blank=True, related_name="content")
    objective = models.CharField(_("what they learn"), max_length=300, blank=True)
    wanted_action = models.CharField(_("what they should do then"), max_length=200, blank=True)
    is_one_to_many = models.BooleanField(_("one to many"), default=True)
    is_key_course = models.BooleanField(_("key course"), default=False)
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+", null=True
    )
    review_on = models.DateField(_("look at it again on"), null=True, blank=True)
    external_id = models.CharField(_("id in the course system"), max_length=120, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager()
    everything = models.Manager()

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class ContentBatch(models.Model):
    """One piece of content sent to many at once. `conditions` chose the accounts, `personas` the people there."""

    content = models.ForeignKey(ContentItem, on_delete=models.PROTECT, related_name="batches")
    conditions = models.JSONField(default=list, blank=True)
    personas = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    asks_for = models.CharField(_("what the customer should do"), max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0, help_text=_("People chosen."))
    stopped_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.content_id} to {self.total}"


class ContentSend(models.Model):
    """A person gets a piece of content, by a play, by hand, or with many others (`batch`)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Not sent")

    content = models.ForeignKey(ContentItem, on_delete=models.PROTECT, related_name="sends")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="content_sends")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="content_sends")
    batch = models.ForeignKey(ContentBatch, on_delete=models.CASCADE, null=True, blank=True, related_name="sends")
    mail = models.OneToOneField(
        "lifecycle.AccountMail", on_delete=models.SET_NULL, null=True, blank=True, related_name="content_send"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    refusal = models.CharField(max_length=200, blank=True, help_text=_("Why it was not sent."))
    next_free_on = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "contact"], condition=Q(batch__isnull=False), name="one_send_per_batch_and_contact"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_content_has_a_time"
            ),
        ]
        indexes = [
            models.Index("content", F("sent_at").desc(), name="contentsend_of_content"),
            models.Index(fields=["batch", "id"], condition=Q(state="waiting"), name="contentsend_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.content_id} to {self.contact_id}"


class CompletionQuerySet(models.QuerySet["Completion"]):
    def visible_to(self, user: "User") -> "CompletionQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))


class Completion(models.Model):
    """A person finished a course (or read, or watched); also a touchpoint of the kind course."""

    content = models.ForeignKey(ContentItem, on_delete=models.PROTECT, related_name="completions")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="completions")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="completions")
    completed_at = models.DateTimeField()
    source = models.CharField(max_length=40, default="manual")
    external_id = models.CharField(max_length=120, null=True, blank=True)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content", "contact"], name="one_completion_per_person"),
            models.UniqueConstraint(fields=["source", "external_id"], name="one_completion_per_external_id"),
        ]
        indexes = [models.Index("account", F("completed_at").desc(), name="completion_of_account")]

    def __str__(self) -> str:
        return f"{self.content_id} by {self.contact_id}"
