"""Renewals: the board by month, the list, one renewal, and what is said of it."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http.lists import segment_choices
from lifecycle.forms.renewals import CallForm, CloseForm, LockForm, TargetForm
from lifecycle.http.renewals import RENEWALS, SPANS, board_words, owner_choices, span_of
from lifecycle.models import ForecastLock, ForecastTarget, Renewal
from lifecycle.selectors.forecasts import forecast_quality, read_lock
from lifecycle.selectors.renewals import months_from, read_board, read_renewal, sees_quality
from lifecycle.services.renewals.calling import RenewalRefused, make_call
from lifecycle.services.renewals.closing import close_renewal
from lifecycle.services.renewals.forecasting import lock_forecast, set_target
from lifecycle.views.tasks import undo_url
from team.http.access import current_user, posted, requires_role
from team.models import Role, User
from ui.formats import number, percent
from ui.http import done, id_in, render_part
from ui.lists import build_list, list_response

CHANGED = "renewals-changed"
READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
LEADERS = (Role.ADMIN, Role.MANAGER, Role.VIEWER)


def _visible(request: HttpRequest, renewal_id: int) -> Renewal:
    rows = Renewal.objects.visible_to(current_user(request))
    joined = rows.select_related("account__summary", "account__segment", "subscription__product", "owner", "closed_by")
    return get_object_or_404(joined, pk=renewal_id)


def _editable(request: HttpRequest, renewal_id: int) -> Renewal:
    rows = Renewal.objects.editable_by(current_user(request)).select_related("account", "subscription__product")
    return get_object_or_404(rows, pk=renewal_id)


def _with_right(rows: QuerySet[Renewal], user: User) -> QuerySet[Renewal]:
    """Each row says as `may_edit` whether the user may call it, without a query per row."""
    if user.role in {Role.ADMIN, Role.MANAGER}:
        return rows.annotate(may_edit=Value(True))
    mine = Q(account__csm__in=user.book_owner_ids()) if user.role == Role.CSM else Q(pk__in=[])
    whether = Case(When(mine, then=Value(True)), default=Value(False), output_field=BooleanField())
    return rows.annotate(may_edit=whether)


@require_safe
@requires_role(*READERS)
def renewals(request: HttpRequest) -> HttpResponse:
    """The forecast by month and category: `?from=2026-11&months=6&owner=&segment=`."""
    user = current_user(request)
    first, count = span_of(request.GET)
    months = months_from(first, count)
    owner = request.GET.get("owner", "")
    chosen = id_in(owner)
    segment = request.GET.get("segment", "")
    board = read_board(user=user, months=months, owner_id=chosen, segment=segment)
    context = {
        **board_words(board, owner=owner if chosen else "", segment=segment),
        "board": board,
        "months": months,
        "count": count,
        "spans": SPANS,
        "before": months_from(first - dt.timedelta(days=count * 28), 1)[0],
        "after": months_from(months[-1] + dt.timedelta(days=32), 1)[0],
        "owner": owner,
        "segment": segment,
        "owners": owner_choices(user),
        "segments": segment_choices(user),
        "can_lead": user.role in {Role.ADMIN, Role.MANAGER},
        "sees_quality": sees_quality(user),
    }
    return render_part(request, "lifecycle/renewals/board.html", "board", context)


@require_safe
@requires_role(*READERS)
def renewal_list(request: HttpRequest) -> HttpResponseBase:
    """Every renewal that the user may see; calls are made in the row (key S)."""
    user = current_user(request)
    rows = _with_right(Renewal.objects.visible_to(user), user).select_related("account")
    page = build_list(request, RENEWALS, rows)
    return list_response(request, "lifecycle/renewals/list.html", page, {"sees_quality": sees_quality(user)})


@require_safe
@requires_role(*READERS)
def renewal(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """One renewal: the two calls side by side, their history, the checkpoints."""
    shown = _visible(request, renewal_id)
    page = read_renewal(renewal=shown, user=current_user(request))
    reasons = dict(Renewal.Reason.choices)
    context = {
        "page": page,
        "renewal": shown,
        "reason_words": [reasons[name] for name in shown.reasons if name in reasons],
        "csm_words": percent(Decimal(shown.csm_chance) / 100) if shown.csm_chance is not None else "",
        "gap_words": number(abs(page.gap) * 100) if page.gap is not None else "",
    }
    return render_part(request, "lifecycle/renewals/renewal.html", "renewal", context)


@require_http_methods(["GET", "HEAD", "POST"])
def renewal_call(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """The CSM's call in a popover; keys 1 to 4 choose the category alone."""
    shown = _editable(request, renewal_id)
    start = {"category": shown.category, "chance_percent": shown.csm_chance, "forecast_arr": shown.forecast_arr}
    form = CallForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            action = make_call(actor=current_user(request), renewal=shown, **form.cleaned_data)
        except RenewalRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            text = _("Called: %(category)s") % {"category": shown.get_category_display()}
            return done(request, reverse("renewal", args=[shown.pk]), text, undo=undo_url(action), event=CHANGED)
    context = {"form": form, "renewal": shown, "choices": list(enumerate(Renewal.Category.choices, start=1))}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/renewals/call.html", "popover", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def renewal_close(request: HttpRequest, renewal_id: int) -> HttpResponse:
    """Won or lost, at what ARR, and why."""
    shown = _editable(request, renewal_id)
    form = CloseForm(posted(request), renewal=shown, initial={"final_arr": shown.forecast_arr})
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        is_won = values.pop("outcome") == "won"
        try:
            action = close_renewal(actor=current_user(request), renewal=shown, is_won=is_won, **values)
        except RenewalRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            text = _("Renewal closed: %(state)s") % {"state": shown.get_state_display()}
            return done(request, reverse("renewal", args=[shown.pk]), text, undo=undo_url(action), event=CHANGED)
    context = {"form": form, "renewal": shown}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/renewals/close.html", "dialog", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(Role.ADMIN, Role.MANAGER)
