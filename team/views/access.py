"""Joining by invitation. Log-in, log-out and passwords are allauth's views (`team/urls.py` lists those in use)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from team.forms.access import JoinForm
from team.http.access import posted
from team.selectors.install import read_install
from team.services.invitations import InvitationGone, accept_invitation, find_invitation


@require_safe
@login_not_required
def signup(request: HttpRequest) -> HttpResponse:
    """Nobody signs up; allauth's log-in page asks for the address of this page."""
    raise Http404


@require_safe
def mfa_index(request: HttpRequest) -> HttpResponse:
    """Where allauth sends people after a change of their second factor."""
    return redirect("security")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_not_required
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the mailed link; opening it (a mail scanner does) uses nothing up."""
    context: dict[str, object] = {"company": read_install().company}
    try:
        invitation = find_invitation(token)
        form = JoinForm(posted(request), email=invitation.email, initial={"name": invitation.name})
        context |= {"invitation": invitation, "form": form}
        if request.method == "POST" and form.is_valid():
            accept_invitation(secret=token, name=form.cleaned_data["name"], password=form.cleaned_data["password"])
            messages.success(request, _("Welcome. Sign in with your address and new password."))
            return redirect("account_login")
    except InvitationGone:
        return render(request, "team/join_gone.html", context, status=410)
    return render(request, "team/join.html", context, status=422 if form.is_bound else 200)
