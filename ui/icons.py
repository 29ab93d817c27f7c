"""The icons in use, and the two sprites that carry them.

Names are those of lucide.dev. To use another icon add its name to `ICONS` when the frame or a page of every day shows
it, else to `RARE_ICONS`: that sprite is fetched by those pages alone that show one of its icons. Each has a budget of
5 KB compressed.
"""

import functools
import re
from html import escape

import lucide

ICONS: tuple[str, ...] = (
    "activity",
    "arrow-down",
    "arrow-right",
    "arrow-up",
    "bell",
    "building-2",
    "calendar",
    "check",
    "check-check",
    "chevron-left",
    "chevron-right",
    "circle-alert",
    "circle-check",
    "circle-dashed",
    "circle-question-mark",
    "clipboard-list",
    "clock",
    "download",
    "ellipsis",
    "external-link",
    "file-text",
    "file-up",
    "flag",
    "funnel",
    "git-merge",
    "globe",
    "graduation-cap",
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
    "moon",
    "panel-left",
    "paperclip",
    "pencil",
    "phone",
    "play",
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
    "sparkles",
    "star",
    "sticky-note",
    "sun",
    "tag",
    "target",
    "ticket",
    "trash-2",
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

RARE_ICONS: tuple[str, ...] = (
    "archive",
    "arrow-left",
    "banknote",
    "book-open",
    "calendar-check",
    "calendar-days",
    "chart-column",
    "chart-line",
    "chevron-down",
    "chevrons-up-down",
    "circle-dot",
    "circle-x",
    "columns-3",
    "copy",
    "crown",
    "eye",
    "file-down",
    "folder",
    "frown",
    "gauge",
    "git-branch",
    "hand",
    "handshake",
    "heart",
    "layers",
    "library",
    "list-todo",
    "mails",
    "map",
    "minus",
    "panel-right",
    "pause",
    "percent",
    "plug",
    "presentation",
    "repeat",
    "share-2",
    "shuffle",
    "split",
    "thumbs-down",
    "thumbs-up",
    "trending-down",
    "users-round",
    "wallet",
)

SPRITES = {"icons.svg": ICONS, "icons-rare.svg": RARE_ICONS}

_SPRITE_OF = {name: sprite for sprite, names in SPRITES.items() for name in names}


class UnknownIcon(Exception):
    """An icon is used that no sprite carries."""


def sprite_of(name: str) -> str:
    """File name of the sprite that carries the icon.

    Raises:
        UnknownIcon: with the cure, because a missing icon fails silently in the browser.
    """
    try:
        return _SPRITE_OF[name]
    except KeyError:
        message = f"No sprite has an icon {name!r}: add it to RARE_ICONS in ui/icons.py (names of lucide.dev)."
        raise UnknownIcon(message) from None


@functools.cache
def _symbol(name: str) -> str:
    """One icon as a symbol; lucide raises for names it does not know."""
    drawing = lucide._render_icon(name, None)
    inner = re.sub(r"^<svg[^>]*>|</svg>$", "", drawing, flags=re.DOTALL)
    inner = re.sub(r"\s+", " ", inner).replace(" />", "/>").replace("> <", "><").strip()
    return f'<symbol id="{escape(name)}" viewBox="0 0 24 24">{inner}</symbol>'


def sprite(names: tuple[str, ...] = ICONS) -> str:
    """The icons as one SVG file; stroke and colour come from the page (`.icon` in 10-base.css)."""
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(map(_symbol, names)) + "</svg>"
