"""What holds content: cards, dialogs, banners, states, rows, timelines."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from ui import formats
from ui.components.actions import button, icon_button
from ui.components.marks import icon as icon_mark
from ui.components.times import time_mark
from ui.html import attributes, classes

register = Library()

EMPTY = SafeString("")


@register.simple_block_tag(end_name="endcard")
def card(
    content: str,
    title: object = "",
    note: object = "",
    *,
    id: str = "",
    flush: bool = False,
    foot: object = "",
    level: int = 2,
    **extra: Any,
) -> SafeString:
    """A box with a title; `note` stands right in the head, `foot` below a hairline, `flush` drops the padding."""
    end = format_html('<span class="end">{}</span>', note) if note else EMPTY
    head = (
        format_html('<header class="card-head"><h{}>{}</h{}>{}</header>', level, title, level, end) if title else EMPTY
    )
    tail = format_html('<footer class="card-foot">{}</footer>', foot) if foot else EMPTY
    names = classes("card", "is-flush" if flush else "", extra.pop("class_", ""))
    return format_html(
        '<section class="{}"{}>{}{}{}</section>', names, attributes({"id": id, **extra}), head, content, tail
    )


@register.simple_block_tag(end_name="endsection")
def section(content: str, title: object, note: object = "", id: str = "", level: int = 2) -> SafeString:
    """A titled part of a page without a box."""
    return format_html(
        '<section class="stack is-tight"{}><header class="section-head"><h{}>{}</h{}>'
        '<span class="end">{}</span></header>{}</section>',
        attributes({"id": id}),
        level,
        title,
        level,
        note,
        content,
    )


def _dialog_head(title: object, close: bool = True) -> SafeString:
    x = icon_button("x", gettext("Close"), data_close=True) if close else EMPTY
    return format_html(
        '<div class="dialog-head"><h2 id="dialog-title">{}</h2><span class="end">{}</span></div>', title, x
    )


@register.simple_block_tag(end_name="enddialog")
def dialog(content: str, id: str, title: object, kind: str = "") -> SafeString:
    """A `<dialog>` of the page itself, opened by any button with `command="show-modal" commandfor=id`.

    `kind`: wide, drawer. Content: `{% dialog_body %}` and `{% dialog_foot %}`, or a form holding both.
    """
    head = format_html(
        '<div class="dialog-head"><h2 id="{}-title">{}</h2><span class="end">{}</span></div>',
        id,
        title,
        icon_button("x", gettext("Close"), data_close=True),
    )
    names = {"drawer": "drawer", "wide": "is-wide"}.get(kind, "")
    return format_html(
        '<dialog id="{}" class="{}" aria-labelledby="{}-title" closedby="any">{}{}</dialog>',
        id,
        names,
        id,
        head,
        content,
    )


@register.simple_block_tag(end_name="enddialog_frame")
def dialog_frame(content: str, title: object) -> SafeString:
    """The inside of the shared dialog or drawer: what a view answers to `hx-target="#dialog"` or `#drawer`."""
    return format_html("{}{}", _dialog_head(title), content)


@register.simple_block_tag(end_name="enddialog_body")
def dialog_body(content: str) -> SafeString:
    """The padded middle of a dialog."""
    return format_html('<div class="dialog-body">{}</div>', content)


@register.simple_block_tag(end_name="enddialog_foot")
def dialog_foot(content: str, cancel: bool = True) -> SafeString:
    """The buttons of a dialog, primary last; Cancel comes with it."""
    return format_html(
        '<footer class="dialog-foot">{}{}</footer>',
        button(gettext("Cancel"), kind="ghost", data_close=True) if cancel else EMPTY,
        content,
    )


@register.simple_block_tag(end_name="endpeek_frame")
def peek_frame(content: str, title: object, href: str = "") -> SafeString:
    """The inside of the right pane: what a view answers to `hx-target="#peek"`; `href` is the thing's whole page."""
    link = icon_button("external-link", gettext("Open"), href=href, key="o") if href else EMPTY
    return format_html(
        '<header class="pane-head"><h2 class="clip">{}</h2><span class="end">{}{}</span></header>{}',
        title,
        link,
        icon_button("x", gettext("Close"), data_close=True),
        content,
    )


