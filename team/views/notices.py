"""How notices reach people and departments outside the product."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from team.forms.notices import ChatRoomForm, NoticeWayForm
from team.http.access import current_user, posted, requires_role
from team.models import ChatRoom, Department, Role
from team.services.chat import BadAddress, remove_room, save_room, tell_room
from team.services.digests import save_way, way_of
from ui.http import done, say


@require_http_methods(["GET", "HEAD", "POST"])
def notice_way(request: HttpRequest) -> HttpResponse:
    """Mail at once, once a day, or none: everybody for themselves."""
    user = current_user(request)
    way = way_of(user)
    form = NoticeWayForm(posted(request), initial={"mail": way.mail, "daily_at": way.daily_at})
    if request.method == "POST" and form.is_valid():
        save_way(user=user, **form.cleaned_data)
        say(request, _("Saved"))
        return redirect("notice_way")
    context = {"section": "notice_way", "form": form}
    return render(request, "team/settings/notice_way.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(Role.ADMIN)
def department_chat(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the department's chat is, and how often it is written to."""
    department = get_object_or_404(Department, slug=slug)
    room = ChatRoom.objects.filter(department=department).first()
    initial = {"every_minutes": room.every_minutes, "is_active": room.is_active} if room else {}
    form = ChatRoomForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save_room(department=department, **form.cleaned_data)
        except BadAddress as error:
            form.add_error("address", str(error))
        else:
            say(request, _("Saved"))
            return redirect("department_chat", slug=slug)
    context = {"section": "departments", "department": department, "room": room, "form": form}
    return render(request, "team/settings/department_chat.html", context, status=422 if form.errors else 200)


@require_POST
@requires_role(Role.ADMIN)
def department_chat_try(request: HttpRequest, slug: str) -> HttpResponse:
    """A line to see that it arrives; it goes with the next message."""
    department = get_object_or_404(Department, slug=slug)
    key = f"try:{timezone.now():%Y%m%d%H%M}"
    is_there = tell_room(department_id=department.pk, text=_("A line from Perennial, to try."), dedupe_key=key)
    words = _("It goes with the next message") if is_there else _("There is no chat that is on")
    return done(request, reverse("department_chat", args=[slug]), words)


@require_POST
@requires_role(Role.ADMIN)
def department_chat_remove(request: HttpRequest, slug: str) -> HttpResponse:
    """No chat any more."""
    remove_room(department=get_object_or_404(Department, slug=slug))
    return done(request, reverse("department_chat", args=[slug]), _("Removed"))
