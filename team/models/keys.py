"""API keys: shown once, stored as a hash, limited to scopes."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from team.models.audit import track_changes

if TYPE_CHECKING:
    from team.models.people import User


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, user: "User") -> "ApiKeyQuerySet":
        """The own keys; admins see everybody's."""
        return self if user.role == "admin" else self.filter(owner=user)

    def live(self) -> "ApiKeyQuerySet":
        """Keys that were not revoked, have not expired, and whose owner is active."""
        unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.now().date())
        return self.filter(unexpired, revoked_at__isnull=True, owner__is_active=True)


@track_changes(exclude=("digest", "last_used_on"))
class ApiKey(models.Model):
    """A key of 256 random bits; only its SHA-256 is kept. It acts with the owner's role, narrowed by its scopes."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")
        INGEST = "ingest", _("Send usage events")

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    prefix = models.CharField(max_length=12, help_text=_("The first characters, to tell keys apart."))
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope.choices), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField(_("works until"), null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
