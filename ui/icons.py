"""The icons in use, and the one sprite that carries them.

Names are those of lucide.dev. To use another icon add its name to `ICONS`; the sprite's budget is 5 KB compressed.
"""

import functools
import re
from html import escape

import lucide

ICONS: tuple[str, ...] = (
    "activity",
    "archive",
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "bell",
    "building-2",
    "calendar",
    "chart-column",
    "chart-line",
    "check",
    "check-check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevrons-up-down",
    "circle-alert",
    "circle-check",
    "circle-dashed",
    "circle-question-mark",
    "clipboard-list",
    "clock",
    "columns-3",
    "copy",
    "crown",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "file-text",
    "file-up",
    "flag",
    "funnel",
    "gauge",
    "git-merge",
    "globe",
    "graduation-cap",
    "handshake",
    "heart",
    "history",
    "house",
    "inbox",
    "info",
    "key",
    "lightbulb",
    "link",
    "list-checks",
    "lock",
    "log-out",
    "mail",
    "megaphone",
    "menu",
    "message-square",
    "minus",
    "moon",
    "panel-left",
    "panel-right",
    "paperclip",
    "pencil",
    "phone",
    "play",
    "plug",
    "plus",
    "quote",
    "receipt",
    "refresh-cw",
    "reply",
    "rocket",
    "route",
    "search",
    "send",
    "settings",
    "shield-check",
    "sliders-horizontal",
    "smile",
    "frown",
    "sparkles",
    "star",
    "sticky-note",
    "sun",
    "tag",
    "target",
    "thumbs-down",
    "thumbs-up",
    "ticket",
    "trash-2",
    "trending-down",
    "trending-up",
    "triangle-alert",
    "undo-2",
    "upload",
    "user",
    "user-plus",
    "users",
    "video",
    "webhook",
    "wifi-off",
    "x",
)

_KNOWN = frozenset(ICONS)


class UnknownIcon(Exception):
    """An icon is used that the sprite does not carry."""


def require_icon(name: str) -> str:
    """Return the name when the sprite carries it.

    Raises:
        UnknownIcon: with the cure, because a missing icon fails silently in the browser.
    """
    if name not in _KNOWN:
        raise UnknownIcon(f"The sprite has no icon {name!r}: add it to ICONS in ui/icons.py (names of lucide.dev).")
    return name


@functools.cache
def _symbol(name: str) -> str:
    """One icon as a symbol; lucide raises for names it does not know."""
    drawing = lucide._render_icon(name, None)
    inner = re.sub(r"^<svg[^>]*>|</svg>$", "", drawing, flags=re.DOTALL)
    inner = re.sub(r"\s+", " ", inner).replace(" />", "/>").replace("> <", "><").strip()
    return f'<symbol id="{escape(name)}" viewBox="0 0 24 24">{inner}</symbol>'


def sprite() -> str:
    """All icons as one SVG file; stroke and colour come from the page (`.icon` in 10-base.css)."""
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(map(_symbol, ICONS)) + "</svg>"
