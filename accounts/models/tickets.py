"""Support tickets."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from accounts.models.contacts import Contact
from team.models import AliveManager, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: "User") -> "TicketQuerySet":
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "TicketQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def open(self) -> "TicketQuerySet":
        return self.filter(closed_at__isnull=True)


@track_changes()
class Ticket(SoftDeleted):
    # What people and the API may set; all else is written by services alone.
    EDITABLE = (
        *("contact", "external_id", "subject", "body", "priority", "agent"),
        *("opened_at", "first_response_at", "closed_at", "is_escalated", "satisfaction"),
    )

    class Priority(models.TextChoices):
        P1 = "p1", _("P1 urgent")
        P2 = "p2", _("P2 high")
        P3 = "p3", _("P3 medium")
        P4 = "p4", _("P4 low")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tickets")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets")
    source = models.CharField(max_length=40, default="manual")
    external_id = models.CharField(_("number"), max_length=120, null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("description"), blank=True)
    priority = models.CharField(_("priority"), max_length=2, choices=Priority.choices, default=Priority.P3)
    agent = models.CharField(_("agent"), max_length=120, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    first_response_at = models.DateTimeField(_("first response"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    is_escalated = models.BooleanField(_("escalated"), default=False)
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True, blank=True, help_text=_("1 to 5."))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager.from_queryset(TicketQuerySet)()
    everything = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_ticket_per_external_id"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="ticket_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__gte=1, satisfaction__lte=5),
                name="satisfaction_is_1_to_5",
            ),
        ]
        indexes = [
            models.Index("account", F("opened_at").desc(), F("id").desc(), name="ticket_timeline"),
            models.Index(F("opened_at").desc(), F("id").desc(), name="ticket_list"),
            models.Index(fields=["account"], condition=Q(closed_at__isnull=True), name="ticket_open"),
        ]

    def __str__(self) -> str:
        return self.subject or self.external_id or str(self.pk)

    @property
    def listed_name(self) -> str:
        return str(self)
