"""What people press: buttons, chips, tabs, menus."""

from typing import Any

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ui.components.marks import icon as icon_mark
from ui.components.marks import kbd
from ui.html import attributes, classes

register = Library()


def _pressable(
    inner: SafeString | str, names: str, *, href: str, type_: str, disabled: bool, extra: dict[str, Any]
) -> SafeString:
    if href and not disabled:
        return format_html('<a class="{}" href="{}"{}>{}</a>', names, href, attributes(extra), inner)
    return format_html(
        '<button class="{}" type="{}"{}{}>{}</button>',
        names,
        type_,
        attributes({"disabled": disabled}),
        attributes(extra),
        inner,
    )


@register.simple_tag
def button(
    label: object,
    href: str = "",
    kind: str = "",
    *,
    icon: str = "",
    key: str = "",
    type: str = "button",
    small: bool = False,
    disabled: bool = False,
    reason: str = "",
    show_key: bool = False,
    class_: str = "",
    **extra: Any,
) -> SafeString:
    """A button, or a link that looks like one when it has `href`.

    `kind`: primary, ghost, danger. `key` is its shortcut ("l", "g a"). Further keywords become attributes
    (`hx_get=`, `hx_target=`, `popovertarget=`, `command=`, `commandfor=`). `reason` says why it is disabled.
    """
    names = classes("button", f"is-{kind}" if kind else "", "is-small" if small else "", class_)
    inner = format_html(
        "{}<span>{}</span>{}", icon_mark(icon) if icon else "", label, kbd(key.upper()) if key and show_key else ""
    )
    extra.setdefault("title", reason or (gettext("Shortcut: %(key)s") % {"key": key.upper()} if key else ""))
    if key:
        extra["data_key"] = key
    return _pressable(inner, names, href=href, type_=type, disabled=disabled or bool(reason), extra=extra)


@register.simple_tag
def icon_button(
    icon: str, label: str, href: str = "", *, key: str = "", type: str = "button", kind: str = "ghost", **extra: Any
) -> SafeString:
    """A square button with an icon alone; the label is its name for everybody who cannot see it, and its tooltip."""
    names = classes("button is-icon", f"is-{kind}" if kind else "", extra.pop("class_", ""))
    shown = f"{label} ({key.upper()})" if key else label
    extra |= {"aria_label": label, "title": shown}
    if key:
        extra["data_key"] = key
    disabled = bool(extra.pop("disabled", False))
    return _pressable(icon_mark(icon), names, href=href, type_=type, disabled=disabled, extra=extra)


@register.simple_tag
def chip(
    label: object, value: object = "", href: str = "", current: bool = False, icon: str = "", **extra: Any
) -> SafeString:
    """A pill: a filter ("Owner" is "me") or a choice among several; a link when it has `href`."""
    inner = format_html(
        "{}<b>{}</b>{}", icon_mark(icon) if icon else "", label, format_html(" {}", value) if value else ""
    )
    if href:
        extra["aria_current"] = "true" if current else None
        return format_html('<a class="chip" href="{}"{}>{}</a>', href, attributes(extra), inner)
    if extra:
        return format_html('<button type="button" class="chip"{}>{}</button>', attributes(extra), inner)
    return format_html('<span class="chip">{}</span>', inner)


@register.simple_tag
def tab(
    label: object, href: str, current: bool = False, count: int | None = None, key: str = "", **extra: Any
) -> SafeString:
    """One view tab of the top bar; put several into `{% tabs %}`."""
    if key:
        extra |= {"data_key": key}
    extra["aria_current"] = "page" if current else None
    tail = format_html(' <span class="count">{}</span>', count) if count is not None else ""
    return format_html('<a class="tab" href="{}"{}>{}{}</a>', href, attributes(extra), label, tail)


@register.simple_block_tag(end_name="endtabs")
def tabs(content: str, label: str = "") -> SafeString:
    """A row of `{% tab %}` links."""
    return format_html('<nav class="tabs" aria-label="{}">{}</nav>', label or gettext("Views"), content)


@register.simple_block_tag(end_name="endmenu")
def menu(
    content: str,
    id: str,
    label: str = "",
    *,
    icon: str = "",
    kind: str = "",
    end: bool = False,
    key: str = "",
    bare: bool = False,
) -> SafeString:
    """A button that opens a popover of `{% menu_item %}`; with `icon` and no visible text pass `bare=True`."""
    opener = (
        icon_button(icon or "ellipsis", label or gettext("More"), key=key, kind=kind or "ghost", popovertarget=id)
        if bare
        else button(label, icon=icon, kind=kind, key=key, popovertarget=id)
    )
    names = classes("menu", "is-end" if end else "")
    return format_html('{}<div class="{}" id="{}" popover data-menu>{}</div>', opener, names, id, content)


@register.simple_tag
def menu_item(
    label: object, href: str = "", icon: str = "", key: str = "", type: str = "button", **extra: Any
) -> SafeString:
    """One row of a menu: a link, or a button."""
    names = classes("menu-item", "is-danger" if extra.pop("danger", False) else "")
    checked = extra.pop("checked", None)
    if checked is not None:
        extra |= (
            {"aria_current": "true" if checked else None} if href else {"aria_pressed": "true" if checked else "false"}
        )
    if key:
        extra["data_key"] = key
    inner = format_html("{}<span>{}</span>{}", icon_mark(icon) if icon else "", label, kbd(key.upper()) if key else "")
    return _pressable(inner, names, href=href, type_=type, disabled=bool(extra.pop("disabled", False)), extra=extra)


@register.simple_block_tag(end_name="endpopover")
def popover(content: str, id: str, end: bool = False) -> SafeString:
    """A panel that any element with `popovertarget` opens (a small form, an explanation)."""
    return format_html(
        '<div class="{}" id="{}" popover>{}</div>', classes("is-panel", "is-end" if end else ""), id, content
    )
