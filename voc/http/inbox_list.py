"""What the feedback inbox is made of: columns and filters."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.http.lists import ACCOUNT_FILTERS
from accounts.models import Persona
from lifecycle.models import Stage
from team.models import User
from ui.lists import Column, Empty, Filter, ListSpec
from voc.http.inbox_cells import (
    actions_cell,
    author_cell,
    label_badge,
    theme_words,
    themes_cell,
    words_cell,
)
from voc.models import Feedback, FeedbackTheme, Theme
from voc.selectors.inbox import LANGUAGE_NAMES
from voc.selectors.quotes import is_masked_for, quote_for

Rows = QuerySet[Any]


def theme_choices(user: Any) -> Iterable[tuple[str, Any]]:
    """All themes by name."""
    return Theme.objects.values_list("slug", "name")


def stage_choices(user: Any) -> Iterable[tuple[str, Any]]:
    """Stages by name: feedback keeps the name that was."""
    names = Stage.objects.present().order_by("position", "name").values_list("name", flat=True)
    return [(name, name) for name in dict.fromkeys(names)]


def _about(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    if operator == "none":
        tagged = Exists(FeedbackTheme.objects.filter(feedback=OuterRef("pk")))
        return rows.filter(~tagged if values[-1] else tagged)
    named = Exists(FeedbackTheme.objects.filter(feedback=OuterRef("pk"), theme__slug__in=values))
    return rows.filter(~named if operator == "not" else named)


def _in_account(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    known = Q(account__isnull=False)
    return rows.filter(known if values[-1] else ~known)


def _said_in(rows: Rows, words: str) -> Rows:
    found: Any = rows
    return found.said_in(words)  # type: ignore[no-any-return]


def _columns(user: User) -> tuple[Column, ...]:
    return (
        Column(
            "text", _("What was said"), cell=words_cell(user), width="fill", rank=1, is_fixed=True,
            export=lambda row: quote_for(user, row),
        ),
        Column("account", _("Account"), source="account.name", width="md"),
        Column("who", _("Who"), cell=author_cell(user), export=author_cell(user), width="md", rank=3),
        Column(
            "label", _("Sentiment"), cell=label_badge, width="sm", sort="sentiment",
            export=lambda row: row.label if row.understood_at else "",
        ),
        Column(
            "themes", _("Themes"), cell=themes_cell, export=theme_words, width="md", rank=3,
            needs=lambda rows: rows.prefetch_related("tags__theme"),
        ),
        Column("source", _("By"), source="get_source_display", width="sm", rank=3),
        Column("received_at", _("When"), kind="time", width="sm", sort="received_at", is_descending_first=True),
        Column("score", _("Score"), source="score_words", width="xs", is_default=False),
        Column("language", _("Language"), width="xs", is_default=False),
        Column("stage", _("Stage"), width="md", is_default=False),
        Column("persona", _("Persona"), width="md", is_default=False),
        Column(
            "segment", _("Segment"), source="account.segment.name", width="sm", is_default=False,
            needs=lambda rows: rows.select_related("account__segment"),
        ),
        Column("url", _("Where"), width="md", is_default=False),
        *(
            (Column("actions", _("Actions"), cell=actions_cell, is_exported=False, width="md", rank=1),)
            if user.can_edit
            else ()
        ),
    )  # fmt: skip


def _filters() -> tuple[Filter, ...]:
    languages = tuple(LANGUAGE_NAMES.items())
    return (
        Filter("source", _("By"), choices=Feedback.Source.choices),
        Filter("label", _("Sentiment"), choices=Feedback.Label.choices),
        Filter("theme", _("Theme"), choices=theme_choices, apply=_about, can_be_blank=True),
        Filter("language", _("Language"), choices=languages),
        Filter("stage", _("Stage"), choices=stage_choices, can_be_blank=True),
        Filter("persona", _("Persona"), choices=Persona.choices),
        *ACCOUNT_FILTERS,
        Filter("known", _("Has an account"), "flag", apply=_in_account),
        Filter("received", _("When"), "day", path="received_at"),
        Filter("score", _("Score"), "number", can_be_blank=True),
    )


def _empty(tab: str, user: User) -> Empty:
    if tab == "todo":
        return Empty(
            _("Nothing waits for you"),
            _("What no routing rule fits waits here, until somebody sends it on or has looked."),
            f"{reverse('feedback')}?tab=all",
            _("See everything that was said"),
            "inbox",
        )
    if tab == "handled":
        return Empty(_("Nothing was handled yet"), icon="check")
    if not user.can_edit:
        return Empty(_("Nobody has said anything yet"), icon="quote")
    return Empty(
        _("Nobody has said anything yet"),
        _("Send a survey, import reviews, or press C and F to write down what you heard."),
        reverse("feedback_add"),
        _("Write it down"),
        "quote",
    )


def inbox_list(*, user: User, tab: str) -> ListSpec:
    """The list as this person may see it.

    SECURITY: who reads masked quotes cannot search the words: the hits would tell what the marks hide.
    """
    return ListSpec(
        name="feedback",
        label=_("Feedback"),
        default_sort="-received_at",
        columns=_columns(user),
        filters=_filters(),
        search=() if is_masked_for(user) else _said_in,
        peek_url=lambda row: reverse("feedback_peek", args=[row.pk]),
        is_selectable=user.can_edit,
        keeps=("tab",),
        empty=_empty(tab, user),
    )
