"""Tickets: the list, one ticket, and its forms."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.facts import TicketForm
from accounts.http.editing import deleted, edit_page, newest_action, undo_url
from accounts.http.lists import TICKETS
from accounts.http.naming import editable_account
from accounts.models import Account, Ticket
from accounts.services.tickets import close_ticket, create_ticket, delete_ticket, edit_ticket
from team.http.access import current_user, requires_editor
from team.models import ActionLog
from ui.http import done, render_part
from ui.lists import build_list, list_response


def _editable(request: HttpRequest, ticket_id: int) -> Ticket:
    rows = Ticket.objects.editable_by(current_user(request)).select_related("account", "contact")
    return get_object_or_404(rows, pk=ticket_id)


@require_safe
def tickets(request: HttpRequest) -> HttpResponseBase:
    """Every ticket that the user may see."""
    page = build_list(request, TICKETS, Ticket.objects.visible_to(current_user(request)))
    return list_response(request, "accounts/tickets.html", page)


@require_safe
def ticket(request: HttpRequest, ticket_id: int) -> HttpResponse:
    user = current_user(request)
    shown = get_object_or_404(Ticket.objects.visible_to(user).select_related("account", "contact"), pk=ticket_id)
    can_edit = Ticket.objects.editable_by(user).filter(pk=shown.pk).exists()
    return render_part(request, "accounts/ticket.html", "ticket", {"ticket": shown, "can_edit": can_edit})


@require_http_methods(["GET", "POST"])
@requires_editor
def ticket_add(request: HttpRequest) -> HttpResponse:
    """The form asks which account it is."""
    return _create(request, None)


@require_http_methods(["GET", "POST"])
def ticket_create(request: HttpRequest, account_id: int) -> HttpResponse:
    """For an account."""
    return _create(request, editable_account(request, account_id))


def _create(request: HttpRequest, account: Account | None) -> HttpResponse:
    user = current_user(request)
    form = TicketForm(request.POST or None, user=user, account=account)

    def save() -> ActionLog | None:
        create_ticket(actor=user, account=form.chosen_account(), **form.values())
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("New ticket"),
        text=_("Ticket added"),
        back=reverse("account", args=[account.pk]) if account else reverse("tickets"),
    )


@require_http_methods(["GET", "POST"])
def ticket_edit(request: HttpRequest, ticket_id: int) -> HttpResponse:
    ticket = _editable(request, ticket_id)
    user = current_user(request)
    form = TicketForm(request.POST or None, instance=ticket, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: edit_ticket(actor=user, ticket=ticket, version=form.started_from, **form.values()),
        heading=_("Edit %(name)s") % {"name": ticket},
        text=_("Saved"),
        back=reverse("ticket", args=[ticket.pk]),
    )


@require_POST
def ticket_close(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Close it now, with one key."""
    ticket = _editable(request, ticket_id)
    action = close_ticket(actor=current_user(request), ticket=ticket)
    text = _("Closed") if action else _("It was closed already")
    back = reverse("ticket", args=[ticket.pk])
    return done(request, back, text, undo=undo_url(action), event="account-changed")


@require_POST
def ticket_delete(request: HttpRequest, ticket_id: int) -> HttpResponse:
    ticket = _editable(request, ticket_id)
    action = delete_ticket(actor=current_user(request), ticket=ticket)
    return deleted(request, action=action, text=_("Ticket deleted"), back=reverse("tickets"))
