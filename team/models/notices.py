"""Notices: what waits for a person inside the product."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from team.models.people import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: "User") -> "NoticeQuerySet":
        """An inbox is private: nobody reads another's, whatever the role."""
        return self.filter(user=user)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)

    def waiting(self, moment: dt.datetime) -> "NoticeQuerySet":
        """Unread and not snoozed beyond the moment."""
        return self.unread().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=moment))

    def snoozed(self, moment: dt.datetime) -> "NoticeQuerySet":
        """Unread, to come back after the moment."""
        return self.unread().filter(snoozed_until__gt=moment)


class Notice(models.Model):
    """One line in a person's inbox, pointing at the page where the thing is. `dedupe_key` makes a repeat harmless."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    dedupe_key = models.CharField(max_length=120, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text=_("When a mail told of it, at once or gathered."))

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "dedupe_key"], name="one_notice_per_reason")]
        indexes = [
            # The inbox page reads one person's notices, newest first.
            models.Index(fields=["user", "-created_at"], name="notice_inbox"),
            # The sidebar counts what waits for one person on every page.
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            # The sweep asks of whom a line waits that no mail told of.
            models.Index(
                fields=["created_at"], condition=Q(read_at__isnull=True, mailed_at__isnull=True), name="notice_unmailed"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class NoticeWay(models.Model):
    """How a person hears of notices outside the product. Without a row: gathered once a day."""

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        DAILY = "daily", _("Once a day, gathered")
        NONE = "none", _("Not by mail")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_way")
    mail = models.CharField(_("notices by mail"), max_length=8, choices=Mail.choices, default=Mail.DAILY)
    daily_at = models.TimeField(_("time of the daily mail"), default=dt.time(8))
    gathered_on = models.DateField(null=True, blank=True, help_text=_("The last day with a gathered mail."))

    def __str__(self) -> str:
        return f"{self.user_id} {self.mail}"
