"""Mail to customers: templates, what people write from the account, and what plays want to send."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Persona, Touchpoint
from lifecycle.models.journeys import Stage
from team.models import AliveManager, SoftDeleted

if TYPE_CHECKING:
    from team.models import User


class MailTemplate(SoftDeleted):
    """Words for a mail, with merge fields (`{{ contact.first_name }}`; the list is in lifecycle.formulas.merging)."""

    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=10, default="en")
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    wanted_action = models.CharField(_("what the customer should do"), max_length=200, blank=True)
    stage_kind = models.CharField(_("stage"), max_length=12, choices=Stage.Kind.choices, blank=True)
    persona = models.CharField(_("persona"), max_length=16, choices=Persona.choices, blank=True)
    slug = models.SlugField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager()
    everything = models.Manager()

    class Meta:
        ordering = ["name", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "language"], condition=Q(deleted_at__isnull=True), name="one_template_per_language"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AccountMailQuerySet(models.QuerySet["AccountMail"]):
    def visible_to(self, user: "User") -> "AccountMailQuerySet":
        """Mails of visible accounts; department members read none: they are the success team's words."""
        if user.role == "member":
            return self.none()
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "AccountMailQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def owned_by(self, user: "User") -> "AccountMailQuerySet":
        """Mails that the user reviews: the own ones and those of absent colleagues whom the user deputises."""
        return self.filter(owner__in=user.book_owner_ids())

    def to_review(self) -> "AccountMailQuerySet":
        return self.filter(state=AccountMail.State.REVIEW)

    def at_hand(self, day: dt.date) -> "AccountMailQuerySet":
        """Those to review now: not put off, and not held by the contact budget, beyond the day."""
        return self.to_review().exclude(later_on__gt=day).exclude(next_free_on__gt=day)

    def drafted_by(self, user: "User") -> "AccountMailQuerySet":
        return self.filter(state=AccountMail.State.DRAFT, author=user)


class AccountMail(models.Model):
    """A mail to one contact, written by a person on the account or by a play; it waits in review unless trusted.

    Sending writes the outbox row, the touchpoint and the ledger of the contact budget in one transaction.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("Waits for review")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Not sent")
        REJECTED = "rejected", _("Rejected")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="mails")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="mails")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account_mails", help_text=_("Reviews it.")
    )
    template = models.ForeignKey(MailTemplate, on_delete=models.SET_NULL, null=True, blank=True, related_name="mails")
    run = models.OneToOneField(
        "lifecycle.PlayStepRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="mail"
    )
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    asks_for = models.CharField(_("what we ask for"), max_length=200, blank=True)
    due_on = models.DateField(_("by when"), null=True, blank=True)
    is_automated = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    refusal = models.CharField(max_length=200, blank=True, help_text=_("Why it was not sent."))
    next_free_on = models.DateField(null=True, blank=True)
    later_on = models.DateField(null=True, blank=True, help_text=_("The review box shows it again on that day."))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    touchpoint = models.OneToOneField(
        Touchpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="account_mail"
    )
    message_ref = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = AccountMailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="a_sent_mail_has_a_time")
        ]
        indexes = [
            models.Index(fields=["owner", "created_at"], condition=Q(state="review"), name="mail_review_box"),
            models.Index("account", F("created_at").desc(), name="mail_of_account"),
        ]

    def __str__(self) -> str:
        return self.subject
