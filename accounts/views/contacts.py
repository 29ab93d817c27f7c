"""Contacts: the list, a person's page, and what can be done with them."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.facts import ConsentForm, ContactForm, MoveForm
from accounts.http.editing import deleted, edit_page, newest_action
from accounts.http.lists import CONTACTS
from accounts.http.naming import editable_account
from accounts.models import Account, Contact
from accounts.selectors.contacts import read_person
from accounts.selectors.merges import survivor_id
from accounts.services.contacts import create_contact, delete_contact, edit_contact, move_contact, set_consent
from team.http.access import current_user, requires_editor
from team.models import ActionLog
from ui.http import render_part
from ui.lists import build_list, list_response


def _editable(request: HttpRequest, contact_id: int) -> Contact:
    contacts = Contact.objects.editable_by(current_user(request)).select_related("account")
    return get_object_or_404(contacts, pk=contact_id)


@require_safe
def contacts(request: HttpRequest) -> HttpResponseBase:
    """Every contact that the user may see."""
    page = build_list(request, CONTACTS, Contact.objects.visible_to(current_user(request)))
    return list_response(request, "accounts/contacts.html", page)


@require_safe
def contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A person: who they are, what they allow, where they were before, what happened with them."""
    user = current_user(request)
    visible = Contact.objects.visible_to(user).select_related("account", "reports_to", "previous__account")
    found = visible.filter(pk=contact_id).first()
    kept = survivor_id(Contact, contact_id) if found is None else None
    if kept and Contact.objects.visible_to(user).filter(pk=kept).exists():
        return HttpResponseRedirect(reverse("contact", args=[kept]))
    shown = found or get_object_or_404(visible, pk=contact_id)
    return render_part(request, "accounts/contact.html", "contact", {"person": read_person(contact=shown, user=user)})


@require_http_methods(["GET", "POST"])
@requires_editor
def contact_add(request: HttpRequest) -> HttpResponse:
    """The form asks which account it is."""
    return _create(request, None)


@require_http_methods(["GET", "POST"])
def contact_create(request: HttpRequest, account_id: int) -> HttpResponse:
    """For an account."""
    return _create(request, editable_account(request, account_id))


def _create(request: HttpRequest, account: Account | None) -> HttpResponse:
    user = current_user(request)
    form = ContactForm(request.POST or None, user=user, account=account)
    made: list[Contact] = []

    def save() -> ActionLog | None:
        made.append(create_contact(actor=user, account=form.chosen_account(), **form.values()))
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("New contact"),
        text=_("Contact added"),
        back=reverse("account", args=[account.pk]) if account else reverse("contacts"),
        url=lambda: reverse("contact", args=[made[0].pk]),
    )


@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact = _editable(request, contact_id)
    user = current_user(request)
    form = ContactForm(request.POST or None, instance=contact, user=user)
    return edit_page(
        request,
        form=form,
        save=lambda: edit_contact(actor=user, contact=contact, version=form.started_from, **form.values()),
        heading=_("Edit %(name)s") % {"name": contact.name},
        text=_("Saved"),
        back=reverse("contact", args=[contact.pk]),
    )


@require_POST
def contact_delete(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact = _editable(request, contact_id)
    action = delete_contact(actor=current_user(request), contact=contact)
    text = _("Deleted %(name)s") % {"name": contact.name}
    return deleted(request, action=action, text=text, back=reverse("contacts"))


@require_http_methods(["GET", "POST"])
def contact_move(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The person works somewhere else now."""
    contact = _editable(request, contact_id)
    user = current_user(request)
    form = MoveForm(request.POST or None, user=user, contact=contact)
    made: list[Contact] = []

    def save() -> ActionLog | None:
        made.append(move_contact(actor=user, contact=contact, **form.cleaned_data))
        return newest_action(user)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("%(name)s works somewhere else") % {"name": contact.name},
        text=_("Moved; the history is on both accounts"),
        back=reverse("contact", args=[contact.pk]),
        url=lambda: reverse("contact", args=[made[0].pk]),
    )


@require_http_methods(["GET", "POST"])
def contact_consent(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What the person allows; each word is kept."""
    contact = _editable(request, contact_id)
    form = ConsentForm(request.POST or None)

    def save() -> None:
        set_consent(actor=current_user(request), contact=contact, **form.cleaned_data)

    return edit_page(
        request,
        form=form,
        save=save,
        heading=_("What %(name)s allows") % {"name": contact.name},
        text=_("Recorded"),
        back=reverse("contact", args=[contact.pk]),
    )
