"""The account, its segment and what hangs on it directly."""

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounts.models.access import AccountGrant
from team.models import AliveManager, SoftDeleted, track_changes

if TYPE_CHECKING:
    from team.models import User


class SegmentQuerySet(models.QuerySet["Segment"]):
    def with_accounts(self) -> "SegmentQuerySet":
        """Each segment says as `account_count` how many accounts stand in it."""
        alive = Count("account", filter=Q(account__deleted_at__isnull=True))
        return self.annotate(account_count=alive)


class Segment(models.Model):
    """A tier of accounts that get the same touch model."""

    class Touch(models.TextChoices):
        HIGH = "high", _("High touch")
        LOW = "low", _("Low touch")
        TECH = "tech", _("Tech touch")

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=60)
    touch = models.CharField(_("touch model"), max_length=4, choices=Touch.choices, default=Touch.LOW)
    touch_every_days = models.PositiveSmallIntegerField(_("days between two-way touches"), default=30)
    position = models.PositiveSmallIntegerField(default=0)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: "User") -> "AccountQuerySet":
        """The only door to accounts: all for admins, managers and viewers; the own book (and those of colleagues
        whom the user deputises) for CSMs, or all with `CSM_SEES_ALL_ACCOUNTS`; granted ones for department members."""
        if user.sees_everything or (user.role == "csm" and settings.CSM_SEES_ALL_ACCOUNTS):
            return self
        grants = AccountGrant.objects.live().filter(account=OuterRef("pk"), department__in=user.department_ids())
        granted = Exists(grants)
        if user.role == "csm":
            if not user.department_ids():
                return self.filter(csm__in=user.book_owner_ids())
            return self.filter(Q(csm__in=user.book_owner_ids()) | granted)
        return self.filter(granted)

    def editable_by(self, user: "User") -> "AccountQuerySet":
        """Accounts whose facts the user may change: visible ones for admins and managers, the book for CSMs."""
        if user.role in {"admin", "manager"}:
            return self
        if user.role == "csm":
            return self.filter(csm__in=user.book_owner_ids())
        return self.none()

    def with_summary(self) -> "AccountQuerySet":
        return self.select_related("summary", "csm", "segment")


# Climbs from the new parent; a circle would come back to the account. UNION (not ALL) ends in any graph.
_NO_CIRCLE = """
    WITH RECURSIVE above(id) AS (
        SELECT NEW.parent_id
        UNION
        SELECT account.parent_id FROM accounts_account account JOIN above ON account.id = above.id
         WHERE account.parent_id IS NOT NULL)
    SELECT EXISTS (SELECT 1 FROM above WHERE id = NEW.id) INTO is_circle;
    IF is_circle THEN
        RAISE EXCEPTION 'no_circle_of_parents' USING ERRCODE = 'check_violation', CONSTRAINT = 'no_circle_of_parents';
    END IF;
    RETURN NEW;
"""


