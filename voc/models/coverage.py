"""Listening coverage: how each persona is heard in each stage over each channel, and who sees to it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Persona
from team.models import track_changes
from voc.models.surveys import Survey


@track_changes()
class ListeningCell(models.Model):
    """What the team means to do for one persona in one stage over one channel. A cell without a row has no owner."""

    class Channel(models.TextChoices):
        SURVEY = "survey", _("Survey")
        CALL = "call", _("Call and meeting")
        MAIL = "mail", _("Mail and chat")
        TICKET = "ticket", _("Ticket")
        PUBLIC = "public", _("Community, social, review")

    persona = models.CharField(_("persona"), max_length=16, choices=Persona.choices)
    stage = models.CharField(_("stage"), max_length=60)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    method = models.CharField(_("how"), max_length=120, blank=True)
    survey = models.ForeignKey(Survey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.SET_NULL, null=True, blank=True
    )
    every_days = models.PositiveSmallIntegerField(_("rhythm in days"), null=True, blank=True)
    is_left_out = models.BooleanField(_("left out on purpose"), default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["persona", "stage", "channel"], name="one_plan_per_cell")]

    def __str__(self) -> str:
        return f"{self.persona} in {self.stage} by {self.channel}"
