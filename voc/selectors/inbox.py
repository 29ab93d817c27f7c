"""The feedback inbox: its tabs with their counts, and everything about one piece."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from team.models import Role, User
from ui.formats import compact_money, day, number
from ui.hooks import default_currency
from voc.models import Feedback, Insight
from voc.selectors.quotes import author_for, evidence_for
from voc.selectors.repeats import Alike, find_alike

TABS = ("todo", "all", "handled")
# Beyond it a count says nothing that one acts on, and costs a scan.
MOST_COUNTED = 1000
COUNTS_LIVE = 60
REPEATS_SHOWN = 20
LANGUAGE_NAMES = {
    "en": gettext_lazy("English"),
    "da": gettext_lazy("Danish"),
    "zh": gettext_lazy("Chinese"),
    "de": gettext_lazy("German"),
    "fr": gettext_lazy("French"),
    "es": gettext_lazy("Spanish"),
    "ja": gettext_lazy("Japanese"),
}


@dataclass(frozen=True)
class Happened:
    """One line of a piece's history."""

    at: dt.datetime
    words: str
    who: str = ""
    text: str = ""


@dataclass(frozen=True)
class Piece:
    """One piece of feedback as its page and preview show it."""

    feedback: Feedback
    evidence: list[Any]
    who: str
    insight: Insight | None
    repeats: list[Feedback]
    alike: list[Alike]
    about: list[tuple[str, object]]
    then: list[tuple[str, object]]


def in_tab(rows: QuerySet[Feedback], tab: str) -> QuerySet[Feedback]:
    """The rows of one tab."""
    found: Any = rows
    if tab == "todo":
        return found.to_do()  # type: ignore[no-any-return]
    return found.handled() if tab == "handled" else rows


def counts_for(user: User) -> dict[str, str]:
    """How many pieces each tab holds, up to 1,000; at most a minute old, fresh after one's own changes."""
    key = _key(user)
    known: dict[str, str] | None = cache.get(key)
    if known is None:
        rows = Feedback.objects.visible_to(user).order_by()
        known = {tab: _count(in_tab(rows, tab)) for tab in TABS}
        cache.set(key, known, COUNTS_LIVE)
    return known


def forget_counts(user: User) -> None:
    """The person has just changed something: the next page counts anew."""
    cache.delete(_key(user))


def _key(user: User) -> str:
    return f"voc:inbox:{user.pk}"


def _count(rows: QuerySet[Feedback]) -> str:
    found = rows.values("pk")[: MOST_COUNTED + 1].count()
    return number(found) if found <= MOST_COUNTED else f"{number(MOST_COUNTED)}+"


def read_piece(*, feedback: Feedback, user: User) -> Piece:
    """One piece, as the reader may see it; four queries. `feedback` comes from `with_parts`."""
    repeats = Feedback.objects.visible_to(user).filter(duplicate_of=feedback).select_related("contact")
    return Piece(
        feedback=feedback,
        evidence=evidence_for(user, feedback),
        who=author_for(user, feedback),
        insight=Insight.objects.visible_to(user).filter(quotes__feedback=feedback).select_related("department").first(),
        repeats=list(repeats.order_by("-received_at", "-pk")[:REPEATS_SHOWN]),
        alike=find_alike(feedback, user=user),
        about=_about(feedback),
        then=_then(feedback, user),
    )


def with_parts(rows: QuerySet[Feedback]) -> QuerySet[Feedback]:
    """What preview and page show, in few queries."""
    joined = rows.select_related("account__segment", "account__summary", "contact", "handled_by", "duplicate_of")
    return joined.select_related("response").prefetch_related("tags__theme")


def _about(feedback: Feedback) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [(_("By"), feedback.get_source_display())]
    if feedback.score is not None:
        found.append((_("Score"), feedback.score_words))
    if feedback.stage:
        found.append((_("Stage"), feedback.stage))
    if feedback.contact and feedback.persona:
        found.append((_("Persona"), feedback.contact.get_persona_display() or feedback.persona))
    if feedback.language:
        found.append((_("Language"), LANGUAGE_NAMES.get(feedback.language, feedback.language)))
    return [*found, (_("When"), day(feedback.received_at))]


def _then(feedback: Feedback, user: User) -> list[tuple[str, object]]:
    """The account at the hour of a survey answer, as it was frozen; sums are not for department members."""
    frozen = feedback.response.snapshot if feedback.response else {}
    found: list[tuple[str, object]] = []
    if not frozen:
        return found
    if frozen.get("health") is not None:
        found.append((_("Health"), round(frozen["health"])))
    if frozen.get("arr") is not None and user.role != Role.MEMBER:
        found.append((_("ARR"), compact_money(frozen["arr"], default_currency())))
    if frozen.get("renews_on"):
        found.append((_("Renews"), day(dt.date.fromisoformat(frozen["renews_on"]))))
    if frozen.get("open_tickets") is not None:
        found.append((_("Open tickets"), frozen["open_tickets"]))
    taken_at = parse_datetime(str(frozen.get("taken_at", "")))
    return [*found, (_("As of"), day(taken_at))] if taken_at and found else found


def read_history(feedback: Feedback) -> list[Happened]:
    """What became of it, newest first: read, corrected, sent on, looked at; four queries."""
    lines = [Happened(feedback.received_at, _("Came in by %(source)s") % {"source": feedback.get_source_display()})]
    if feedback.understood_at:
        words = _("Read by %(model)s") % {"model": feedback.understood_by} if feedback.understood_by else _("Read")
        lines.append(Happened(feedback.understood_at, words))
    for step in feedback.steps.select_related("actor"):
        lines.append(Happened(step.at, step.get_kind_display(), str(step.actor or ""), step.text))
    for one in feedback.corrections.select_related("by", "theme"):
        about = one.theme.name if one.theme else one.get_about_display()
        change = f"{one.was} → {one.now}" if one.was else one.now
        lines.append(Happened(one.at, _("Corrected"), str(one.by), f"{about}: {change}"))
    for link in feedback.quoted_in.select_related("insight__department"):
        words = _("Joined an insight of %(department)s") % {"department": link.insight.department.name}
        lines.append(Happened(link.joined_at, words, text=link.insight.title))
    return sorted(lines, key=lambda line: line.at, reverse=True)