@register.simple_block_tag(end_name="endbanner")
def banner(content: str, tone: str = "", icon: str = "") -> SafeString:
    """A message in the flow of the page. Tone: critical, watch, good, great, or none."""
    names = {"critical": "circle-alert", "watch": "triangle-alert", "good": "circle-check", "great": "info"}
    role = "alert" if tone == "critical" else "status"
    return format_html(
        '<div class="{}" role="{}">{}<div class="body">{}</div></div>',
        classes("banner", tone),
        role,
        icon_mark(icon or names.get(tone, "info")),
        content,
    )


@register.simple_block_tag(end_name="endempty_state")
def empty_state(content: str, title: object, icon: str = "inbox", small: bool = False) -> SafeString:
    """An empty state with anything inside (`{% empty %}` is the short form)."""
    return format_html(
        '<div class="{}">{}<p class="title">{}</p>{}</div>',
        classes("empty", "is-small" if small else ""),
        icon_mark(icon),
        title,
        content,
    )


@register.simple_tag
def empty(
    title: object,
    text: object = "",
    *,
    href: str = "",
    action: object = "",
    icon: str = "inbox",
    small: bool = False,
    **extra: Any,
) -> SafeString:
    """Nothing here: a sentence, why, and the one thing to do about it."""
    inner = format_html("<p>{}</p>", text) if text else EMPTY
    act = button(action, href=href, kind="" if small else "primary", **extra) if action else EMPTY
    return format_html(
        '<div class="{}">{}<p class="title">{}</p>{}{}</div>',
        classes("empty", "is-small" if small else ""),
        icon_mark(icon),
        title,
        inner,
        act,
    )


@register.simple_tag
def error_state(title: object = "", text: object = "", href: str = "", request_id: str = "") -> SafeString:
    """Something failed here: what stays true, a way to try again, the number to quote."""
    retry = button(gettext("Try again"), href=href, icon="refresh-cw") if href else EMPTY
    quote = (
        format_html('<p class="dim small">{} <code>{}</code></p>', gettext("Request"), request_id)
        if request_id
        else EMPTY
    )
    return format_html(
        '<div class="empty" role="alert">{}<p class="title">{}</p><p>{}</p>{}{}</div>',
        icon_mark("triangle-alert"),
        title or gettext("This part could not be loaded"),
        text or gettext("Nothing was changed. The rest of the page still works."),
        retry,
        quote,
    )


@register.simple_tag
def skeleton(lines: int = 3) -> SafeString:
    """Grey lines while a slow part loads for the first time."""
    return format_html(
        '<div class="skeleton" role="status"><b class="sr-only">{}</b>{}</div>',
        gettext("Loading"),
        mark_safe("<span></span>" * int(lines)),  # noqa: S308 a number of constants
    )


@register.simple_tag
def progress(
    done: int, total: int, label: object, *, poll: str = "", id: str = "progress", message: object = "", every: int = 2
) -> SafeString:
    """Long work: a bar with its words. With `poll` it asks that URL again until the answer comes without `poll`.

    The answer to the poll is the same component, or the finished state; polling stops when it has no `poll`.
    """
    share = f"{formats.number(done)} / {formats.number(total)}" if total else ""
    again = (
        {"hx_get": poll, "hx_trigger": f"every {int(every)}s", "hx_swap": "outerHTML", "hx_target": f"#{id}"}
        if poll
        else {}
    )
    return format_html(
        '<div class="progress" id="{}"{}>'
        '<div class="row"><span>{}</span><span class="push muted figures">{}</span></div>'
        '<progress max="{}" value="{}" aria-label="{}">{}</progress><span class="hint" role="status">{}</span></div>',
        id,
        attributes(again),
        label,
        share,
        total or 1,
        done,
        label,
        share,
        message,
    )


