"""Write keys: listed, made, shown, revoked."""

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from engagement.forms.events import SOURCE_TAKEN, WriteKeyForm
from engagement.http.event_lists import key_list
from engagement.models import WriteKey
from engagement.services.keys import make_write_key, revoke_write_key
from engagement.views.events import READERS, guide_of
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done, go_to, render_part, say
from ui.lists import build_list, list_response

CHANGED = "keys-changed"
admins_only = requires_role(Role.ADMIN)


@require_safe
@requires_role(*READERS)
def event_keys(request: HttpRequest) -> HttpResponseBase:
    """Keys that let programs send events."""
    is_admin = current_user(request).role == Role.ADMIN
    page = build_list(request, key_list(is_admin=is_admin), WriteKey.objects.select_related("created_by"))
    return list_response(request, "engagement/events/keys.html", page, {"is_admin": is_admin})


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def event_key_add(request: HttpRequest) -> HttpResponse:
    """A new key; the next page shows it with code to send from."""
    form = WriteKeyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                key = make_write_key(actor=current_user(request), **form.arguments())
        except IntegrityError:
            form.add_error("source", SOURCE_TAKEN)
        else:
            say(request, _("The key works from now on"))
            return go_to(request, reverse("event_key", args=[key.pk]))
    status = 422 if form.errors else 200
    return render_part(request, "engagement/events/key_add.html", "dialog", {"form": form}, status=status)


@require_safe
@admins_only
def event_key(request: HttpRequest, pk: int) -> HttpResponse:
    """The key's text and code to send with it. SECURITY: admins alone; kept by no cache."""
    key = get_object_or_404(WriteKey.objects.select_related("created_by"), pk=pk)
    context = {"key": key, "scopes": _scope_words(key), **guide_of(current_user(request), key)}
    response = render_part(request, "engagement/events/key.html", ("key", "dialog"), context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _scope_words(key: WriteKey) -> list[object]:
    return [label for value, label in WriteKey.Scope.choices if value in key.scopes]


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def event_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key for good, after asking: what still sends with it is refused."""
    key = get_object_or_404(WriteKey, pk=pk)
    if request.method != "POST":
        return render_part(request, "engagement/events/key_revoke.html", "dialog", {"key": key})
    revoke_write_key(key=key)
    return done(request, reverse("event_keys"), _("The key is revoked"), event=CHANGED)
