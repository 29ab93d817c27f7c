"""Surveys and their immutable versions."""

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import AliveManager, Role, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class SurveyQuerySet(models.QuerySet["Survey"]):
    def visible_to(self, user: "User") -> "SurveyQuerySet":
        """Everybody but members of departments, who see the results of what they may see."""
        return self.none() if user.role == Role.MEMBER else self

    def editable_by(self, user: "User") -> "SurveyQuerySet":
        """Admins and managers write every survey, a CSM the own ones."""
        if user.role in {Role.ADMIN, Role.MANAGER}:
            return self
        return self.filter(owner=user) if user.role == Role.CSM else self.none()


@track_changes()
class Survey(SoftDeleted):
    """A survey with its programme: owner, the decision it serves, measure and target. None is published without."""

    class Kind(models.TextChoices):
        NPS = "nps", _("NPS")
        CSAT = "csat", _("CSAT")
        CES = "ces", _("CES")
        CUSTOM = "custom", _("Own questions")

    class LegalBasis(models.TextChoices):
        LEGITIMATE_INTEREST = "interest", _("Legitimate interest")
        CONTRACT = "contract", _("Contract")
        CONSENT = "consent", _("Consent")

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="surveys")
    decision = models.CharField(_("decision it serves"), max_length=300, blank=True)
    measure = models.CharField(_("measure"), max_length=120, blank=True)
    target = models.CharField(_("target"), max_length=120, blank=True)
    who_reads = models.CharField(_("who reads the answers and what for"), max_length=300, blank=True)
    legal_basis = models.CharField(
        _("legal basis"), max_length=16, choices=LegalBasis.choices, default=LegalBasis.LEGITIMATE_INTEREST
    )
    is_anonymous = models.BooleanField(_("anonymous"), default=False)
    is_transactional = models.BooleanField(
        _("about one case"), default=False, help_text=_("Asked after a ticket or a delivery; it has its own budget.")
    )
    is_about_renewal = models.BooleanField(
        _("before a renewal"), default=False, help_text=_("May use the share of the budget that is kept for renewals.")
    )
    sender_name = models.CharField(_("sender"), max_length=80, blank=True, help_text=_("Empty: the vendor's name."))
    reply_to = models.EmailField(_("answers to"), blank=True)
    brand_name = models.CharField(_("brand"), max_length=80, blank=True)
    brand_color = models.CharField(_("brand colour"), max_length=7, blank=True, help_text=_("#rrggbb"))
    valid_days = models.PositiveSmallIntegerField(_("days until the link expires"), default=30)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=1, help_text=_("0 to 3."))
    remind_after_days = models.PositiveSmallIntegerField(_("days between them"), default=5)
    draft = models.JSONField(default=dict, blank=True, help_text=_("The definition that is being edited."))
    draft_number = models.PositiveIntegerField(default=1, help_text=_("Counts saves; a stale editor is told."))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager.from_queryset(SurveyQuerySet)()
    everything: "models.Manager[Survey]" = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reminders__lte=3), name="three_reminders_at_most"),
            models.CheckConstraint(
                condition=Q(brand_color="") | Q(brand_color__regex=r"^#[0-9a-f]{6}$"), name="a_brand_colour_is_a_colour"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SurveyVersion(models.Model):
    """What a customer saw, for ever; the grammar of `definition` is that of voc.formulas.definitions.

    The database refuses a change of `definition`, `number` and `survey`: each answer stays tied to what was seen.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    accepted_findings = models.JSONField(
        default=list, blank=True, help_text=_("Warnings of the check that the publisher let stand.")
    )
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="one_version_per_number")]
        ordering = ["survey", "-number"]
        triggers = [
            pgtrigger.Protect(
                name="a_published_version_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("definition", "number", "survey"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey} v{self.number}"
