"""Saved views: a list's query string under a name, starred into the sidebar, shared, deleted with a way back."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from team.models import ActionLog, SavedView, User, ViewStar
from team.services.undo import CannotUndo, log_action


class NameTaken(Exception):
    """The person has a view of that name on the list (constraint `one_saved_view_per_name`)."""


@transaction.atomic
def save_view(*, owner: User, list_name: str, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Keep the list as it is; a view of the same name on the same list is replaced. New ones are starred.

    `query` is the query string without the question mark; the list's own parser checks it at each use.
    """
    view, is_new = SavedView.objects.update_or_create(
        owner=owner,
        list_name=list_name,
        name=name,
        defaults={"query": query.lstrip("?"), "is_shared": is_shared},
        create_defaults={"query": query.lstrip("?"), "is_shared": is_shared, "position": _next_position(owner)},
    )
    if is_new:
        star_view(user=owner, view=view, is_starred=True)
    return view


def rename_view(*, view: SavedView, name: str) -> bool:
    """Give it another name; False when it has it. Raises NameTaken."""
    if view.name == name:
        return False
    try:
        with transaction.atomic():
            view.name = name
            view.save(update_fields=["name"])
    except IntegrityError as error:
        raise NameTaken from error
    return True


def share_view(*, view: SavedView, is_shared: bool) -> bool:
    """Show it to everybody, or to the owner alone again; False when it was so. Others see what they may see."""
    return SavedView.objects.filter(pk=view.pk).exclude(is_shared=is_shared).update(is_shared=is_shared) == 1


def star_view(*, user: User, view: SavedView, is_starred: bool) -> bool:
    """Put it into the person's sidebar, or take it out; False when it was so."""
    if is_starred:
        return ViewStar.objects.get_or_create(view=view, user=user)[1]
    return ViewStar.objects.filter(view=view, user=user).delete()[0] > 0


@transaction.atomic
def delete_view(*, actor: User, view: SavedView) -> ActionLog | None:
    """Hide the own view (it can come back for 30 days); the way back, or None when it is hidden."""
    hidden = SavedView.objects.owned_by(actor).filter(pk=view.pk).update(deleted_at=timezone.now())
    if hidden != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Deleted the view “%(name)s”") % {"name": view.name},
        service="team.restore_view",
        arguments={"view_id": view.pk},
    )


def restore_view(*, actor: User, view_id: int) -> bool:
    """The way back of `delete_view`; raises CannotUndo when the name is in use again."""
    gone = SavedView.everything.owned_by(actor).filter(pk=view_id, deleted_at__isnull=False)
    try:
        with transaction.atomic():
            return gone.update(deleted_at=None) == 1
    except IntegrityError as error:
        raise CannotUndo(_("You have made another view of this name.")) from error


def _next_position(owner: User) -> int:
    last = SavedView.objects.owned_by(owner).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1
