"""Calendars of a person: subscribed, given as a file, given out; and what one does with a meeting."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.touchpoints import LogForm
from accounts.models import Account
from lifecycle.forms.calendars import CalendarFileForm, CalendarForm, MeetingForm
from lifecycle.formulas.feed_links import token_of
from lifecycle.formulas.ics import UnreadableCalendar
from lifecycle.models import CalendarFeed, CalendarSource, Meeting
from lifecycle.selectors.calendars import feed_of, write_feed
from lifecycle.services.calendars import feeds, reading
from lifecycle.services.calendars.invitations import take_file
from lifecycle.services.calendars.logging import AlreadyLogged, log_meeting
from lifecycle.services.calendars.storing import link_meeting
from lifecycle.services.calendars.subscribing import remove_calendar
from lifecycle.views.tasks import undo_url
from team.http.access import current_user, posted, requires_editor
from ui.http import done, render_part, say

CHANGED = "tasks-changed"


def _page(
    request: HttpRequest, *, form: CalendarForm | None = None, file_form: CalendarFileForm | None = None
) -> HttpResponse:
    user = current_user(request)
    feed = CalendarFeed.objects.filter(user=user).first()
    address = f"{settings.BASE_URL}{reverse('calendar_feed', args=[token_of(feed.nonce)])}" if feed else ""
    context = {
        "section": "calendars",
        "sources": CalendarSource.objects.filter(user=user).order_by("created_at"),
        "form": form or CalendarForm(user=user),
        "file_form": file_form or CalendarFileForm(),
        "feed": feed,
        "address": address,
    }
    is_refused = any(one is not None and one.errors for one in (form, file_form))
    return render(request, "lifecycle/calendars/calendars.html", context, status=422 if is_refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: HttpRequest) -> HttpResponse:
    """The own calendars; a POST subscribes to one more."""
    user = current_user(request)
    if request.method != "POST":
        return _page(request)
    form = CalendarForm(posted(request), user=user)
    if not form.is_valid():
        return _page(request, form=form)
    reading.add_calendar(user=user, name=form.cleaned_data["name"], url=form.cleaned_data["url"])
    say(request, _("Subscribed. Its meetings appear within a minute."))
    return HttpResponseRedirect(reverse("calendars"))


@require_POST
def calendar_file(request: HttpRequest) -> HttpResponse:
    """Take the meetings of a file."""
    form = CalendarFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file_form=form)
    try:
        taken = take_file(user=current_user(request), data=form.cleaned_data["file"].read())
    except UnreadableCalendar as error:
        form.add_error("file", str(error))
        return _page(request, file_form=form)
    count = taken.written + taken.called_off
    words = ngettext("%(count)s meeting taken from the file", "%(count)s meetings taken from the file", count)
    say(request, words % {"count": count})
    return HttpResponseRedirect(reverse("calendars"))


def _own_source(request: HttpRequest, source_id: int) -> CalendarSource:
    return get_object_or_404(CalendarSource, pk=source_id, user=current_user(request))


@require_POST
def calendar_read(request: HttpRequest, source_id: int) -> HttpResponse:
    """Read it again now, not in a quarter of an hour."""
    reading.ask_again(source=_own_source(request, source_id))
    return done(request, reverse("calendars"), _("It is read within a minute."))


@require_POST
def calendar_remove(request: HttpRequest, source_id: int) -> HttpResponse:
    """Unsubscribe; its meetings leave Today, what was logged stays."""
    action = remove_calendar(actor=current_user(request), source=_own_source(request, source_id))
    return done(request, reverse("calendars"), _("Removed"), undo=undo_url(action))


@require_POST
def calendar_feed_open(request: HttpRequest) -> HttpResponse:
    """A fresh address of the own feed; the one before leads nowhere."""
    feeds.open_feed(user=current_user(request))
    return done(request, reverse("calendars"), _("The address is ready. Whoever has it reads your feed."))


@require_POST
def calendar_feed_revoke(request: HttpRequest) -> HttpResponse:
    feeds.revoke_feed(user=current_user(request))
    return done(request, reverse("calendars"), _("Revoked: the address leads nowhere."))


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The feed itself. SECURITY: the token is the only credential; unknown, revoked and left all answer 404."""
    feed = feed_of(token)
    if feed is None:
        raise Http404
    feeds.see_feed(feed=feed)
    with translation.override(feed.user.language):
        content = write_feed(feed.user)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'attachment; filename="perennial.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _own_meeting(request: HttpRequest, meeting_id: int) -> Meeting:
    user = current_user(request)
    rows = Meeting.objects.filter(user__in=user.book_owner_ids()).exclude(
        is_private=True, user__in=[pk for pk in user.book_owner_ids() if pk != user.pk]
    )
    return get_object_or_404(rows.select_related("account"), pk=meeting_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def meeting_log(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The log of a meeting, with its people, time and length filled in."""
    meeting = _own_meeting(request, meeting_id)
    if meeting.account_id is None:
        return HttpResponseRedirect(reverse("meeting_link", args=[meeting.pk]))
    account = get_object_or_404(Account.objects.visible_to(current_user(request)), pk=meeting.account_id)
    minutes = round((meeting.ends_at - meeting.starts_at).total_seconds() / 60)
    start = {
        "kind": "meeting",
        "body": meeting.title,
        "contacts": list(meeting.contacts.values_list("pk", flat=True)),
        "minutes": min(minutes, 1440),
        "on": timezone.localdate(meeting.starts_at),
        "is_proactive": True,
    }
    form = LogForm(posted(request), account=account, initial=start)
    form.fields["on"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            _touch, action = log_meeting(actor=current_user(request), meeting=meeting, **form.values())
        except AlreadyLogged as error:
            form.add_error(None, str(error))
        else:
            back = reverse("account", args=[account.pk])
            return done(request, back, _("Logged: Meeting"), undo=undo_url(action), event="account-changed")
    context = {"form": form, "meeting": meeting, "account": account}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/calendars/log.html", "dialog", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_link(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Say to which account a meeting belongs."""
    meeting = _own_meeting(request, meeting_id)
    user = current_user(request)
    form = MeetingForm(posted(request), user=user, initial={"account": meeting.account})
    if request.method == "POST" and form.is_valid():
        link_meeting(meeting=meeting, account=form.cleaned_data["account"])
        return done(request, reverse("today"), _("Saved"), event=CHANGED)
    context = {"form": form, "meeting": meeting}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/calendars/link.html", "dialog", context, status=status)
