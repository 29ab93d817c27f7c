"""Listening coverage: how each persona is heard in each stage over each channel, and who sees to it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Persona
from team.models import track_changes
from voc.models.surveys import Survey

if TYPE_CHECKING:
    from team.models import User


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


class CoverageTally(models.Model):
    """How far one persona in one stage is heard over one channel, per CSM; a sweep counts it anew, all in one go.

    `accounts` and `arr`: all accounts in the stage; `known`: those with an active person of the persona. ARR is in the
    install's currency. Nothing here is a source.
    """

    persona = models.CharField(max_length=16)
    stage = models.CharField(max_length=60)
    channel = models.CharField(max_length=6)
    csm = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    accounts = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    heard_90 = models.PositiveIntegerField()
    heard_180 = models.PositiveIntegerField()
    arr = models.DecimalField(max_digits=18, decimal_places=2)
    arr_90 = models.DecimalField(max_digits=18, decimal_places=2)
    arr_180 = models.DecimalField(max_digits=18, decimal_places=2)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["csm", "persona", "stage", "channel"], nulls_distinct=False, name="one_tally_per_cell_and_csm"
            )
        ]

    def __str__(self) -> str:
        return f"{self.persona} in {self.stage} by {self.channel}"


class AskingTally(models.Model):
    """How much people of one persona are written to in a year, and whether fewer answer; per CSM, counted as above.

    `now` is the last half year, `before` the half year before it.
    """

    persona = models.CharField(max_length=16)
    csm = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    people = models.PositiveIntegerField()
    written_to = models.PositiveIntegerField()
    mails = models.PositiveIntegerField()
    surveys = models.PositiveIntegerField()
    often = models.PositiveIntegerField(help_text=_("People with more than twelve mails in the year."))
    asked_now = models.PositiveIntegerField()
    answered_now = models.PositiveIntegerField()
    asked_before = models.PositiveIntegerField()
    answered_before = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["csm", "persona"], nulls_distinct=False, name="one_asking_tally_per_persona_and_csm"
            )
        ]

    def __str__(self) -> str:
        return f"mails to {self.persona}"


class ListeningFindingQuerySet(models.QuerySet["ListeningFinding"]):
    def visible_to(self, user: "User") -> "ListeningFindingQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))


class ListeningFinding(models.Model):
    """Somebody who is asked and never answers, a role that is silent before a renewal, somebody asked too often."""

    class Kind(models.TextChoices):
        NEVER_ANSWERS = "never", _("Never answers")
        SILENT_ROLE = "silent", _("Silent before the renewal")
        ASKED_OFTEN = "often", _("Written to too often")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+")
    persona = models.CharField(max_length=16, blank=True)
    number = models.PositiveIntegerField(default=0, help_text=_("Times asked, or mails in a year."))
    arr = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    renews_on = models.DateField(null=True)
    counted_at = models.DateTimeField()

    objects = ListeningFindingQuerySet.as_manager()

    class Meta:
        # Each list shows the largest accounts first.
        indexes = [models.Index("kind", F("arr").desc(), F("id").desc(), name="listening_finding_list")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.account_id}"
