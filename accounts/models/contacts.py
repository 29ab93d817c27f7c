"""The people at the customer."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from team.models import AliveManager, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class Persona(models.TextChoices):
    CHAMPION = "champion", _("Champion")
    EXECUTIVE = "executive", _("Executive sponsor")
    DECISION_MAKER = "decision_maker", _("Decision maker")
    USER = "user", _("Day-to-day user")
    INFLUENCER = "influencer", _("Influencer")
    DETRACTOR = "detractor", _("Detractor")


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: "User") -> "ContactQuerySet":
        """Contacts of the accounts that the user sees."""
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "ContactQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))

    def active(self) -> "ContactQuerySet":
        return self.filter(status=Contact.Status.ACTIVE)

    def reachable(self) -> "ContactQuerySet":
        """Active contacts with a mail address."""
        return self.active().exclude(email="")


@track_changes(exclude=("last_two_way_at",))
class Contact(SoftDeleted):
    """A person at one account. Who changes employer becomes a new contact there; `previous` keeps the history."""

    # What people and the API may set; all else is written by services alone.
    EDITABLE = (
        *("name", "email", "phone", "title", "persona", "reports_to"),
        *("language", "time_zone", "status", "strength", "left_on", "notes"),
    )

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Has left")
        BOUNCED = "bounced", _("Mail bounces")

    account = models.ForeignKey(Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=160)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    title = models.CharField(_("job title"), max_length=120, blank=True)
    persona = models.CharField(_("persona"), max_length=16, choices=Persona.choices, blank=True)
    reports_to = models.ForeignKey(
        "self", verbose_name=_("reports to"), on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.ACTIVE)
    strength = models.PositiveSmallIntegerField(
        _("relationship strength"), null=True, blank=True, help_text=_("1 to 5.")
    )
    strength_set_on = models.DateField(null=True, blank=True)
    last_two_way_at = models.DateTimeField(_("last two-way touch"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    previous = models.ForeignKey(
        "self", verbose_name=_("was before"), on_delete=models.SET_NULL, null=True, blank=True, related_name="later"
    )
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    notes = models.TextField(_("notes"), blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager.from_queryset(ContactQuerySet)()
    everything = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account",
                Lower("email"),
                condition=Q(deleted_at__isnull=True) & ~Q(email=""),
                name="one_contact_per_mail_and_account",
            ),
            models.CheckConstraint(
                condition=Q(strength__isnull=True) | Q(strength__gte=1, strength__lte=5), name="strength_is_1_to_5"
            ),
            models.CheckConstraint(condition=~Q(reports_to=F("id")), name="nobody_reports_to_themselves"),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="contact_account"),
            models.Index(Lower("email"), name="contact_mail"),
            # The list of contacts, by name and by silence.
            models.Index(Upper("name"), "id", name="contact_by_name"),
            models.Index(fields=["name", "id"], name="contact_by_exact_name"),
            models.Index(fields=["last_two_way_at", "id"], name="contact_by_silence"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactExternalId(models.Model):
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_contact_per_external_id")]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class ContactConsent(models.Model):
    """What a contact allowed or refused, per purpose; the newest row of a purpose counts. Append-only."""

    class Purpose(models.TextChoices):
        SURVEY = "survey", _("Surveys")
        SUCCESS = "success", _("Customer-success mail")
        MARKETING = "marketing", _("Marketing")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    is_allowed = models.BooleanField()
    source = models.CharField(max_length=80, help_text=_("Where it was said: preference page, import, by hand."))
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["contact", "purpose", "-recorded_at"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.purpose}: {self.is_allowed}"


class ContactSend(models.Model):
    """The ledger of the contact budget: one row per mail to a person, automated or personal.

    A row enters when the mail is written (`is_waiting`); at the moment of sending it is judged against what has gone,
    under the lock of its account, and `sent_at` becomes that moment. A mail that never leaves is taken out again.
    """

    class Kind(models.TextChoices):
        SURVEY = "survey", _("Survey")
        REMINDER = "reminder", _("Reminder")
        AUTOMATED = "automated", _("Automated mail")
        PERSONAL = "personal", _("Personal mail")
        TRANSACTIONAL = "transactional", _("Transactional")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="sends")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sends")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    message_ref = models.CharField(max_length=80, unique=True, help_text=_("message:<uuid> of the outbox."))
    sent_at = models.DateTimeField()
    is_waiting = models.BooleanField(default=False, help_text=_("Written, but not let out yet."))
    is_for_renewal = models.BooleanField(default=False, help_text=_("May use what is kept for the renewal."))

    class Meta:
        # The gate asks what one person or one account got lately.
        indexes = [
            models.Index(fields=["contact", "-sent_at"], name="send_by_contact"),
            models.Index(fields=["account", "-sent_at"], name="send_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.contact_id}"
