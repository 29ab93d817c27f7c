"""Addresses of merged accounts lead to the account that was kept."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import Account
from accounts.selectors.merges import survivor_id

_PAGE = re.compile(r"/accounts/(\d{1,18})(/.*)\Z")


class MergedAccountMiddleware:
    """A page of an account that is not found is looked for at the account that it was merged into.

    Here and not in the views, because pages of every app stand under /accounts/<id>/. A page that is found costs
    nothing. Stands below AuthenticationMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.NOT_FOUND or request.method not in {"GET", "HEAD"}:
            return response
        page = _PAGE.match(request.path)
        if page is None or not request.user.is_authenticated:
            return response
        kept = survivor_id(Account, int(page[1]))
        # SECURITY: who does not see the kept account does not learn that it exists.
        if kept is None or not Account.objects.visible_to(request.user).filter(pk=kept).exists():
            return response
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponseRedirect(f"/accounts/{kept}{page[2]}{query}")
