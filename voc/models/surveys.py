"""Surveys and their immutable versions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from team.models import AliveManager, SoftDeleted, track_changes


@track_changes()
class Survey(SoftDeleted):
    """A survey with its programme: owner, the decision it serves, measure and target. None is published without."""

    class Kind(models.TextChoices):
        NPS = "nps", _("NPS")
        CSAT = "csat", _("CSAT")
        CES = "ces", _("CES")
        CUSTOM = "custom", _("Own questions")

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="surveys")
    decision = models.CharField(_("decision it serves"), max_length=300, blank=True)
    measure = models.CharField(_("measure"), max_length=120, blank=True)
    target = models.CharField(_("target"), max_length=120, blank=True)
    who_reads = models.CharField(_("who reads the answers and what for"), max_length=300, blank=True)
    is_anonymous = models.BooleanField(_("anonymous"), default=False)
    valid_days = models.PositiveSmallIntegerField(_("days until the link expires"), default=30)
    draft = models.JSONField(default=dict, blank=True, help_text=_("The definition that is being edited."))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AliveManager["Survey"]()
    everything: "models.Manager[Survey]" = models.Manager()

    def __str__(self) -> str:
        return self.name


class SurveyVersion(models.Model):
    """What a customer saw, for ever: `definition` is `{"questions": [{"id", "type", "text": {lang: ...}, ...}]}`."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="one_version_per_number")]
        ordering = ["survey", "-number"]

    def __str__(self) -> str:
        return f"{self.survey} v{self.number}"
