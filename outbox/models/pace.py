"""How fast mail may go to a receiving domain: held in Postgres, so that all workers obey."""

from django.db import models
from django.utils import timezone

EVERYBODY = "*"


class PaceQuerySet(models.QuerySet["Pace"]):
    def closed(self) -> "PaceQuerySet":
        """Domains to which nothing may go at this moment."""
        now = timezone.now()
        return self.filter(models.Q(free_at__gt=now) | models.Q(held_until__gt=now))


class Pace(models.Model):
    """One receiving domain, or `*` for all mail together.

    `free_at` is when the next message may go (a generic cell rate: each message moves it on); `held_until` is set when
    the domain's server asked us to come back later.
    """

    domain = models.CharField(max_length=255, unique=True)
    ready_at = models.DateTimeField(help_text="When the allowance would be whole again.")
    free_at = models.DateTimeField(help_text="When the next message may go.")
    held_until = models.DateTimeField(null=True, blank=True)
    holds = models.PositiveSmallIntegerField(default=0, help_text="Times in a row that it was asked to wait.")
    reason = models.CharField(max_length=300, blank=True)

    objects = PaceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.domain
