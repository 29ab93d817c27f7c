"""Calendars in and out, and the handover of books between CSMs."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact

if TYPE_CHECKING:
    from team.models import User


class CalendarSource(models.Model):
    """Where a person's meetings come from: an ICS address that is read again and again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_sources")
    name = models.CharField(_("name"), max_length=60)
    url = models.URLField(_("ICS address"), max_length=1000)
    etag = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    next_read_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "url"], name="one_source_per_address")]
        indexes = [models.Index(fields=["next_read_at"], name="calendarsource_due")]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """Where it is read. SECURITY: the rest of the address is a key to the calendar and is never shown again."""
        return urlsplit(self.url).hostname or ""


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: "User") -> "MeetingQuerySet":
        """Own meetings, and those of visible accounts."""
        return self.filter(
            Q(user__in=user.book_owner_ids()) | Q(account__in=Account.objects.visible_to(user), is_private=False)
        )


class Meeting(models.Model):
    """A meeting of a person, from a calendar; it belongs to an account when an attendee does."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="meetings")
    source = models.ForeignKey(CalendarSource, on_delete=models.CASCADE, null=True, blank=True, related_name="meetings")
    uid = models.CharField(max_length=300)
    recurrence_id = models.CharField(max_length=40, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    title = models.CharField(_("title"), max_length=300)
    location = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_whole_day = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False)
    attendees = ArrayField(models.CharField(max_length=254), default=list, blank=True)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings")
    contacts = models.ManyToManyField(Contact, blank=True, related_name="meetings")
    logged_at = models.DateTimeField(null=True, blank=True, help_text=_("When its touchpoint was written."))

    objects = MeetingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "uid", "recurrence_id"], name="one_meeting_per_uid"),
        ]
        indexes = [
            models.Index(fields=["user", "starts_at"], name="meeting_of_user"),
            models.Index(fields=["account", "starts_at"], name="meeting_of_account"),
        ]

    def __str__(self) -> str:
        return self.title


class CalendarFeed(models.Model):
    """A person's own tasks, renewals and meetings as an iCal address; the token is signed from `nonce`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    nonce = models.CharField(max_length=43, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"feed of {self.user_id}"


class Reassignment(models.Model):
    """Accounts that went from one CSM to others at once, with the note for those who take over."""

    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("handover note"))
    lines = models.JSONField(default=list, help_text=_("[{account, from, to}] by ids."))
    moved = models.JSONField(
        default=dict,
        help_text=_("What went along, for the way back: {kind: [[id, owner before]]}; contacts: strengths."),
    )
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{len(self.lines)} accounts on {self.made_at:%Y-%m-%d}"
