"""From facts to the lines of "Do next": what to do, why, and in which order."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from lifecycle.formulas import ranking
from ui import formats
from workspace.formulas import urgency as formula


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be done next, as the database tells it; `on` is its due day, `made_at` when it arose.

    `rank` is a task's own place, from lifecycle.formulas.ranking; None or 0 where the sweep has not ranked it yet.
    """

    kind: str
    ref: int
    account_id: int | None
    account: str
    owner: str
    arr: Decimal | None
    health: Decimal | None
    state: str
    band: str
    delta: Decimal | None
    coverage: Decimal | None
    renews_on: dt.date | None
    touched_at: dt.datetime | None
    rhythm: int
    title: str
    why: str
    on: dt.date | None
    made_at: dt.datetime | None
    rank: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to act: what to do about it, the evidence in words, and how much it counts."""

    action: str
    evidence: str
    urgency: float
    confidence: float

    @property
    def weight(self) -> float:
        return self.urgency * self.confidence


@dataclass(frozen=True, slots=True)
class Line:
    """One line of "Do next"; `score` is expected ARR protected x urgency per hour of work."""

    found: Candidate
    headline: str
    why: str
    score: float
    is_late: bool = False
    is_renewing: bool = False


def _score(found: Candidate, today: dt.date, urgency: float) -> float:
    """The place of a line that is no ranked task, in the unit of tasks: half an hour of work, the usual share saved."""
    days = (found.renews_on - today).days if found.renews_on else None
    chance = ranking.chance_of_loss(band=found.band, days_to_renewal=days)
    protected = ranking.protected_arr(arr=float(found.arr or 0), chance=chance, share=ranking.USUAL_SHARE)
    return float(ranking.rank_of(protected=protected, urgency=urgency, minutes=ranking.USUAL_MINUTES))


def _renewal(found: Candidate, today: dt.date) -> Reason | None:
    if found.renews_on is None:
        return None
    days = (found.renews_on - today).days
    is_weak = found.health is None or found.health < formula.LOW_HEALTH
    if not 0 <= days <= formula.RENEWAL_WINDOW_DAYS or not is_weak:
        return None
    day = formats.day(found.renews_on, today=today)
    evidence = (
        _("renews %(day)s with no score to trust") % {"day": day}
        if found.health is None
        else _("renews %(day)s at health %(health)s") % {"day": day, "health": round(found.health)}
    )
    return Reason(
        _("Secure the renewal"),
        evidence,
        formula.urgency_of_renewal(days),
        formula.confidence_in_health(found.coverage),
    )


def _fall(found: Candidate, today: dt.date) -> Reason | None:
    if found.delta is None or found.delta > -formula.STEEP_FALL:
        return None
    return Reason(
        _("Find out what changed"),
        _("health fell %(points)s points in 4 weeks") % {"points": abs(round(found.delta))},
        formula.urgency_of_fall(float(-found.delta)),
        formula.confidence_in_health(found.coverage),
    )


def _silence(found: Candidate, today: dt.date) -> Reason | None:
    if found.touched_at is None:
        return Reason(_("Make contact"), _("no two-way touch on record"), 0.5, 0.4)
    days = (today - found.touched_at.date()).days
    if days <= found.rhythm * formula.SILENCE_FACTOR:
        return None
    return Reason(
        _("Get in touch"),
        _("silent for %(days)s d (usual %(rhythm)s)") % {"days": days, "rhythm": found.rhythm},
        formula.urgency_of_silence(days, found.rhythm),
        0.7,
    )


def reasons_of(found: Candidate, today: dt.date) -> list[Reason]:
    """Why an account asks for attention, the strongest reason first."""
    found_reasons = (make(found, today) for make in (_renewal, _fall, _silence))
    return sorted((reason for reason in found_reasons if reason), key=lambda reason: -reason.weight)


def _account_line(found: Candidate, today: dt.date) -> Line | None:
    reasons = reasons_of(found, today)
    if not reasons:
        return None
    best, others = reasons[0], reasons[1:]
    weight = best.weight + 0.25 * sum(reason.weight for reason in others)
    return Line(
        found=found,
        headline=best.action,
        why=", ".join(reason.evidence for reason in reasons),
        score=_score(found, today, weight),
    )


def _due_words(on: dt.date | None, today: dt.date) -> str:
    if on is None or on > today:
        return ""
    late = (today - on).days
    if late == 0:
        return _("due today")
    return _("%(days)s d late") % {"days": late}


def _task_line(found: Candidate, today: dt.date) -> Line:
    late = (today - found.on).days if found.on else 0
    why = [words for words in (found.why.rstrip(". "), _due_words(found.on, today)) if words]
    return Line(
        found=found,
        headline=found.title,
        why=", ".join(why),
        score=float(found.rank or 0) or _score(found, today, formula.urgency_of_due(late)),
        is_late=late > 0,
    )


def _ask_line(found: Candidate, today: dt.date) -> Line:
    late = (today - found.on).days if found.on else 0
    confidence = formula.confidence_in_ask(late)
    return Line(
        found=found,
        headline=_("Ask again: %(what)s") % {"what": found.title},
        why=_("we asked for it, %(days)s d late") % {"days": late},
        score=_score(found, today, formula.urgency_of_due(late) * 0.8 * confidence),
        is_late=True,
    )


def _newest_ask_each(found: Iterable[Candidate]) -> list[Candidate]:
    """One line per account: the ask that fell due last; the others stand in the account's timeline."""
    newest: dict[int | None, Candidate] = {}
    for one in sorted(found, key=lambda one: (one.on or dt.date.min, one.ref)):
        newest[one.account_id] = one
    return list(newest.values())


def _insight_line(found: Candidate, today: dt.date) -> Line:
    is_done = found.why == "acted_on"
    late = (today - found.on).days if found.on else 0
    headline = _("Tell the customer: %(title)s") if is_done else _("Decide: %(title)s")
    why = _("done, but the customer has not heard") if is_done else _("an insight waits for your department")
    words = [why] if is_done else [why, _due_words(found.on, today)]
    return Line(
        found=found,
        headline=headline % {"title": found.title},
        why=", ".join(word for word in words if word),
        score=_score(found, today, formula.urgency_of_due(max(late, 0)) * 0.9),
        is_late=late > 0 and not is_done,
    )


def _renews_soon(found: Candidate, today: dt.date) -> bool:
    return found.renews_on is not None and 0 <= (found.renews_on - today).days <= 2 * formula.RENEWAL_WINDOW_DAYS


def rank_lines(candidates: Iterable[Candidate], today: dt.date) -> list[Line]:
    """The lines in order, the most valuable first; an account with a task of its own gets no suggestion on top."""
    makers = {"task": _task_line, "ask": _ask_line, "insight": _insight_line, "account": _account_line}
    given = list(candidates)
    found = [one for one in given if one.kind != "ask"] + _newest_ask_each(one for one in given if one.kind == "ask")
    cared_for = {one.account_id for one in found if one.kind == "task" and one.account_id}
    lines = (makers[one.kind](one, today) for one in found if one.kind != "account" or one.account_id not in cared_for)
    marked = (replace(line, is_renewing=_renews_soon(line.found, today)) for line in lines if line)
    return sorted(marked, key=lambda line: (-line.score, line.found.kind, line.found.ref))
