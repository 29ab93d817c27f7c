"""Soft deletion and the log of actions that can be undone for 30 days."""

from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from team.models.people import User

M = TypeVar("M", bound=models.Model)


class SoftDeleted(models.Model):
    """A row that is hidden when deleted and can be brought back for 30 days."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class AliveManager(models.Manager[M]):
    """Default door to soft-deleted models: deleted rows are not there. `everything` shows them."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(deleted_at__isnull=True)


class ActionLogQuerySet(models.QuerySet["ActionLog"]):
    def visible_to(self, user: "User") -> "ActionLogQuerySet":
        """Everybody takes back the own actions only."""
        return self.filter(actor=user)

    def open(self) -> "ActionLogQuerySet":
        """Actions that can still be undone."""
        return self.filter(undone_at__isnull=True, expires_at__gt=timezone.now())


class ActionLog(models.Model):
    """One thing a person did, with what it takes to undo it.

    `inverse` is `{"service": <name registered in settings.UNDO_SERVICES>, "arguments": {...}}`.
    """

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions")
    verb = models.CharField(_("what was done"), max_length=200)
    url = models.CharField(max_length=300, blank=True)
    inverse = models.JSONField(default=dict)
    done_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects = ActionLogQuerySet.as_manager()

    class Meta:
        # "Recent changes" reads one person's actions, newest first.
        indexes = [models.Index(fields=["actor", "-done_at"], name="actionlog_recent")]

    def __str__(self) -> str:
        return self.verb
