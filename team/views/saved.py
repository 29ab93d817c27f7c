"""Saved views of lists: save, rename, star, share, delete."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from team.forms.views import SaveViewForm, ViewNameForm
from team.http.access import current_user
from team.models import SavedView
from team.services.views import NameTaken, delete_view, rename_view, save_view, share_view, star_view
from ui.http import done, go_to, say, toast


@require_POST
def views(request: HttpRequest) -> HttpResponse:
    """Keep a list as it is under a name: `list_name` (its URL name), `name`, `query`, `is_shared`."""
    form = SaveViewForm(request.POST)
    if not form.is_valid():
        return _refuse(" ".join(str(message) for errors in form.errors.values() for message in errors))
    view = save_view(owner=current_user(request), **form.cleaned_data)
    say(request, _("Saved as “%(name)s”") % {"name": view.name})
    return go_to(request, _address(view))


@require_POST
def view_rename(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.owned_by(current_user(request)), pk=pk)
    form = ViewNameForm(request.POST)
    if not form.is_valid():
        return _refuse(_("A view needs a name of at most 60 characters."))
    try:
        rename_view(view=view, name=form.cleaned_data["name"])
    except NameTaken:
        return _refuse(_("You have a view of this name on this list."))
    say(request, _("Renamed"))
    return go_to(request, _address(view))


@require_POST
def view_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Field `on`: 1 or 0."""
    view = get_object_or_404(SavedView.objects.owned_by(current_user(request)), pk=pk)
    is_shared = request.POST.get("on", "1") == "1"
    share_view(view=view, is_shared=is_shared)
    return done(request, _address(view), _("Everybody sees it now") if is_shared else _("Only you see it now"))


@require_POST
def view_star(request: HttpRequest, pk: int) -> HttpResponse:
    """Field `on`: 1 or 0. Shared views of others can be starred too."""
    user = current_user(request)
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)
    star_view(user=user, view=view, is_starred=request.POST.get("on", "1") == "1")
    return go_to(request, _address(view))


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    user = current_user(request)
    view = get_object_or_404(SavedView.objects.owned_by(user), pk=pk)
    action = delete_view(actor=user, view=view)
    undo = reverse("undo", args=[action.pk]) if action else None
    say(request, _("Deleted the view “%(name)s”") % {"name": view.name}, undo=undo)
    return go_to(request, _list_of(view))


def _list_of(view: SavedView) -> str:
    try:
        return reverse(view.list_name)
    except NoReverseMatch:
        return "/"


def _address(view: SavedView) -> str:
    return f"{_list_of(view)}?{view.query}" if view.query else _list_of(view)


def _refuse(text: str) -> HttpResponse:
    return toast(HttpResponse(text, status=422, content_type="text/plain"), text, is_bad=True)