@register.simple_tag
def kpi(
    name: object, value: object, note: object = "", *, tone: str = "", href: str = "", title: str = ""
) -> SafeString:
    """A number that matters, with its change or context; `href` opens the list behind it."""
    inner = format_html(
        '<span class="name">{}</span><span class="value">{}</span><span class="note"><span class="{}">{}</span></span>',
        name,
        value,
        tone,
        note,
    )
    if href:
        return format_html('<a class="card kpi" href="{}"{}>{}</a>', href, attributes({"title": title}), inner)
    return format_html('<div class="card kpi"{}>{}</div>', attributes({"title": title}), inner)


@register.simple_tag
def crumbs(*parts: object) -> SafeString:
    """The way here: label, url, label, url, ... the last may be a label alone."""
    pairs = [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]
    items = format_html_join(
        "",
        "<li>{}{}</li>",
        (
            (
                format_html('<a href="{}">{}</a>', url, label)
                if url
                else format_html('<span aria-current="page">{}</span>', label),
                icon_mark("chevron-right") if url else "",
            )
            for label, url in pairs
        ),
    )
    return format_html('<nav aria-label="{}"><ol class="crumbs">{}</ol></nav>', gettext("Breadcrumb"), items)


@register.simple_tag
def steps(labels: Sequence[object], current: int) -> SafeString:
    """Where one is in a wizard; `current` counts from 1."""
    items = []
    for number, label in enumerate(labels, start=1):
        is_done = number < current
        dot = icon_mark("check") if is_done else str(number)
        items.append(
            format_html(
                '<li class="{}"{}><span class="dot">{}</span>{}{}</li>',
                "is-done" if is_done else "",
                attributes({"aria_current": "step" if number == current else None}),
                dot,
                label,
                format_html('<span class="sr-only"> {}</span>', gettext("done")) if is_done else "",
            )
        )
    return format_html('<ol class="steps">{}</ol>', format_html_join("", "{}", ((item,) for item in items)))


@register.simple_tag
def pager(next_url: str = "", previous_url: str = "") -> SafeString:
    """Newer and older; keyset lists have no page numbers."""
    if not next_url and not previous_url:
        return EMPTY
    back = button(gettext("Previous"), href=previous_url, icon="chevron-left") if previous_url else EMPTY
    on = button(gettext("Next"), href=next_url, icon="chevron-right") if next_url else EMPTY
    return format_html('<nav class="pager" aria-label="{}">{}{}</nav>', gettext("Pages"), back, on)


@register.simple_block_tag(end_name="endtimeline")
def timeline(content: str, label: str = "") -> SafeString:
    """What happened, newest first, of `{% timeline_item %}`."""
    return format_html('<ol class="timeline"{}>{}</ol>', attributes({"aria_label": label}), content)


@register.simple_block_tag(end_name="endtimeline_item")
def timeline_item(
    content: str, kind: object, at: dt.datetime | None = None, *, tone: str = "", who: object = "", id: str = ""
) -> SafeString:
    """One thing that happened: the kind in bold, the words, then who and when. Tone: critical, good, accent."""
    from_whom = format_html("<span>{}</span>", who) if who else EMPTY
    when = time_mark(at) if at else EMPTY
    return format_html(
        '<li{}><div><strong>{}</strong> {}</div><div class="meta">{}{}</div></li>',
        attributes({"class_": f"is-{tone}" if tone else "", "id": id}),
        kind,
        content,
        from_whom,
        when,
    )


@register.simple_tag
def facts(pairs: Iterable[tuple[object, object]], strip: bool = False) -> SafeString:
    """Names and values: a two-column list, or one line across (`strip=True`)."""
    if strip:
        inner = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", pairs)
        return format_html('<dl class="strip">{}</dl>', inner)
    return format_html('<dl class="facts">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", pairs))
