"""The quarantine: events whose account nobody knows, in groups, and whose they are."""

from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Account
from engagement.forms.events import MapForm
from engagement.http.event_lists import build_quarantine, count_words, group_url
from engagement.models import QuarantinedEvent
from engagement.selectors.events.quarantine import Group, identity_of, read_group, suggest_accounts, work_on
from engagement.services.events import quarantine as services
from engagement.services.events.settling import is_under_way
from engagement.tasks import ring_replay, ring_settling
from engagement.views.events import READERS
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.csv import csv_response
from ui.http import current_path, done, go_to, render_part, say, trigger, wants_part
from ui.lists.cells import export_value

CHANGED = "quarantine-changed"
SHOWN = 50
admins_only = requires_role(Role.ADMIN)


def asked_group(request: HttpRequest) -> tuple[str, str]:
    """Hint and value of the address; 404 for hints that there are none."""
    hint, value = request.GET.get("hint", ""), request.GET.get("value", "")
    if hint not in QuarantinedEvent.Hint.values or "\x00" in value or len(value) > 200:
        raise Http404
    return hint, value


@require_safe
@requires_role(*READERS)
def quarantine(request: HttpRequest) -> HttpResponseBase:
    """Groups of events that wait; `?tab=dropped` those that a person said are nobody's."""
    is_dropped = request.GET.get("tab") == "dropped"
    is_admin = current_user(request).role == Role.ADMIN
    page, is_cut = build_quarantine(request, is_admin=is_admin, is_dropped=is_dropped)
    if request.GET.get("format") == "csv" and not page.problems:
        lines = ([export_value(one, column) for column in page.shown_columns] for one in page.objects)
        return csv_response("quarantine.csv", [column.label for column in page.shown_columns], lines)
    context = {"page": page, "is_cut": is_cut, "is_dropped": is_dropped, "is_waiting": not is_dropped}
    status = 422 if page.problems and wants_part(request) else page.status
    return render_part(request, "engagement/events/quarantine.html", "list", context, status=status)


@require_safe
@requires_role(*READERS)
def quarantine_group(request: HttpRequest) -> HttpResponse:
    """The events of one hint (`?hint=&value=`), whose they may be, and how far their replay is."""
    hint, value = asked_group(request)
    user = current_user(request)
    waiting = read_group(hint=hint, value=value)
    dropped = read_group(hint=hint, value=value, is_dropped=True)
    identity, work = identity_of(hint=hint, value=value), work_on(hint=hint, value=value)
    if waiting is None and dropped is None and identity is None and work is None:
        raise Http404
    rows = QuarantinedEvent.objects.filter(hint=hint, hint_value=value, is_dropped=waiting is None)
    mapped = identity.account if identity is not None and identity.account_id else None
    group = waiting or dropped or Group(hint, value, 0)
    context = {
        "group": group,
        "waiting": waiting,
        "dropped": dropped,
        "mapped": mapped if mapped and Account.objects.visible_to(user).filter(pk=mapped.pk).exists() else None,
        "work": work,
        "is_replaying": mapped is not None and waiting is not None and work is None,
        "progress": _progress(request, waiting),
        "count": count_words(group),
        "held": rows.select_related("key").defer("properties").order_by("-pk")[:SHOWN],
        "suggested": suggest_accounts(user=user, hint=hint, value=value) if mapped is None and waiting else [],
        "is_admin": user.role == Role.ADMIN,
        "urls": {name: group_url(group, f"quarantine_{name}") for name in ("group", "map", "drop", "restore")},
    }
    response = render_part(request, "engagement/events/group.html", ("group", "progress"), context)
    is_through = work is None and not context["is_replaying"] and request.headers.get("HX-Target") == "progress"
    # What stands around the bar is drawn anew.
    return trigger(response, CHANGED) if is_through else response


def _progress(request: HttpRequest, waiting: Group | None) -> dict[str, object]:
    """How much of what waited (`?of=`) is through."""
    left = waiting.count if waiting else 0
    of = request.GET.get("of", "")
    total = max(int(of), left) if of.isdecimal() and len(of) < 9 else left
    return {"done": total - left, "total": total, "left": left}


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def quarantine_map(request: HttpRequest) -> HttpResponse:
    """Say whose an identifier is; what waits under it is replayed."""
    hint, value = asked_group(request)
    user = current_user(request)
    group = read_group(hint=hint, value=value)
    if group is None or hint == QuarantinedEvent.Hint.NOBODY:
        raise Http404
    suggested = suggest_accounts(user=user, hint=hint, value=value)
    form = MapForm(posted(request), user=user, initial={"account": suggested[0][0].pk} if suggested else None)
    if request.method == "POST" and form.is_valid():
        account = form.cleaned_data["account"]
        made = services.map_identifier(actor=user, kind=hint, value=value, account=account)
        if is_under_way(kind=hint, value=value):
            ring_settling()
        elif services.is_for_worker(kind=hint, value=value):
            ring_replay(kind=hint, value=value)
        words = _("%(value)s belongs to %(account)s from now on") % {"value": value, "account": account}
        return _told(request, _followed(group), words, undo=undo_url(made))
    context = {"form": form, "group": group, "count": count_words(group), "suggested": suggested}
    status = 422 if form.errors else 200
    return render_part(request, "engagement/events/map.html", "dialog", context, status=status)


def _told(request: HttpRequest, url: str, words: str, *, undo: str | None = None) -> HttpResponse:
    """The list stays and draws itself anew; the page of one group is left, whose buttons no longer fit it."""
    if wants_part(request) and urlsplit(current_path(request)).path == reverse("quarantine_group"):
        say(request, words, undo=undo)
        return go_to(request, url)
    return done(request, url, words, undo=undo, event=CHANGED)


def _followed(group: Group) -> str:
    query = urlencode([("hint", group.hint), ("value", group.value), ("of", str(group.count))])
    return f"{reverse('quarantine_group')}?{query}"


@require_POST
@admins_only
def quarantine_drop(request: HttpRequest) -> HttpResponse:
    """It is nobody's: what waits under it, and what will come."""
    hint, value = asked_group(request)
    made = services.drop_identifier(actor=current_user(request), kind=hint, value=value)
    return _told(request, *_followed_up(hint, value, _("Dropped")), undo=undo_url(made))


@require_POST
@admins_only
def quarantine_restore(request: HttpRequest) -> HttpResponse:
    """It waits for a person again."""
    hint, value = asked_group(request)
    services.restore_identifier(actor=current_user(request), kind=hint, value=value)
    return _told(request, *_followed_up(hint, value, _("It waits again")))


def _followed_up(hint: str, value: str, words: str) -> tuple[str, str]:
    """Where to go on and what to say: many events are a worker's, whose progress stands on the page of the group."""
    if not is_under_way(kind=hint, value=value):
        return reverse("quarantine"), words
    ring_settling()
    return group_url(Group(hint, value, 0), "quarantine_group"), _("A worker is at it: these are many events")
