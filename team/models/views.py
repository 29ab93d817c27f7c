"""Saved views: a named list with its filters, columns and order."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from team.models.undo import AliveManager, SoftDeleted

if TYPE_CHECKING:
    from team.models.people import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: "User") -> "SavedViewQuerySet":
        """Views that are the user's own or shared with everybody."""
        return self.filter(Q(owner=user) | Q(is_shared=True))

    def owned_by(self, user: "User") -> "SavedViewQuerySet":
        """Views that the user may rename, share and delete."""
        return self.filter(owner=user)

    def starred_by(self, user: "User") -> "SavedViewQuerySet":
        """Views that stand in the user's sidebar."""
        return self.visible_to(user).filter(stars__user=user)

    def with_star(self, user: "User") -> "SavedViewQuerySet":
        """Each view says as `is_starred` whether it stands in the user's sidebar."""
        return self.annotate(is_starred=Exists(ViewStar.objects.filter(view=OuterRef("pk"), user=user)))


class SavedView(SoftDeleted):
    """The query string of a list under a name. `list_name` is the list's URL name."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    list_name = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(_("everybody sees it"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = AliveManager.from_queryset(SavedViewQuerySet)()
    everything = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "list_name", "name"],
                condition=Q(deleted_at__isnull=True),
                name="one_saved_view_per_name",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ViewStar(models.Model):
    """A person keeps a view, the own or a shared one, in the sidebar."""

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="stars")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stars")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["view", "user"], name="one_star_per_view")]

    def __str__(self) -> str:
        return f"{self.user} keeps {self.view}"
