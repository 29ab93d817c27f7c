"""The web process's door."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.middleware.security import SecurityMiddleware
from django.urls import reverse

from config.celery import app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
EVENTS = "/v1/"


class EventHandler(WSGIHandler):
    """For programs that send events: no session, no language, no person; of the middleware only that for TLS."""

    def load_middleware(self, is_async: bool = False) -> None:
        """In place of settings.MIDDLEWARE."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        inner = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        self._middleware_chain = convert_exception_to_response(SecurityMiddleware(inner))


class Door:
    """Events take their own way; everything else goes through the whole house."""

    def __init__(self) -> None:
        self.pages = get_wsgi_application()
        self.events = EventHandler()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        handler = self.events if path.startswith(EVENTS) else self.pages
        return handler(environ, start_response)


application = Door()
# Before the processes part: or the first request of each waits until all pages are loaded, and the first one that
# rings a bell half a second for it.
reverse("today")
app.finalize()
