"""One way to answer every form of this app: as a page, in a dialog, refused, in conflict, done."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.services.versions import EditConflict
from team.models import ActionLog, User
from ui.http import Text, done, render_part

CHANGED = "account-changed"


def undo_url(action: ActionLog | None) -> str | None:
    """Where a POST takes the action back."""
    return reverse("undo", args=[action.pk]) if action else None


def newest_action(user: User) -> ActionLog | None:
    """What the person did last, for services that return the row that they made."""
    return ActionLog.objects.filter(actor=user).order_by("-pk").first()


def edit_page(
    request: HttpRequest,
    *,
    form: Any,
    save: Callable[[], ActionLog | None],
    heading: Text,
    text: Text,
    back: str,
    url: Callable[[], str] | str = "",
    context: Mapping[str, Any] | None = None,
    template: str = "accounts/edit.html",
) -> HttpResponse:
    """Show a form (whole page, or htmx's dialog), or save it and go on to `url` (by default `back`) with `text`.

    What a service refuses, and what somebody else changed meanwhile, comes back in the form with status 422.
    """
    values = {"form": form, "heading": heading, "back": back, **(context or {})}
    if request.method != "POST":
        return render_part(request, template, "dialog", values)
    if form.is_valid():
        try:
            action = save()
        except EditConflict as conflict:
            form.show_conflict(conflict)
        except ValidationError as error:
            form.refuse(error)
        else:
            target = url() if callable(url) else url
            return done(request, target or back, text, undo=undo_url(action), event=CHANGED)
    return render_part(request, template, "dialog", values, status=422)


def deleted(request: HttpRequest, *, action: ActionLog | None, text: Text, back: str) -> HttpResponse:
    """Answer a deletion with a toast that takes it back."""
    return done(request, back, text, undo=undo_url(action), event=CHANGED)
