"""By hand: what somebody heard, whose words they are, and what is said twice."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Contact, Ticket, Touchpoint
from team.http.access import current_user, posted, requires_editor
from team.models import User
from ui.http import done, id_in, render_part
from voc.forms.feedback import FeedbackForm, GiveForm
from voc.formulas.customer_words import words_of
from voc.http.subjects import subject_of
from voc.models import Feedback
from voc.selectors.inbox import forget_counts
from voc.services.inbox.gathering import SOURCES
from voc.services.inbox.handling import give_account
from voc.services.inbox.repeats import mark_distinct, mark_repeat
from voc.services.inbox.writing import add_feedback
from voc.services.routing import Unroutable
from voc.tasks import ring_understand
from voc.views.feedback import CHANGED, changed, undo_url

PEOPLE_SHOWN = 20


def _origin(request: HttpRequest, user: User) -> Ticket | Touchpoint | None:
    """The ticket or touch whose words are to become feedback: `?ticket=` or `?touchpoint=`."""
    ticket, touch = id_in(request.GET.get("ticket", "")), id_in(request.GET.get("touchpoint", ""))
    if ticket:
        return get_object_or_404(Ticket.objects.visible_to(user).select_related("account__summary"), pk=ticket)
    if touch:
        return get_object_or_404(Touchpoint.objects.visible_to(user).select_related("account__summary"), pk=touch)
    return None


def _start(request: HttpRequest, user: User, origin: Ticket | Touchpoint | None) -> dict[str, Any]:
    if isinstance(origin, Ticket):
        source: str = Feedback.Source.TICKET
        return {"text": words_of(origin.body), "account": origin.account, "contact": origin.contact, "source": source}
    if isinstance(origin, Touchpoint):
        seats = list(origin.participants.select_related("contact")[:2])
        source = SOURCES.get(Touchpoint.Kind(origin.kind), Feedback.Source.MANUAL)
        contact = seats[0].contact if len(seats) == 1 else None
        return {"text": words_of(origin.body), "account": origin.account, "contact": contact, "source": source}
    account, contact = subject_of(request, user)
    return {"account": account, "contact": contact}


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def feedback_add(request: HttpRequest) -> HttpResponse:
    """The dialog over any page (C, F): words first; the customer of the page is filled in."""
    user = current_user(request)
    origin = _origin(request, user)
    form = FeedbackForm(posted(request), user=user, initial=_start(request, user, origin))
    if request.method != "POST" or not form.is_valid():
        context = {"form": form}
        return render_part(request, "voc/feedback/add.html", "dialog", context, status=422 if form.errors else 200)
    at = getattr(origin, "occurred_at", None) or getattr(origin, "opened_at", None)
    feedback, action = add_feedback(actor=user, origin=origin, received_at=at, **form.cleaned_data)
    ring_understand(feedback.pk)
    forget_counts(user)
    url = reverse("feedback_page", args=[feedback.pk])
    return done(request, url, _("Feedback noted"), undo=undo_url(action), event=CHANGED)


@require_safe
@requires_editor
def feedback_people(request: HttpRequest) -> JsonResponse:
    """Choices for "who said it": visible people by the beginning of the name; `?account=` narrows."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    rows = Contact.objects.visible_to(current_user(request)).select_related("account")
    account_id = id_in(request.GET.get("account", ""))
    rows = rows.filter(account=account_id) if account_id else rows
    found = (rows.filter(name__istartswith=text) if text else rows).order_by("name", "id")[:PEOPLE_SHOWN]
    options = [{"value": str(row.pk), "label": row.name, "hint": row.account.name} for row in found]
    return JsonResponse(options, safe=False)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def feedback_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose words these are."""
    user = current_user(request)
    rows = Feedback.objects.editable_by(user).filter(account__isnull=True)
    found = get_object_or_404(rows, pk=pk)
    form = GiveForm(posted(request), user=user)
    if request.method == "POST" and form.is_valid():
        try:
            action = give_account(actor=user, feedback=found, **form.cleaned_data)
        except Unroutable as error:
            form.add_error(None, str(error))
        else:
            text = _("It belongs to %(account)s") % {"account": form.cleaned_data["account"].name}
            return changed(request, found, text, action)
    context = {"feedback": found, "form": form}
    return render_part(request, "voc/feedback/account.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
@requires_editor
def feedback_repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """It says what another piece (`first`) said: a mention of it."""
    user = current_user(request)
    rows = Feedback.objects.editable_by(user)
    found = get_object_or_404(rows, pk=pk)
    first = get_object_or_404(rows, pk=id_in(request.POST.get("first", "")) or 0, account=found.account_id)
    try:
        action = mark_repeat(actor=user, feedback=found, first=first)
    except Unroutable as error:
        return changed(request, found, str(error), None)
    return changed(request, found, _("It counts as a mention now"), action)


@require_POST
@requires_editor
def feedback_distinct(request: HttpRequest, pk: int) -> HttpResponse:
    """It repeats nothing."""
    user = current_user(request)
    found = get_object_or_404(Feedback.objects.editable_by(user), pk=pk)
    action = mark_distinct(actor=user, feedback=found)
    return changed(request, found, _("It stands for itself"), action)
