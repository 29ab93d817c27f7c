"""How feedback is understood: what people corrected, what was learned from it, topics that no theme covers."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from voc.models.feedback import Feedback, Theme


class Correction(models.Model):
    """What a person said about a reading: `was` is what the model had said, `now` what is right. Append-only.

    It trains the models, and it is what their accuracy is measured against (`is_held_back`: measured, never trained).
    """

    class About(models.TextChoices):
        LABEL = "label", _("Sentiment")
        LANGUAGE = "language", _("Language")
        THEME = "theme", _("Theme")

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="corrections")
    about = models.CharField(max_length=8, choices=About.choices)
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, null=True, blank=True, related_name="corrections")
    was = models.CharField(max_length=20, blank=True)
    now = models.CharField(max_length=20, help_text=_("For a theme: yes or no."))
    read_by = models.CharField(max_length=40, blank=True, help_text=_("Which model had read it."))
    is_held_back = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(about="theme", theme__isnull=False) | (~Q(about="theme") & Q(theme__isnull=True)),
                name="a_theme_correction_names_its_theme",
            )
        ]
        indexes = [models.Index(fields=["about", "theme", "id"], name="correction_by_theme")]

    def __str__(self) -> str:
        return f"{self.about} of {self.feedback_id}: {self.was} to {self.now}"


class FeedbackVector(models.Model):
    """Where a text stands among texts: 256 float16 in little-endian order, made by the named embedding."""

    feedback = models.OneToOneField(Feedback, on_delete=models.CASCADE, primary_key=True, related_name="vector")
    made_by = models.CharField(max_length=40)
    values = models.BinaryField()

    def __str__(self) -> str:
        return f"vector of {self.feedback_id}"


class LearnedModel(models.Model):
    """What was learned from corrections: one current model per subject (a theme's slug, or `sentiment`)."""

    subject = models.CharField(max_length=60)
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, null=True, blank=True, related_name="learned")
    weights = models.JSONField(default=dict, help_text=_("Numbers alone; nothing is ever unpickled."))
    n_trained = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, blank=True)
    is_current = models.BooleanField(default=True)
    trained_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(is_current=True), name="one_current_model_per_subject"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.trained_at:%Y-%m-%d}"


class Topic(models.Model):
    """A recurring topic that no theme covers, proposed from what was said lately."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("Dismissed")

    words = ArrayField(models.CharField(max_length=60), help_text=_("What sets it apart, strongest first."))
    language = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    size = models.PositiveIntegerField(help_text=_("Pieces of feedback in it."))
    accounts = models.PositiveIntegerField(default=0)
    cohesion = models.FloatField(help_text=_("Mean likeness inside it, 0 to 1."))
    centre = models.BinaryField(
        help_text=_("As the values of a FeedbackVector; a dismissed topic is not proposed again.")
    )
    feedback = models.ManyToManyField(Feedback, related_name="topics", blank=True)
    theme = models.ForeignKey(Theme, on_delete=models.SET_NULL, null=True, blank=True, related_name="topics")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-size", "id"]

    def __str__(self) -> str:
        return ", ".join(self.words[:3])
