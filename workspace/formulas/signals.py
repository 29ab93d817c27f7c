"""What an account's facts say about its risk: sentences with their source, worst first. No query, no clock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ui import formats

SILENCE_FACTOR = 1.5
TWO_WAY_WINDOW_DAYS = 90
RENEWAL_WINDOW_DAYS = 90
RENEWAL_NEAR_DAYS = 180
LOW_HEALTH = 60
MOVE = 5
MANY_TICKETS = 3
PATIENCE_DAYS = 7

# What the risks of the account say with their own thresholds; it is not said a second time.
COVERED = frozenset({"silent", "champion_left", "single_threaded", "detractor", "tickets", "stage_stalled"})

RANKS = {"critical": 0, "risk": 1, "watch": 2, "good": 3}


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as far as the facts need it."""

    name: str
    persona: str
    is_active: bool
    last_two_way_on: dt.date | None
    left_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Everything that signals and brief are made from, read once."""

    today: dt.date
    name: str
    arr_words: str
    health: Decimal | None
    state: str
    delta: Decimal | None
    coverage: Decimal
    renews_on: dt.date | None
    last_touch_on: dt.date | None
    awaiting_reply_on: dt.date | None
    rhythm_days: int
    open_tickets: int
    nps: int | None
    stage: str
    stage_entered_on: dt.date | None
    stage_target_days: int | None
    open_insights: int
    next_step: str
    next_step_on: dt.date | None
    people: Sequence[Person]

    @property
    def silent_days(self) -> int | None:
        return (self.today - self.last_touch_on).days if self.last_touch_on else None

    @property
    def renews_in(self) -> int | None:
        return (self.renews_on - self.today).days if self.renews_on else None


class SummaryFacts(Protocol):
    """The columns of a summary row that tell of risk."""

    renews_on: dt.date | None
    health: Decimal | None
    health_delta: Decimal | None
    nps: int | None
    last_touch_at: dt.datetime | None
    open_tickets: int


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign, with the tab where its source stands; `since` is the day it has held from, where known."""

    kind: str
    tone: str
    text: str
    tab: str
    since: dt.date | None = None


def _silence(facts: AccountFacts) -> Signal | None:
    days = facts.silent_days
    if days is None:
        return Signal("silent", "watch", _("No two-way touch on record"), "timeline")
    if days <= facts.rhythm_days * SILENCE_FACTOR:
        return None
    tone = "critical" if days > facts.rhythm_days * 3 else "risk"
    text = _("No two-way touch for %(days)s days (usual: every %(rhythm)s)") % {
        "days": days,
        "rhythm": facts.rhythm_days,
    }
    return Signal("silent", tone, text, "timeline", facts.last_touch_on)


def _champion(facts: AccountFacts) -> Signal | None:
    champions = [person for person in facts.people if person.persona == "champion"]
    active = [person for person in champions if person.is_active]
    if not active:
        gone = next((person for person in champions if not person.is_active), None)
        if gone:
            return Signal(
                "champion_left",
                "critical",
                _("The champion %(name)s has left") % {"name": gone.name},
                "people",
                gone.left_on,
            )
        return Signal("no_champion", "watch", _("No champion is known"), "people") if facts.people else None
    last = max((person.last_two_way_on for person in active if person.last_two_way_on), default=None)
    if last and (facts.today - last).days > TWO_WAY_WINDOW_DAYS:
        days = (facts.today - last).days
        return Signal(
            "champion_silent",
            "risk",
            _("The champion has been silent for %(days)s days") % {"days": days},
            "people",
            last,
        )
    return None


def _thread(facts: AccountFacts) -> Signal | None:
    active = [person for person in facts.people if person.is_active]
    if not active:
        return Signal("no_contact", "risk", _("Nobody at the customer is known"), "people")
    edge = facts.today - dt.timedelta(days=TWO_WAY_WINDOW_DAYS)
    talking = [person for person in active if person.last_two_way_on and person.last_two_way_on >= edge]
    if len(talking) == 1:
        return Signal(
            "single_threaded", "risk", _("Everything hangs on %(name)s alone") % {"name": talking[0].name}, "people"
        )
    return None


