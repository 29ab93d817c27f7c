"""What this app asks of the apps above it, by dotted paths in settings; each has a default, so that it stands alone.

| setting | call | default |
|---|---|---|
| `UI_NOW`, `UI_TODAY` | `() -> datetime`, `() -> date` | the real clock |
| `UI_BRAND` | `(request) -> str`, the vendor's name in the sidebar | "Perennial" |
| `UI_VIEWS` | `(user) -> iterable` of objects with `label`, `url`, `count`, for the sidebar | none |
| `UI_CURRENCY` | `() -> str`, the currency of sums without one | "USD" |
| `UI_SAVE_THEME` | `(user, theme) -> None`, keeps the choice in the profile | the cookie alone |
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


def hook(name: str) -> Callable[..., Any] | None:
    """The function that a setting names, or None when the setting is empty."""
    path = getattr(settings, name, None)
    if not path:
        return None
    function: Callable[..., Any] = import_string(path) if isinstance(path, str) else path
    return function


def now() -> dt.datetime:
    found = hook("UI_NOW")
    return found() if found else timezone.now()


def today() -> dt.date:
    found = hook("UI_TODAY")
    return found() if found else timezone.localdate()


def default_currency() -> str:
    found = hook("UI_CURRENCY")
    return found() if found else "USD"
