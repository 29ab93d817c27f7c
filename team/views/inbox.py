"""The inbox: what waits for a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from team import choices
from team.http.access import current_user
from team.models import Notice
from team.selectors.inbox import SHELVES, read_inbox
from team.services.notices import read_all_notices, read_notice, snooze_notice, unread_notice
from ui.http import done, render_part


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One person's lines: waiting, snoozed or done; 50 a page by the id of the last line."""
    shelf = request.GET.get("show", "waiting")
    shelf = shelf if shelf in SHELVES else "waiting"
    page = read_inbox(user=current_user(request), shelf=shelf, before=request.GET.get("before", ""))
    return render_part(request, "team/inbox.html", "notices", {"page": page, "shelf": shelf})


@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.visible_to(current_user(request)), pk=pk)
    read_notice(notice=notice)
    undo = reverse("notice_unread", args=[pk])
    return done(request, reverse("inbox"), _("Done"), undo=undo, event="inbox-changed")


@require_POST
def notice_unread(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.visible_to(current_user(request)), pk=pk)
    unread_notice(notice=notice)
    return done(request, reverse("inbox"), _("Back in the inbox"), event="inbox-changed")


@require_POST
def notice_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide a line for an hour, until tomorrow or until Monday, in the person's own time zone."""
    notice = get_object_or_404(Notice.objects.visible_to(current_user(request)), pk=pk)
    moment = timezone.localtime()
    until = choices.snooze_until(request.POST.get("until", "tomorrow"), moment)
    if until is None:
        return HttpResponse(status=422)
    snooze_notice(notice=notice, until=until)
    undo = reverse("notice_unread", args=[pk])
    return done(request, reverse("inbox"), _("Snoozed"), undo=undo, event="inbox-changed")


@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    number = read_all_notices(user=current_user(request))
    return done(request, reverse("inbox"), _("%(number)d done") % {"number": number}, event="inbox-changed")