def _health(facts: AccountFacts) -> Signal | None:
    if facts.delta is None or abs(facts.delta) < MOVE:
        return None
    points = abs(round(facts.delta))
    if facts.delta < 0:
        tone = "critical" if points >= 2 * MOVE else "risk"
        return Signal(
            "health_fell", tone, _("Health fell %(points)s points in 4 weeks") % {"points": points}, "overview"
        )
    return Signal("health_rose", "good", _("Health rose %(points)s points in 4 weeks") % {"points": points}, "overview")


def _renewal(facts: AccountFacts) -> Signal | None:
    days = facts.renews_in
    if days is None or not 0 <= days <= RENEWAL_WINDOW_DAYS:
        return None
    if facts.health is None:
        text = _("Renews in %(days)s days, and too little is observed to judge it") % {"days": days}
        return Signal("renewal_unobserved", "risk", text, "commercial")
    if facts.health < LOW_HEALTH:
        text = _("Renews in %(days)s days at health %(health)s") % {"days": days, "health": round(facts.health)}
        return Signal("renewal_weak", "critical", text, "commercial")
    return None


def _tickets(facts: AccountFacts) -> Signal | None:
    if facts.open_tickets < MANY_TICKETS:
        return None
    return Signal("tickets", "risk", _("%(count)s tickets are open") % {"count": facts.open_tickets}, "timeline")


def _voice(facts: AccountFacts) -> Signal | None:
    if facts.nps is None:
        return None
    if facts.nps <= 6:
        return Signal("detractor", "critical", _("The last NPS answer was %(score)s") % {"score": facts.nps}, "voice")
    if facts.nps >= 9:
        return Signal("promoter", "good", _("The last NPS answer was %(score)s") % {"score": facts.nps}, "voice")
    return None


def _insights(facts: AccountFacts) -> Signal | None:
    if not facts.open_insights:
        return None
    count = facts.open_insights
    text = ngettext(
        "%(count)s insight is not closed with the customer",
        "%(count)s insights are not closed with the customer",
        count,
    )
    return Signal("insights", "watch", text % {"count": count}, "voice")


def _reply(facts: AccountFacts) -> Signal | None:
    since = facts.awaiting_reply_on
    if since is None or (facts.today - since).days < PATIENCE_DAYS:
        return None
    return Signal(
        "no_reply", "watch", _("No reply for %(days)s days") % {"days": (facts.today - since).days}, "timeline", since
    )


def _stage(facts: AccountFacts) -> Signal | None:
    if facts.stage_entered_on is None or not facts.stage_target_days:
        return None
    over = (facts.today - facts.stage_entered_on).days - facts.stage_target_days
    if over <= 0:
        return None
    text = _("%(days)s days over the target in %(stage)s") % {"days": over, "stage": facts.stage}
    return Signal("stage_stalled", "watch", text, "plan", facts.stage_entered_on)


def signals_of(facts: AccountFacts) -> list[Signal]:
    """All signs that hold, the worst first, the good ones last."""
    makers = (_renewal, _health, _silence, _champion, _thread, _voice, _tickets, _stage, _insights, _reply)
    found = (make(facts) for make in makers)
    return sorted((signal for signal in found if signal), key=lambda signal: RANKS[signal.tone])


def beside_risks(signals: Sequence[Signal], risks: Sequence[Signal], *, is_judged: bool) -> list[Signal]:
    """The open risks as signs, and the signs that no risk covers; the worst first, the good ones last.

    Until the first judgement no rule has looked, and all signs are told.
    """
    others = [signal for signal in signals if not is_judged or signal.kind not in COVERED]
    return sorted([*risks, *others], key=lambda signal: RANKS[signal.tone])


@dataclass(frozen=True, slots=True)
class Brief:
    """What changed and why it matters, in two sentences, with the facts they are made from."""

    sentences: list[str]
    sources: list[tuple[str, str]]


