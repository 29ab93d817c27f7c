"""What the frame around every page needs, made only when a template asks for it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import get_language, get_language_bidi

from ui.hooks import hook
from ui.navigation import PHONE_ENTRIES, Creation, Entry, creations_for, entries_for

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
SIDE_COOKIE = "side"
PANE_COOKIE = "pane"


def url_or_none(name: str | None) -> str | None:
    """The address of a URL name, or None while no app has it."""
    if not name:
        return None
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


@dataclass
class Shell:
    """The frame's own facts; each is computed at most once a request."""

    request: HttpRequest

    @property
    def user(self) -> Any:
        return getattr(self.request, "user", None)

    @cached_property
    def theme(self) -> str:
        """The cookie is this device's choice, the profile the person's; both are known before the first byte."""
        chosen = self.request.COOKIES.get(THEME_COOKIE) or getattr(self.user, "theme", "")
        return chosen if chosen in THEMES else "system"

    @property
    def density(self) -> str:
        return "compact" if getattr(self.user, "is_dense", True) else "cozy"

    @property
    def keys(self) -> str:
        return "on" if getattr(self.user, "has_shortcuts", True) else "off"

    @property
    def side(self) -> str:
        return "folded" if self.request.COOKIES.get(SIDE_COOKIE) == "folded" else "open"

    @property
    def pane(self) -> str:
        return "closed" if self.request.COOKIES.get(PANE_COOKIE) == "closed" else "open"

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def direction(self) -> str:
        return "rtl" if get_language_bidi() else "ltr"

    @cached_property
    def brand(self) -> str:
        found = hook("UI_BRAND")
        return found(self.request) if found else "Perennial"

    @cached_property
    def entries(self) -> list[Entry]:
        return entries_for(self.request)

    @property
    def main_entries(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.is_foot]

    @property
    def foot_entries(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.is_foot]

    @property
    def phone_entries(self) -> list[Entry]:
        return self.main_entries[:PHONE_ENTRIES]

    @cached_property
    def creations(self) -> list[Creation]:
        return creations_for(self.request)

    @cached_property
    def views(self) -> list[Any]:
        found = hook("UI_VIEWS")
        return list(found(self.user)) if found and self.user and self.user.is_authenticated else []

    @property
    def palette_index(self) -> str | None:
        """JSON of the user's own book and commands (see `ui/README.md`), kept by the browser."""
        return url_or_none(getattr(settings, "UI_PALETTE_INDEX", None))

    @property
    def palette_search(self) -> str | None:
        """JSON of the same shape for `?q=`, over everything the user may see."""
        return url_or_none(getattr(settings, "UI_PALETTE_SEARCH", None))

    @property
    def profile_url(self) -> str | None:
        return url_or_none(getattr(settings, "UI_PROFILE_URL", "profile"))

    @property
    def logout_url(self) -> str | None:
        return url_or_none(getattr(settings, "UI_LOGOUT_URL", "logout"))

    @property
    def undo_url(self) -> str | None:
        """POST here undoes the user's last change (`U`)."""
        return url_or_none(getattr(settings, "UI_UNDO_URL", None))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` costs nothing until a page's frame reads it."""
    return {"shell": SimpleLazyObject(lambda: Shell(request))}
