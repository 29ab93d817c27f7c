"""Small marks: icon, badge, health, avatar, key cap, sparkline, bullet bar."""

import zlib

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from ui import charts, formats
from ui.assets import icon_address
from ui.html import attributes, classes
from ui.tones import TONE_WORDS, TONES, tone_of

register = Library()

Number = formats.Number


@register.simple_tag
def icon(name: str, label: str = "", size: str = "", class_: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration and hidden from screen readers.

    Raises:
        UnknownIcon: when no sprite has it.
    """
    names = classes("icon", "is-large" if size == "large" else "", class_)
    spoken = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html('<svg class="{}"{}><use href="{}"></use></svg>', names, spoken, icon_address(name))


@register.simple_tag
def badge(text: object, tone: str = "", icon: str = "", title: str = "") -> SafeString:
    """A short label; `tone` is one of the health scale or "accent"."""
    mark = globals()["icon"](icon) if icon else ""
    return format_html(
        '<span class="{}"{}>{}{}</span>', classes("badge", tone), attributes({"title": title}), mark, text
    )


def _move(delta: Number | None) -> SafeString:
    if delta is None:
        return SafeString("")
    rounded = round(delta)
    if rounded == 0:
        return format_html('<span class="move" title="{}">=</span>', gettext("no change"))
    arrow, words = ("▲", gettext("up %(n)s")) if rounded > 0 else ("▼", gettext("down %(n)s"))
    return format_html(
        '<span class="move"><span aria-hidden="true">{}{}</span><span class="sr-only"> {}</span></span>',
        arrow,
        formats.number(abs(rounded)),
        words % {"n": abs(rounded)},
    )


@register.simple_tag
def health(
    score: Number | None = None,
    delta: Number | None = None,
    *,
    state: str = "",
    tone: str = "",
    band: str = "",
    coverage: Number | None = None,
    size: str = "",
) -> SafeString:
    """A score as number, arrow and word.

    `state` is "scored", "hollow" (too little observed) or "unobserved" (no number); without it the score decides.
    `tone` and `band` (the word) come from the scorecard; without them the default bounds do. `coverage` is a share
    of 1. In tables the word is for screen readers and the title; `size="full"` or "large" writes it out.
    """
    if score is None or state == "unobserved":
        title = gettext("Too little is observed for a score")
        return format_html(
            '<span class="badge health is-unobserved{}" title="{}">{}</span>',
            " is-large" if size == "large" else "",
            title,
            gettext("unobserved"),
        )
    tone = tone or tone_of(float(score)) or TONES[0]
    word = band or TONE_WORDS[tone]
    is_hollow = state == "hollow"
    parts = [str(word)]
    if coverage is not None:
        parts.append(gettext("%(share)s observed") % {"share": formats.percent(coverage)})
    if is_hollow:
        parts.append(gettext("hollow: less than is needed to trust it"))
    names = classes("badge health", tone, "is-hollow" if is_hollow else "", "is-large" if size == "large" else "")
    spelled = format_html('<span class="{}">{}</span>', "word" if size in ("full", "large") else "sr-only", word)
    return format_html(
        '<span class="{}" title="{}">{} {} {}</span>', names, " · ".join(parts), round(score), _move(delta), spelled
    )


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """Initials on a ground that is always the same for a name; decoration beside the written name."""
    text = str(name or "")
    hue = zlib.crc32(text.encode()) % 6
    return format_html(
        '<span class="{}" aria-hidden="true">{}</span>',
        classes("avatar", f"hue-{hue}", "is-large" if size == "large" else ""),
        formats.initials(text),
    )


@register.simple_tag
def person(name: object, url: str = "") -> SafeString:
    """Avatar and name; an en dash for nobody."""
    if not name:
        return format_html('<span class="dim">{}</span>', formats.NOTHING)
    label = format_html('<a href="{}">{}</a>', url, name) if url else format_html("{}", name)
    return format_html('<span class="person">{}<span>{}</span></span>', avatar(name), label)


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """Key caps: `g a` are two pressed in turn."""
    caps = [format_html("<kbd>{}</kbd>", key) for key in keys.split()]
    return mark_safe(" ".join(caps))  # noqa: S308 each cap is escaped


@register.simple_tag
def spark(path: str | None, tone: str = "", label: str = "") -> SafeString:
    """A sparkline from a stored path string (see `charts.spark_path`)."""
    return charts.spark(path, tone=tone, label=label)


@register.simple_tag
def bullet(value: Number | None, goal: Number | None = None, tone: str | None = None, label: str = "") -> SafeString:
    """A bar from 0 to 100 with a tick at the goal."""
    return charts.bullet(value, goal=goal, tone=tone, label=label)


@register.simple_tag
def move(delta: Number | None) -> SafeString:
    """A change as arrow and number."""
    return _move(delta)