def forecast_lock(request: HttpRequest) -> HttpResponse:
    """Keep the forecast of a span as it stands."""
    start = {"starts_on": request.GET.get("from", ""), "ends_on": request.GET.get("to", "")}
    form = LockForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            lock = lock_forecast(actor=current_user(request), **form.cleaned_data)
        except RenewalRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, reverse("forecast_lock_page", args=[lock.pk]), _("Forecast locked"), event=CHANGED)
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/renewals/lock_form.html", "dialog", {"form": form}, status=status)


@require_safe
@requires_role(*LEADERS)
def forecast_locks(request: HttpRequest) -> HttpResponse:
    """Forecasts that were locked, and how good calls were."""
    context = {
        "locks": ForecastLock.objects.select_related("locked_by")[:50],
        "quality": forecast_quality(),
        "sees_quality": True,
        "can_lead": current_user(request).role != Role.VIEWER,
    }
    return render_part(request, "lifecycle/renewals/locks.html", (), context)


@require_safe
@requires_role(*LEADERS)
def forecast_lock_page(request: HttpRequest, lock_id: int) -> HttpResponse:
    """What changed since a forecast was locked."""
    lock = get_object_or_404(ForecastLock.objects.select_related("locked_by"), pk=lock_id)
    context = {"page": read_lock(lock), "sees_quality": True}
    return render_part(request, "lifecycle/renewals/lock.html", (), context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(Role.ADMIN, Role.MANAGER)
def forecast_target(request: HttpRequest, month: str) -> HttpResponse:
    """What should renew in a month, for everybody or for one CSM (`?owner=`)."""
    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise Http404 from error
    given = request.GET.get("owner", "")
    owner = get_object_or_404(User, pk=id_in(given)) if given else None
    known = ForecastTarget.objects.filter(month=first, owner=owner).first()
    form = TargetForm(posted(request), initial={"amount": known.amount if known else None})
    if request.method == "POST" and form.is_valid():
        set_target(actor=current_user(request), month=first, amount=form.cleaned_data["amount"], owner=owner)
        return done(request, reverse("renewals"), _("Target saved"), event=CHANGED)
    context = {"form": form, "month": first, "owner": owner}
    status = 422 if form.errors else 200
    return render_part(request, "lifecycle/renewals/target.html", "popover", context, status=status)
