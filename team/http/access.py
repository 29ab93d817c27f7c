"""Doors of views: who gets in by role. Everybody else gets 404, as if the page were not there."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict

from team.models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def current_user(request: HttpRequest) -> User:
    """The signed-in person, typed; only for views behind the log-in."""
    return cast(User, request.user)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the sent fields of a POST, also when there are none; None for a GET."""
    return request.POST if request.method == "POST" else None


def requires_role(*roles: str) -> Callable[[View[P]], View[P]]:
    """Let only these roles in: `@requires_role(Role.ADMIN)`. Stands below the method decorator; 404 for others."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            # SECURITY: an anonymous visitor has no role; LoginRequiredMiddleware sends them to the log-in before.
            if getattr(request.user, "role", None) not in roles:
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def requires_editor(view: View[P]) -> View[P]:
    """Let in those who may change facts about accounts (admins, managers, CSMs); 404 for others.

    Which accounts they may change is another question: `Account.objects.editable_by(user)`.
    """
    return requires_role(Role.ADMIN, Role.MANAGER, Role.CSM)(view)