@track_changes()
class Account(SoftDeleted):
    """A customer company. Never a log-in."""

    # What people and the API may set; all else is written by services alone.
    EDITABLE = (
        *("name", "domains", "segment", "status", "industry", "country"),
        *("csm", "tags", "parent", "currency", "custom", "source"),
        *("signed_on", "intent", "desired_outcomes", "decision_context", "intent_reviewed_on"),
    )

    class Intent(models.TextChoices):
        REPLACED_PROCESS = "replaced_process", _("Replaced an old process")
        SWITCHED = "switched", _("Switched from a competitor")
        ROLL_OUT = "roll_out", _("Strategic roll-out")
        PILOT = "pilot", _("Pilot with a budget")

    class Status(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        TRIAL = "trial", _("Trial")
        CHURNED = "churned", _("Churned")
        PROSPECT = "prospect", _("Prospect")

    name = models.CharField(_("name"), max_length=200)
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("mail domains"), default=list, blank=True)
    segment = models.ForeignKey(Segment, verbose_name=_("segment"), on_delete=models.PROTECT, null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CUSTOMER)
    industry = models.CharField(_("industry"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters, such as DK."))
    csm = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("CSM"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="book",
    )
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    custom = models.JSONField(default=dict, blank=True, help_text=_("Values of the declared custom fields."))
    source = models.CharField(_("how they found us"), max_length=80, blank=True)
    signed_on = models.DateField(_("closed won on"), null=True, blank=True)
    intent = models.CharField(_("why they bought"), max_length=20, choices=Intent.choices, blank=True)
    desired_outcomes = models.TextField(_("desired outcomes"), blank=True)
    decision_context = models.TextField(_("decision context"), blank=True)
    intent_reviewed_on = models.DateField(_("intent reviewed on"), null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    version = models.PositiveIntegerField(default=1, help_text=_("Rises with each edit; guards against overwriting."))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AliveManager.from_queryset(AccountQuerySet)()
    everything = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="no_account_is_its_own_parent"),
            models.CheckConstraint(condition=~Q(name=""), name="account_has_a_name"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="no_circle_of_parents",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(new__parent__isnull=False),
                declare=[("is_circle", "boolean")],
                func=_NO_CIRCLE,
            )
        ]
        indexes = [
            models.Index(fields=["csm", "id"], name="account_book"),
            models.Index(fields=["segment", "id"], name="account_segment"),
            # The list sorted by name, and prefix search in the palette.
            models.Index(Upper("name"), "id", name="account_by_name"),
            models.Index(fields=["name", "id"], name="account_by_exact_name"),
            models.Index(Upper("name"), name="account_name_prefix"),
            GinIndex(fields=["domains"], name="account_domains"),
            GinIndex(fields=["tags"], name="account_tags"),
        ]

    def __str__(self) -> str:
        return self.name


_SORTED_BY = ("arr", "health", "health_delta", "renews_on", "last_touch_at", "nps", "stage", "next_step_on")


class AccountSummary(models.Model):
    """What lists show of an account, written by those who know (services of every app push it down), read by all.

    One row per account from the moment the account exists. Nothing here is a source: each column can be rebuilt.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="summary")
    arr = models.DecimalField(_("ARR"), max_digits=14, decimal_places=2, default=0)
    seats = models.PositiveIntegerField(_("seats"), default=0)
    renews_on = models.DateField(_("renews on"), null=True, blank=True)
    last_touch_at = models.DateTimeField(_("last two-way touch"), null=True, blank=True)
    awaiting_reply_since = models.DateTimeField(_("waiting for a reply since"), null=True, blank=True)
    open_tickets = models.PositiveIntegerField(_("open tickets"), default=0)
    contacts = models.PositiveIntegerField(_("contacts"), default=0)
    health = models.DecimalField(_("health"), max_digits=5, decimal_places=1, null=True, blank=True)
    health_state = models.CharField(max_length=12, default="unobserved")
    health_band = models.CharField(max_length=12, blank=True)
    health_delta = models.DecimalField(_("change in 28 days"), max_digits=5, decimal_places=1, null=True, blank=True)
    health_coverage = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    health_spark = models.CharField(max_length=200, blank=True, help_text=_("SVG path of the last 12 weeks, 72 by 20."))
    health_at = models.DateTimeField(null=True, blank=True)
    nps = models.SmallIntegerField(_("last NPS answer"), null=True, blank=True, help_text=_("0 to 10."))
    stage = models.CharField(_("stage"), max_length=60, blank=True)
    stage_entered_on = models.DateField(null=True, blank=True)
    top_risk = models.CharField(_("top risk"), max_length=120, blank=True)
    open_insights = models.PositiveIntegerField(_("open insights"), default=0)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(null=True, blank=True)

    class Meta:
        # The account list sorts by each of these at any size; keyset paging walks the index in either direction.
        indexes = [models.Index(fields=[column, "account"], name=f"summary_by_{column}") for column in _SORTED_BY]

    def __str__(self) -> str:
        return f"summary of account {self.account_id}"


class AccountExternalId(models.Model):
    """The account's key in another system; one source and key point to one account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(_("system"), max_length=40)
    external_id = models.CharField(_("id there"), max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="one_account_per_external_id")]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class CustomField(models.Model):
    """A declared, typed field of the vendor's own; values live in `Account.custom` under `key`."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        BOOLEAN = "boolean", _("Yes or no")
        CHOICE = "choice", _("Choice")

    key = models.SlugField(_("key"), unique=True)
    label = models.CharField(_("label"), max_length=60)
    type = models.CharField(_("type"), max_length=8, choices=Type.choices, default=Type.TEXT)
    choices = ArrayField(models.CharField(max_length=60), verbose_name=_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label


class AccountFileQuerySet(models.QuerySet["AccountFile"]):
    def visible_to(self, user: "User") -> "AccountFileQuerySet":
        """Files of visible accounts; department members see none: a contract tells the ARR."""
        if user.role == "member":
            return self.none()
        return self.filter(account__in=Account.objects.visible_to(user))

    def editable_by(self, user: "User") -> "AccountFileQuerySet":
        return self.filter(account__in=Account.objects.editable_by(user))


class AccountFile(SoftDeleted):
    """A file kept on an account; served as an attachment only."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    file = models.FileField(upload_to="accounts/%Y/%m/")
    size = models.PositiveBigIntegerField(help_text=_("Bytes."))
    content_type = models.CharField(max_length=100)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AliveManager.from_queryset(AccountFileQuerySet)()
    everything = AccountFileQuerySet.as_manager()

    class Meta:
        # The timeline reads one account's files, newest first.
        indexes = [models.Index("account", F("created_at").desc(), F("id").desc(), name="file_timeline")]

    def __str__(self) -> str:
        return self.name
