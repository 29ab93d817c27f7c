"""The interruption budget on pages: taking a parked task in spite of the full week."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lifecycle.models import Task
from lifecycle.services.ranking import take_task
from lifecycle.views.tasks import CHANGED, undo_url
from team.http.access import current_user
from ui.http import done


@require_POST
def task_take(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take it anyway: the task is at hand and not parked again. Pressing twice is pressing once."""
    user = current_user(request)
    task = get_object_or_404(Task.objects.editable_by(user), pk=task_id)
    action = take_task(actor=user, task=task)
    text = _("Taken: %(title)s") % {"title": task.title}
    return done(request, reverse("tasks"), text, undo=undo_url(action), event=CHANGED)
