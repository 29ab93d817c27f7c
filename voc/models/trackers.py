"""Outside trackers: where work is planned elsewhere, and what came back from there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from team.models import track_changes
from voc.models.initiatives import Initiative
from voc.models.insights import Insight


@track_changes(exclude=("secret",))
class Tracker(models.Model):
    """One outside tracker that tells us by a signed webhook how its issues stand.

    `states` maps its words to ours: {"done": "acted_on", "in progress": "accepted"}. The secret is kept encrypted and
    shown once.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    address = models.CharField(
        _("address of an issue"), max_length=300, blank=True, help_text=_("With {key} where the number goes.")
    )
    secret = models.TextField(blank=True)
    states = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(_("on"), default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TrackerLink(models.Model):
    """An insight, or an initiative, and the issue elsewhere that stands for it. Several may rest on one issue."""

    tracker = models.ForeignKey(Tracker, on_delete=models.PROTECT, related_name="links")
    key = models.CharField(_("number there"), max_length=120)
    url = models.URLField(_("address"), max_length=500, blank=True)
    insight = models.ForeignKey(Insight, on_delete=models.CASCADE, null=True, blank=True, related_name="tracker_links")
    initiative = models.ForeignKey(
        Initiative, on_delete=models.CASCADE, null=True, blank=True, related_name="tracker_links"
    )
    status = models.CharField(_("state there"), max_length=80, blank=True)
    title = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True, help_text=_("When it changed there; older news are late."))
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tracker", "key", "insight"],
                name="an_insight_is_linked_once",
                condition=Q(insight__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["tracker", "key", "initiative"],
                name="an_initiative_is_linked_once",
                condition=Q(initiative__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(insight__isnull=False, initiative__isnull=True)
                | Q(insight__isnull=True, initiative__isnull=False),
                name="a_link_is_for_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["tracker", "key"], name="tracker_news")]

    def __str__(self) -> str:
        return f"{self.key} at {self.tracker_id}"


class TrackerDelivery(models.Model):
    """One webhook that came: a second copy finds it and does nothing."""

    tracker = models.ForeignKey(Tracker, on_delete=models.CASCADE, related_name="deliveries")
    delivery = models.CharField(max_length=120)
    outcome = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tracker", "delivery"], name="one_webhook_per_delivery")]

    def __str__(self) -> str:
        return f"{self.delivery} from {self.tracker_id}"
