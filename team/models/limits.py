"""Counters of tries, kept in Postgres: a lock-out holds when Redis is away."""

from django.db import models


class TryCounter(models.Model):
    """How often something was tried since a moment. `key` is a digest of what and who; rows expire."""

    key = models.CharField(max_length=64, unique=True)
    tries = models.PositiveIntegerField(default=0)
    resets_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.tries}"
