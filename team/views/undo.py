"""Recent changes of the own hand, and taking them back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from team.http.access import current_user
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from ui.http import say, wants_part

SHOWN = 200


@require_safe
def recent(request: HttpRequest) -> HttpResponse:
    """What the person did in the last 30 days; the newest 200."""
    actions = ActionLog.objects.visible_to(current_user(request)).order_by("-done_at")[:SHOWN]
    return render(request, "team/recent.html", {"actions": list(actions), "section": "recent"})


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    user = current_user(request)
    return _take_back(request, user, get_object_or_404(ActionLog.objects.visible_to(user), pk=pk))


@require_POST
def undo_last(request: HttpRequest) -> HttpResponse:
    """The key U: the newest action that can still be undone."""
    user = current_user(request)
    return _take_back(request, user, ActionLog.objects.visible_to(user).open().order_by("-done_at").first())


def _take_back(request: HttpRequest, user: User, action: ActionLog | None) -> HttpResponse:
    """The page behind a toast shows old facts now, so it is loaded again and says what happened."""
    try:
        if action is None:
            say(request, _("There is nothing to undo."))
        elif undo_action(actor=user, action=action):
            say(request, _("Undone: %(what)s") % {"what": action.verb})
        else:
            say(request, _("That was undone already, or is too long ago."), is_bad=True)
    except CannotUndo as error:
        say(request, str(error), is_bad=True)
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect("recent")
