"""Links that are not personal: a link for a page or a QR code, a widget, a kiosk, the standing feedback link."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from team.models import track_changes
from voc.models.surveys import Survey


@track_changes()
class SurveyLink(models.Model):
    """A public way into a survey. Its key is not secret: whoever has the link may answer, and each visit may once."""

    class Kind(models.TextChoices):
        LINK = "link", _("Link and QR code")
        WIDGET = "widget", _("Widget")
        KIOSK = "kiosk", _("Kiosk")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120, help_text=_("Where it hangs or stands."))
    key = models.CharField(max_length=32, unique=True)
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_links",
        help_text=_("Answers count for it; empty: nobody knows for whom."),
    )
    origins = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, help_text=_("Sites that may show the widget.")
    )
    per_hour = models.PositiveIntegerField(_("answers per hour at most"), default=120)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)

    class Meta:
        ordering = ["survey", "name", "id"]

    def __str__(self) -> str:
        return f"{self.survey}: {self.name}"