def _what_changed(facts: AccountFacts, sources: list[tuple[str, str]]) -> str:
    if facts.health is None:
        sources.append((_("Health: too little is observed"), "overview"))
        start = _("%(name)s is unobserved") % {"name": facts.name}
    elif facts.delta is not None and abs(facts.delta) >= 1:
        sources.append((_("Health %(score)s, 4-week change") % {"score": round(facts.health)}, "overview"))
        points = abs(round(facts.delta))
        words = {"name": facts.name, "points": points, "score": round(facts.health)}
        start = (
            ngettext(
                "%(name)s fell %(points)s point to %(score)s in four weeks",
                "%(name)s fell %(points)s points to %(score)s in four weeks",
                points,
            )
            if facts.delta < 0
            else ngettext(
                "%(name)s rose %(points)s point to %(score)s in four weeks",
                "%(name)s rose %(points)s points to %(score)s in four weeks",
                points,
            )
        ) % words
    else:
        sources.append((_("Health %(score)s") % {"score": round(facts.health)}, "overview"))
        start = _("%(name)s stands at %(score)s without a move in four weeks") % {
            "name": facts.name,
            "score": round(facts.health),
        }
    days = facts.silent_days
    if days is None:
        end = _("and no two-way touch is on record")
    elif days > facts.rhythm_days * SILENCE_FACTOR:
        end = _("and nobody has spoken with them for %(days)s days") % {"days": days}
    else:
        ago = ngettext(
            "and the last two-way touch was %(days)s day ago",
            "and the last two-way touch was %(days)s days ago",
            days,
        )
        end = ago % {"days": days} if days else _("and the last two-way touch was today")
    sources.append((_("Last two-way touch"), "timeline"))
    return f"{start}, {end}."


def _why_it_matters(facts: AccountFacts, signals: Sequence[Signal], sources: list[tuple[str, str]]) -> str:
    days = facts.renews_in
    if days is not None and 0 <= days <= RENEWAL_NEAR_DAYS:
        sources.append((_("Renewal date and ARR"), "commercial"))
        stake = _("%(arr)s renews on %(day)s, in %(days)s days") % {
            "arr": facts.arr_words,
            "day": formats.day(facts.renews_on, today=facts.today),
            "days": days,
        }
    else:
        sources.append((_("ARR"), "commercial"))
        stake = _("%(arr)s is at stake") % {"arr": facts.arr_words}
    told = {"silent", "health_fell", "health_rose", "renewal_weak", "renewal_unobserved"}
    worst = next((signal for signal in signals if signal.kind not in told and signal.tone != "good"), None)
    if worst is None:
        step = facts.next_step
        return f"{stake}; " + (_("next: %(step)s.") % {"step": step} if step else _("no next step is agreed."))
    sources.append((worst.text, worst.tab))
    return f"{stake}; {worst.text[:1].lower()}{worst.text[1:]}."


def brief_of(facts: AccountFacts, signals: Sequence[Signal]) -> Brief:
    """Two sentences made from facts alone: the same facts give the same words."""
    sources: list[tuple[str, str]] = []
    return Brief([_what_changed(facts, sources), _why_it_matters(facts, signals, sources)], sources)


def short_risk(*, today: dt.date, summary: SummaryFacts, rhythm_days: int) -> tuple[str, str] | None:
    """The worst sign in a few words for a table cell, with its tone; from the summary row alone."""
    found: list[tuple[str, str]] = []
    renews_in = (summary.renews_on - today).days if summary.renews_on else None
    if (
        renews_in is not None
        and 0 <= renews_in <= RENEWAL_WINDOW_DAYS
        and (summary.health is None or summary.health < LOW_HEALTH)
    ):
        found.append(("critical", _("Renews in %(days)s d") % {"days": renews_in}))
    if summary.nps is not None and summary.nps <= 6:
        found.append(("critical", _("Detractor, %(score)s") % {"score": summary.nps}))
    if summary.health_delta is not None and summary.health_delta <= -2 * MOVE:
        found.append(("critical", _("Health fell %(points)s") % {"points": abs(round(summary.health_delta))}))
    if summary.last_touch_at is None:
        found.append(("watch", _("Never in touch")))
    else:
        days = (today - summary.last_touch_at.date()).days
        if days > rhythm_days * SILENCE_FACTOR:
            found.append(("critical" if days > rhythm_days * 3 else "risk", _("Silent %(days)s d") % {"days": days}))
    if summary.open_tickets >= MANY_TICKETS:
        found.append(("risk", _("%(count)s open tickets") % {"count": summary.open_tickets}))
    return min(found, key=lambda sign: RANKS[sign[0]], default=None)
