"""Who follows an insight, and what colleagues say about it among themselves."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from voc.models.insights import Insight


class InsightWatch(models.Model):
    """A person who hears what becomes of an insight: by choice, by a mention, or because they said something."""

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="watches")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["insight", "user"], name="one_watch_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} watches {self.insight_id}"


class InsightComment(models.Model):
    """A remark among colleagues; customers never see it. SECURITY: only people who see the insight can be mentioned."""

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("comment"), max_length=4000)
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.insight_id}"


class InsightRead(models.Model):
    """A person opened an insight: the first time counts. Whether departments read what they get rests on it."""

    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["insight", "user"], name="one_first_read_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.insight_id}"
