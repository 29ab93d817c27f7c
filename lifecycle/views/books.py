"""The books of the team, and moving accounts between them."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account
from lifecycle.forms.books import DivideForm, HandOverForm, PickForm
from lifecycle.http.books import books_chart, tone_of_load
from lifecycle.models import Reassignment
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.books import LIVE, Change, changes_of, plan_of, portions_of, read_books, team_of
from lifecycle.services.books import ReassignRefused, reassign
from lifecycle.views.tasks import undo_url
from team.http.access import current_user, requires_role
from team.models import Role
from team.selectors.install import currency
from ui.http import id_in, say

LEADERS = (Role.ADMIN, Role.MANAGER)
READERS = (*LEADERS, Role.VIEWER)
SHOWN = 200
HISTORY = 8


@require_safe
@requires_role(*READERS)
def book(request: HttpRequest) -> HttpResponse:
    """Each CSM's book: accounts, ARR, health, tasks, load, renewals, how much of the work was planned."""
    user = current_user(request)
    books = read_books(user=user)
    money = currency()
    context = {
        "books": [(one, tone_of_load(one.load)) for one in books],
        "team": team_of(books),
        "chart": books_chart(books, money),
        "currency": money,
        "can_move": user.role in LEADERS,
        "history": Reassignment.objects.select_related("moved_by")[:HISTORY],
    }
    return render(request, "lifecycle/books/book.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*LEADERS)
def book_reassign(request: HttpRequest) -> HttpResponse:
    """Pick accounts and people, look at both books after, then move. Rows picked in the list of accounts (`selected`)
    come in as a POST without `do`."""
    step = request.POST.get("do", "")
    if step == "move":
        return _move(request)
    return _show(request, wants_preview=step == "preview")


def _show(request: HttpRequest, *, wants_preview: bool, hand_over: HandOverForm | None = None) -> HttpResponse:
    sent = request.POST if wants_preview else request.GET
    pick = PickForm(sent)
    editable = Account.objects.editable_by(current_user(request)).filter(status__in=LIVE)
    is_known = pick.is_valid()
    found = pick.apply(editable) if is_known else editable.none()
    named = {one for raw in request.POST.getlist("selected") if (one := id_in(raw)) is not None}
    if named and not request.POST.get("all"):
        found = editable.filter(pk__in=named)
    found = found.order_by("name", "pk")
    context: dict[str, Any] = {
        "pick": pick,
        "divide": DivideForm(request.POST if wants_preview else None),
        "accounts": portions_of(found[:SHOWN]),
        "count": found.count(),
        "shown": SHOWN,
        "named": named,
        "kept": [(name, pick[name].value() or "") for name in pick.fields],
        "currency": currency(),
        "hand_over": hand_over,
        "changes": [],
    }
    status = 422 if hand_over is not None or not is_known else 200
    if wants_preview:
        status = _preview(request, context, found)
    return render(request, "lifecycle/books/reassign.html", context, status=status)


def _preview(request: HttpRequest, context: dict[str, Any], found: Any) -> int:
    divide: DivideForm = context["divide"]
    if not context["named"] and not request.POST.get("all"):
        divide.add_error(None, _("Pick at least one account."))
    if not divide.is_valid():
        return 422
    books = read_books(user=current_user(request))
    portions = portions_of(found)
    targets = [person.pk for person in divide.cleaned_data["targets"]]
    plan = plan_of(portions=portions, target_ids=targets, books=books, by=divide.cleaned_data["by"])
    context["changes"] = _with_tones(changes_of(plan=plan, portions=portions, books=books))
    context["moving"] = len(plan)
    context["hand_over"] = HandOverForm(initial={"plan": json.dumps(plan)})
    return 200


def _with_tones(changes: list[Change]) -> list[tuple[Change, str, str]]:
    return [(one, tone_of_load(one.before.load), tone_of_load(one.after.load)) for one in changes]


def _move(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    form = HandOverForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = reassign(actor=user, assignments=data["plan"], note=data["note"], moves=data["moves"])
        except ReassignRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            count = len(made.lines)
            text = ngettext("%(count)s account handed over", "%(count)s accounts handed over", count) % {"count": count}
            action = action_behind(actor=user, service="lifecycle.undo_reassign", reassignment_id=made.pk)
            say(request, text, undo=undo_url(action))
            return HttpResponseRedirect(reverse("book"))
    return _show(request, wants_preview=False, hand_over=form)
