"""Merges of duplicates, with all that it takes to part them again."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """One merge: `drop_id` was hidden and points to `keep_id`, its rows moved there.

    `moved` is `{"accounts.contact.account": [ids]}`; `added` is what was summed into rows that the kept one had;
    `before` and `after` hold the fields of the kept one that changed. No foreign keys: a later merge may move either.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("Account")
        CONTACT = "contact", _("Contact")

    kind = models.CharField(max_length=7, choices=Kind.choices)
    keep_id = models.BigIntegerField()
    drop_id = models.BigIntegerField()
    moved = models.JSONField(default=dict)
    added = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(keep_id=F("drop_id")), name="nothing_merges_into_itself"),
            models.UniqueConstraint(
                fields=["kind", "drop_id"], condition=Q(undone_at__isnull=True), name="dropped_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.drop_id} into {self.keep_id}"
