"""The handover from sales: what is known at closed-won, and whether the success team took it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from team.models import track_changes

if TYPE_CHECKING:
    from team.models import User


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: "User") -> "HandoverQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def unfinished(self) -> "HandoverQuerySet":
        """Handed over, and not both complete and accepted: the sweep looks at these again."""
        return self.filter(submitted_at__isnull=False).exclude(state=Handover.State.ACCEPTED, completeness=1)


@track_changes(exclude=("completeness", "gaps"))
class Handover(models.Model):
    """What sales knows at closed-won. Gaps are visible, count, and become tasks.

    Intent, outcomes and context stand on the account, people are contacts, promises are promises of this origin.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being written")
        SUBMITTED = "submitted", _("Handed over")
        SENT_BACK = "sent_back", _("Sent back to sales")
        ACCEPTED = "accepted", _("Accepted")

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="handover")
    success_criteria = models.TextField(_("how they will know it worked"), blank=True)
    risks = models.TextField(_("risks seen in the sale"), blank=True)
    notes = models.TextField(_("what else the success team should know"), blank=True)
    has_no_promises = models.BooleanField(_("nothing was promised"), default=False)
    has_no_risks = models.BooleanField(_("no risks seen"), default=False)
    completeness = models.DecimalField(
        max_digits=4, decimal_places=3, default=0, help_text=_("Share of the checklist, 0 to 1.")
    )
    gaps = models.JSONField(default=list, blank=True, help_text=_("Names of what is missing."))
    source = models.CharField(max_length=40, default="form")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    sent_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_back_at = models.DateTimeField(null=True, blank=True)
    sent_back_reason = models.CharField(_("what is missing"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_at__isnull=False, submitted_at__isnull=False),
                name="an_accepted_handover_was_handed_over",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent_back") | ~Q(sent_back_reason=""), name="a_handover_sent_back_has_a_reason"
            ),
        ]
        indexes = [
            # The sweep looks again at what was handed over and has gaps or waits to be accepted.
            models.Index(fields=["id"], condition=~Q(state="draft"), name="handover_sweep"),
        ]

    def __str__(self) -> str:
        return f"handover of {self.account_id}"
