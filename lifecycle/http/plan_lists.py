"""The lists of promises and of causes: their columns and filters."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.http.lists import ACCOUNT as ACCOUNT_COLUMN
from accounts.http.lists import ACCOUNT_FILTERS, csm_choices
from lifecycle.formulas.goals import PROMISE_TONES, PROMISE_WORDS, promise_word
from lifecycle.models import Cause, Promise
from lifecycle.services.causes import words_of
from team.clock import today
from team.models import Department
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec

Rows = QuerySet[Any]


def _joined(*paths: str) -> Callable[[Rows], Rows]:
    return lambda rows: rows.select_related(*paths)


def _word(row: Promise) -> str:
    return promise_word(state=row.state, due_on=row.due_on, today=today())


def _word_badge(row: Promise) -> object:
    word = _word(row)
    return badge(PROMISE_WORDS[word], tone=PROMISE_TONES[word])


def _in_state(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    """Late is no state of the row: it is open, and its day has passed."""
    plain = [value for value in values if value != "late"]
    found = rows.filter(state__in=plain)
    if "late" in values:
        found = found | rows.filter(state=Promise.State.OPEN, due_on__lt=today())
    return rows.exclude(pk__in=found.values("pk")) if operator == "not" else found


PROMISES = ListSpec(
    name="promises",
    label=_("Promises"),
    default_sort="due",
    columns=(
        Column("words", _("Promise"), source="words", width="xl", rank=1, is_fixed=True),
        ACCOUNT_COLUMN,
        Column("due", _("By when"), kind="day", source="due_on", sort="due_on", width="sm", rank=1),
        Column("state", _("State"), cell=_word_badge, export=lambda row: PROMISE_WORDS[_word(row)], width="sm", rank=1),
        Column("owner", _("Owner"), kind="person", source="owner", needs=_joined("owner"), rank=2),
        Column("to", _("To whom"), source="to_contact.name", needs=_joined("to_contact"), rank=3),
        Column("made", _("Made on"), kind="day", source="made_on", width="sm", rank=3),
        Column("origin", _("Where it was made"), source="origin", width="sm", is_default=False),
        Column("evidence", _("What shows it"), source="evidence", width="lg", rank=3, is_default=False),
        Column("shared", _("The customer sees it"), kind="flag", source="is_shared", width="xs", is_default=False),
    ),
    filters=(
        Filter("state", _("State"), choices=tuple(PROMISE_WORDS.items()), apply=_in_state),
        Filter("due", _("By when"), "day", path="due_on"),
        Filter("owner", _("Owner"), "person", path="owner_id", choices=csm_choices),
        Filter("shared", _("The customer sees it"), "flag", path="is_shared"),
        *ACCOUNT_FILTERS,
    ),
    search=("words", "account__name"),
    row_url=lambda row: reverse("account_plan", args=[row.account_id]),
    empty=Empty(
        _("No promises"),
        _("What was promised in the sale and since stands here with its day, until it is kept."),
        icon="handshake",
    ),
)


OPEN = "open"


def _of_kind(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    kinds = ["" if value == OPEN else value for value in values]
    return rows.exclude(kind__in=kinds) if operator == "not" else rows.filter(kind__in=kinds)


def _routed_words(row: Cause) -> object:
    return dict(Department.Slug.choices).get(row.routed_to, "")


def _kind_badge(row: Cause) -> object:
    return badge(row.get_kind_display()) if row.kind else badge(_("Not said yet"), tone="watch")


CAUSES = ListSpec(
    name="causes",
    label=_("Causes"),
    default_sort="-asked",
    columns=(
        Column(
            "what",
            _("What happened"),
            cell=words_of,
            export=words_of,
            needs=_joined("goal"),
            width="xl",
            rank=1,
            is_fixed=True,
        ),
        ACCOUNT_COLUMN,
        Column("kind", _("Cause"), cell=_kind_badge, export=lambda row: row.get_kind_display(), width="xl", rank=1),
        Column("evidence", _("What shows it"), source="evidence", width="xl", rank=2),
        Column("routed", _("Went to"), cell=_routed_words, export=_routed_words, width="sm", rank=3),
        Column("by", _("Said by"), kind="person", source="recorded_by", needs=_joined("recorded_by"), rank=3),
        Column(
            "asked", _("Asked"), kind="time", source="created_at", sort="created_at", rank=2, is_descending_first=True
        ),
    ),
    filters=(
        Filter("kind", _("Cause"), choices=[(OPEN, _("Not said yet")), *Cause.Kind.choices], apply=_of_kind),
        Filter("about", _("What happened"), choices=Cause.About.choices),
        Filter("routed", _("Went to"), path="routed_to", choices=Department.Slug.choices),
        Filter("asked", _("Asked"), "day", path="created_at"),
        *ACCOUNT_FILTERS,
    ),
    search=("evidence", "account__name", "goal__title"),
    row_url=lambda row: reverse("cause", args=[row.pk]),
    empty=Empty(
        _("Nothing to explain"),
        _("Each missed goal, contraction and loss asks here for one of three causes, with evidence."),
        icon="lightbulb",
    ),
)
