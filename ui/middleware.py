"""Headers and redirects that every page and fragment needs."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_cache_control, patch_vary_headers

from ui.http import FRAGMENT_HEADERS, current_path, wants_part


class FragmentMiddleware:
    """Keeps fragments and pages apart in caches; an expired session goes to the log-in page, not into a table cell.

    Stands below HtmxMiddleware and above the authentication middlewares.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, FRAGMENT_HEADERS)
            if "Cache-Control" not in response.headers:
                # Not no-store: that would cost the browser's back-forward cache.
                patch_cache_control(response, private=True, no_cache=True)
        if wants_part(request) and response.status_code in (301, 302, 303):
            return self._instead_of_redirect(request, response)
        return response

    def _instead_of_redirect(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        target = response.headers["Location"]
        login = resolve_url(settings.LOGIN_URL)
        if urlsplit(target).path != login:
            return response
        # The person comes back to the page, not to the fragment.
        address = f"{login}?{urlencode({'next': current_path(request)})}"
        answer = HttpResponse(status=204, headers={"HX-Redirect": address})
        answer.cookies.update(response.cookies)
        patch_vary_headers(answer, FRAGMENT_HEADERS)
        return answer
