"""Cells of the feedback inbox."""

from collections.abc import Callable

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from team.models import User
from ui import formats
from ui.components.actions import icon_button
from ui.components.marks import badge
from ui.components.times import relative_time
from ui.lists.cells import BLANK
from voc.models import Feedback
from voc.selectors.quotes import author_for, quote_for

Cell = Callable[[Feedback], object]
SHOWN = 280
LABELS = {
    Feedback.Label.NEGATIVE: "critical",
    Feedback.Label.POSITIVE: "good",
    Feedback.Label.MIXED: "watch",
}


def words_cell(user: User) -> Cell:
    """What was said; on phones, where those columns leave, with whose it is and since when it waits."""

    def cell(feedback: Feedback) -> SafeString:
        words = " ".join(quote_for(user, feedback).split())
        return format_html(
            '<a class="said" href="{}" lang="{}">{}</a><span class="is-phone clip muted small">{} · {}</span>',
            reverse("feedback_page", args=[feedback.pk]),
            feedback.language,
            words[:SHOWN] or _("(erased)"),
            feedback.account.name if feedback.account else author_for(user, feedback) or formats.NOTHING,
            relative_time(feedback.received_at),
        )

    return cell


def author_cell(user: User) -> Cell:
    """Who said it."""
    return lambda feedback: author_for(user, feedback) or BLANK


def label_badge(feedback: Feedback) -> SafeString:
    """The mood in words, mixed and not rated among them."""
    if feedback.understood_at is None:
        return badge(_("being read"))
    if feedback.is_mixed:
        return badge(_("mixed"), tone="watch", title=_("Words and score disagree"))
    if feedback.label == Feedback.Label.UNRATED and feedback.sentiment is not None:
        return _by_number(float(feedback.sentiment))
    return badge(str(feedback.get_label_display()).lower(), tone=LABELS.get(Feedback.Label(feedback.label), ""))


def _by_number(value: float) -> SafeString:
    if abs(value) < WEAK:
        return badge(_("neutral"))
    return badge(_("positive"), tone="good") if value > 0 else badge(_("negative"), tone="critical")


WEAK = 0.2


def themes_cell(feedback: Feedback) -> object:
    """What it is about."""
    tags = sorted(feedback.tags.all(), key=lambda tag: (not tag.is_by_person, tag.pk))
    return format_html_join(" ", "{}", ((badge(tag.theme.name),) for tag in tags[:2])) if tags else BLANK


def theme_words(feedback: Feedback) -> str:
    """All themes, for a file."""
    return ", ".join(tag.theme.name for tag in feedback.tags.all())


def actions_cell(feedback: Feedback) -> SafeString:
    """Send to a department (R), looked at (E); for what went its way, where it is."""
    if getattr(feedback, "is_routed", False):
        return badge(_("in a queue"))
    if feedback.duplicate_of_id is not None:
        return badge(_("said before"), title=_("It counts as a mention"))
    route = reverse("feedback_route", args=[feedback.pk])
    send = SafeString("")
    if feedback.account_id is not None:
        send = icon_button(
            "arrow-right", _("Send to a department"), href=route, key="r", hx_get=route, hx_target="#dialog"
        )
    else:
        give = reverse("feedback_account", args=[feedback.pk])
        send = icon_button("building-2", _("Give to an account"), href=give, key="r", hx_get=give, hx_target="#dialog")
    return format_html(
        '<span class="row-actions">{}{}</span>',
        send,
        SafeString(render_to_string("voc/feedback/handled.html", {"feedback": feedback})),
    )
