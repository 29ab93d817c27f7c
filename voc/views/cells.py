"""Cells of voice's lists."""

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ui import formats
from ui.components.actions import icon_button
from ui.components.marks import badge
from ui.components.times import relative_time
from voc.models import Feedback

WEAK = 0.2


def feedback_words(feedback: Feedback) -> SafeString:
    """What was said; on phones, where those columns leave, with whose it is and since when it waits."""
    return format_html(
        '{}<span class="is-phone clip muted small">{} · {}</span>',
        feedback.text,
        feedback.account.name if feedback.account else formats.NOTHING,
        relative_time(feedback.received_at),
    )


def sentiment_badge(feedback: Feedback) -> SafeString:
    """The mood in words; "not rated" where no lexicon reads the language."""
    value = feedback.sentiment
    if value is None:
        return badge(_("not rated"))
    if feedback.is_mixed:
        return badge(_("mixed"), tone="watch", title=_("Words and score disagree"))
    if abs(value) < WEAK:
        return badge(_("neutral"))
    return badge(_("positive"), tone="good") if value > 0 else badge(_("negative"), tone="critical")


def feedback_actions(feedback: Feedback) -> SafeString:
    """Route, or nothing to do."""
    route = reverse("feedback_route", args=[feedback.pk])
    return format_html(
        "{}{}",
        icon_button("arrow-right", _("Send to a department"), href=route, hx_get=route, hx_target="#dialog"),
        SafeString(render_to_string("voc/parts/handled.html", {"feedback": feedback})),
    )
