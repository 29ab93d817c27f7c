"""Goals with their proof, the value reached, promises. SECURITY: what is not shared needs an option to be shown."""

from decimal import Decimal

from django.utils.translation import gettext as _

from lifecycle.models import Goal, Promise
from lifecycle.selectors.goals import GoalLine, PromiseLine, goals_of, promises_of
from ui import formats
from workspace.formulas.decks import Choice
from workspace.formulas.slides import Bars, Block, Line, Number, Row, Slide, clip, is_better, relative_change
from workspace.selectors.decks.sources import TWO_HALVES, WHOLE, Source, amount, has, more_words, room_for

GOALS_SHOWN = 4
VALUES_SHOWN = 4
PROMISES_SHOWN = 5


def _in_time(source: Source, goal: Goal) -> bool:
    return goal.state == Goal.State.OPEN or source.covers(goal.closed_on)


def reviewed_goals(source: Source, *, with_unshared: bool = False) -> list[GoalLine]:
    """Open goals and those closed in the time under review, as the Plan tab judges them; dropped ones are over."""
    return [
        line
        for line in goals_of(source.account)
        if (with_unshared or line.goal.is_shared)
        and line.goal.state != Goal.State.DROPPED
        and _in_time(source, line.goal)
    ]


def _proof(line: GoalLine, with_evidence: bool) -> str:
    goal = line.goal
    parts = []
    if goal.target is not None:
        way = " → ".join(amount(value) for value in (goal.baseline, goal.current, goal.target) if value is not None)
        parts.append(" ".join(part for part in (goal.metric, way, goal.unit) if part))
    if goal.signed_off_at:
        words = {"name": goal.signed_off_by, "day": formats.day(goal.signed_off_at)}
        parts.append(_("signed off by %(name)s, %(day)s") % words)
    elif goal.state == Goal.State.OPEN and goal.due_on:
        parts.append(_("due %(day)s") % {"day": formats.day(goal.due_on)})
    if with_evidence and goal.closing_note:
        parts.append(goal.closing_note)
    return " · ".join(parts)


def goals_slide(source: Source, choice: Choice) -> Slide:
    """How far each goal is, and what proves it."""
    lines = reviewed_goals(source, with_unshared=has(choice, "unshared"))
    shown = lines[: room_for(choice, GOALS_SHOWN)]
    measured = [line for line in shown if line.share is not None]
    chart = Bars(
        title=_("Way to the goal"),
        unit=_("percent"),
        name=_("Now"),
        rows=tuple(
            Row(line.goal.title, float(line.share or 0), None if line.expected is None else float(line.expected))
            for line in measured
        ),
        high=100,
        goal_name=_("Expected by now"),
    )
    reached = sum(line.is_done for line in lines)
    signed = sum(line.goal.signed_off_at is not None for line in lines)
    return Slide(
        "goals",
        _("Goals and proof"),
        numbers=(
            Number(_("Goals"), formats.number(len(lines))),
            Number(_("Reached"), formats.number(reached)),
            Number(_("Signed off"), formats.number(signed)),
        )
        if lines
        else (),
        chart=chart if measured else None,
        blocks=(
            Block(
                _("What shows it"),
                tuple(_goal_line(line, has(choice, "evidence")) for line in shown),
                more_words(len(lines) - len(shown)),
            ),
        )
        if lines
        else (),
        empty=_("No goal is shared yet: the next step is to agree on what success means."),
    )


def _goal_line(line: GoalLine, with_evidence: bool) -> Line:
    title, proof = clip(line.goal.title, TWO_HALVES), clip(_proof(line, with_evidence), TWO_HALVES)
    return Line(title, proof, str(line.label), line.tone)


def value_slide(source: Source, choice: Choice) -> Slide:
    """What changed since the start of each measured goal, for the better first; shared goals alone."""
    moved = []
    for line in reviewed_goals(source):
        goal = line.goal
        if goal.current is None or goal.baseline is None or goal.current == goal.baseline:
            continue
        if is_better(baseline=goal.baseline, target=goal.target, current=goal.current):
            moved.append((line, goal.baseline, goal.current))
    shown = moved[: room_for(choice, VALUES_SHOWN)]
    return Slide(
        "value",
        _("Value reached"),
        numbers=tuple(_value_number(line, before, after) for line, before, after in shown[:3]),
        blocks=(
            Block(
                _("Since the start"),
                tuple(_value_line(line, before, after) for line, before, after in shown),
                more_words(len(moved) - len(shown)),
            ),
        )
        if shown
        else (),
        empty=_("Nothing is measured yet against its start."),
    )


def _change_words(before: Decimal, after: Decimal) -> str:
    change = relative_change(before=before, after=after)
    return amount(after - before) if change is None else f"{formats.signed(change)}\N{NARROW NO-BREAK SPACE}%"


def _value_number(line: GoalLine, before: Decimal, after: Decimal) -> Number:
    goal = line.goal
    return Number(clip(goal.metric or goal.title, 40), _change_words(before, after), clip(goal.title, 44))


def _value_line(line: GoalLine, before: Decimal, after: Decimal) -> Line:
    goal = line.goal
    words = {
        "metric": goal.metric or goal.title,
        "before": amount(before, goal.unit),
        "after": amount(after, goal.unit),
        "day": formats.day(goal.starts_on),
    }
    said = _("%(metric)s: from %(before)s to %(after)s since %(day)s") % words
    if line.share is not None and goal.target is not None:
        said += " · " + _("%(share)s %% of the way to %(target)s") % {
            "share": line.share,
            "target": amount(goal.target, goal.unit),
        }
    return Line(clip(goal.title, WHOLE), said, _change_words(before, after), "good")


def promises_slide(source: Source, choice: Choice) -> Slide:
    """What is owed, and what was kept or broken in the time under review. Released ones are over."""
    lines = [
        line
        for line in promises_of(source.account)
        if (has(choice, "unshared") or line.promise.is_shared)
        and line.promise.state != Promise.State.RELEASED
        and (line.promise.state == Promise.State.OPEN or source.covers(line.promise.settled_on))
    ]
    shown = lines[: room_for(choice, PROMISES_SHOWN)]
    kept = sum(line.promise.state == Promise.State.KEPT for line in lines)
    broken = sum(line.promise.state == Promise.State.BROKEN for line in lines)
    return Slide(
        "promises",
        _("Promises kept"),
        numbers=(
            Number(_("Kept"), formats.number(kept)),
            Number(_("Still open"), formats.number(len(lines) - kept - broken)),
            Number(_("Broken"), formats.number(broken)),
        )
        if lines
        else (),
        blocks=(
            Block(
                _("What we promised"),
                tuple(_promise_line(line) for line in shown),
                more_words(len(lines) - len(shown)),
            ),
        )
        if lines
        else (),
        empty=_("No promise is open, and none fell due in this time."),
    )


def _promise_line(line: PromiseLine) -> Line:
    given = line.promise
    if given.settled_on:
        day = _("settled %(day)s") % {"day": formats.day(given.settled_on)}
    else:
        day = _("due %(day)s") % {"day": formats.day(given.due_on)}
    mark = "" if line.word == Promise.State.OPEN else str(line.label)
    return Line(clip(given.words, WHOLE), f"{given.owner.name} · {day}", mark, line.tone)
