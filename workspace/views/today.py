"""Today: what to do next, what changed, what the calendar holds."""

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account, Touchpoint
from accounts.services.touchpoints import edit_touchpoint
from lifecycle.forms.tasks import SnoozeForm, snooze_choices
from lifecycle.views.tasks import posted, row_gone, undo_url
from team.clock import today as clock_today
from team.http.access import current_user, requires_editor
from team.models import Role
from ui.formats import day as day_words
from ui.http import done, render_part
from workspace.formulas.lines import Line, rank_lines
from workspace.selectors.book import book_of
from workspace.selectors.do_next import read_candidates
from workspace.selectors.today import last_working_day, read_day
from workspace.services.suggestions import finish_suggestion, snooze_suggestion

LINES = 25


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The first page of the day; a department member's day is their queue of insights."""
    user = current_user(request)
    if user.role == Role.MEMBER:
        return HttpResponseRedirect(reverse("insights"))
    day = clock_today()
    book = book_of(user)
    lines = rank_lines(read_candidates(user=user, book=book), day)
    since = last_working_day(day)
    agenda = read_day(user=user, book=book, since=timezone.make_aware(dt.datetime.combine(since, dt.time.min)))
    context = {
        "day": day,
        "since": since,
        "lines": lines[:LINES],
        "line_count": len(lines),
        "is_cut": len(lines) > LINES,
        "is_team": user.role != Role.CSM,
        "agenda": agenda,
    }
    # Only a page with nothing to show pays for the question why.
    if not lines and not agenda.renewals:
        context["has_accounts"] = book.exists()
    return render_part(request, "workspace/today.html", ("do-next", "meetings"), context)


def _suggested_line(request: HttpRequest, account_id: int) -> tuple[Account, Line]:
    """The suggestion as it stands now; 404 when the account is not in the book or asks for nothing any more."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=account_id)
    lines = rank_lines(
        read_candidates(user=user, book=Account.objects.editable_by(user).filter(pk=account_id)), clock_today()
    )
    line = next((line for line in lines if line.found.kind == "account"), None)
    if line is None:
        raise Http404
    return account, line


@require_POST
@requires_editor
def suggestion_done(request: HttpRequest, account_id: int) -> HttpResponse:
    """One key: done. It stays on record as a finished task."""
    account, line = _suggested_line(request, account_id)
    action = finish_suggestion(
        actor=current_user(request), account=account, title=line.headline, why=line.why, today=clock_today()
    )
    text = _("Done: %(what)s, %(account)s") % {"what": line.headline, "account": account.name}
    return row_gone(request, text, action, reverse("today"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def suggestion_snooze(request: HttpRequest, account_id: int) -> HttpResponse:
    """Choose until when the suggestion sleeps; it comes back as a task."""
    account, line = _suggested_line(request, account_id)
    form = SnoozeForm(posted(request))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "choices": snooze_choices(clock_today()), "action": request.path}
        return render_part(request, "lifecycle/snooze.html", "popover", context, status=422 if form.errors else 200)
    until = form.cleaned_data["until"]
    action = snooze_suggestion(
        actor=current_user(request),
        account=account,
        title=line.headline,
        why=line.why,
        until=until,
        reason=form.cleaned_data["reason"],
    )
    text = _("Snoozed until %(day)s") % {"day": day_words(until, today=clock_today())}
    return done(request, reverse("today"), text, undo=undo_url(action), event="tasks-changed")


@require_http_methods(["GET", "HEAD", "POST"])
def ask_snooze(request: HttpRequest, touchpoint_id: int) -> HttpResponse:
    """Give the customer more time for what we asked for: the day by which it should come moves."""
    user = current_user(request)
    asks = Touchpoint.objects.editable_by(user).filter(got_it_at__isnull=True).exclude(asks_for="")
    touchpoint = get_object_or_404(asks.select_related("account"), pk=touchpoint_id)
    form = SnoozeForm(posted(request))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "choices": snooze_choices(clock_today()), "action": request.path}
        return render_part(request, "lifecycle/snooze.html", "popover", context, status=422 if form.errors else 200)
    until = form.cleaned_data["until"]
    action = edit_touchpoint(actor=user, touchpoint=touchpoint, due_on=until)
    text = _("Until %(day)s") % {"day": day_words(until, today=clock_today())}
    return done(request, reverse("today"), text, undo=undo_url(action), event="tasks-changed")
