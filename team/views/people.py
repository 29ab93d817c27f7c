"""People, for admins: invite, role, shut out, let in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.forms.settings import InviteForm, PersonForm, RoleForm
from team.http.access import current_user, posted, requires_role
from team.models import ApiKey, Role, StaffInvitation, User
from team.selectors.install import has_mfa
from team.selectors.people import list_invitations, list_people
from team.services.invitations import CannotInvite, invite_person, send_again, withdraw_invitation
from team.services.people import (
    CannotChange,
    change_role,
    deactivate_person,
    edit_person,
    reactivate_person,
    reset_mfa,
)
from ui.http import say

admins_only = requires_role(Role.ADMIN)


@require_safe
@admins_only
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, and who was invited."""
    context = {"section": "people", "people": list_people(), "invitations": list_invitations()}
    return render(request, "team/settings/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def person_invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            invite_person(actor=current_user(request), **form.cleaned_data)
            say(request, _("Invited %(email)s") % {"email": form.cleaned_data["email"]})
            return redirect("people")
        except CannotInvite as error:
            form.add_error("email", str(error))
    context = {"section": "people", "form": form}
    return render(request, "team/settings/person_invite.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: what an admin keeps, the role, the access."""
    someone = get_object_or_404(User, pk=pk)
    initial = {"name": someone.name, "title": someone.title, "departments": someone.departments.all()}
    form = PersonForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        edit_person(actor=current_user(request), person=someone, **form.cleaned_data)
        say(request, _("Saved"))
        return redirect("person", pk=pk)
    context = {
        "section": "people",
        "person": someone,
        "form": form,
        "role_form": RoleForm(initial={"role": someone.role}),
        "has_factor": has_mfa(someone),
        "keys": ApiKey.objects.live().filter(owner=someone),
        "is_me": someone == request.user,
    }
    return render(request, "team/settings/person.html", context, status=422 if form.is_bound else 200)


@require_POST
@admins_only
def person_role(request: HttpRequest, pk: int) -> HttpResponse:
    someone, form = get_object_or_404(User, pk=pk), RoleForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        action = change_role(actor=current_user(request), person=someone, role=form.cleaned_data["role"])
        if action:
            say(request, _("Role changed. They have to sign in again."), undo=reverse("undo", args=[action.pk]))
    except CannotChange as error:
        say(request, str(error), is_bad=True)
    return redirect("person", pk=pk)


@require_POST
@admins_only
def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    try:
        action = deactivate_person(actor=current_user(request), person=someone)
        if action:
            say(request, _("%(name)s is out.") % {"name": someone}, undo=reverse("undo", args=[action.pk]))
    except CannotChange as error:
        say(request, str(error), is_bad=True)
    return redirect("person", pk=pk)


@require_POST
@admins_only
def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    if reactivate_person(actor=current_user(request), person=someone):
        say(request, _("%(name)s can sign in again.") % {"name": someone})
    return redirect("person", pk=pk)


@require_POST
@admins_only
def person_reset_mfa(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    if reset_mfa(actor=current_user(request), person=someone):
        say(request, _("The second factor is off. %(name)s sees a notice about it.") % {"name": someone})
    return redirect("person", pk=pk)


@require_POST
@admins_only
def invitation_again(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(StaffInvitation.objects.open(), pk=pk)
    try:
        send_again(actor=current_user(request), invitation=invitation)
        say(request, _("Sent again; the old link stopped working."))
    except CannotInvite as error:
        say(request, str(error), is_bad=True)
    return redirect("people")


@require_POST
@admins_only
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    withdraw_invitation(invitation=get_object_or_404(StaffInvitation.objects.open(), pk=pk))
    say(request, _("Withdrawn; the link stopped working."))
    return redirect("people")
