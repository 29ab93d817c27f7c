"""Plays as pages show them: where each stands, what its steps came to."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from lifecycle.formulas.plans import Step, read_steps
from lifecycle.models import AccountMail, Play, Playbook, PlaybookStep, PlayStepRun, Task
from team.models import User

LISTED = 50
ON_ACCOUNT = 15
_KINDS = dict(PlaybookStep.Kind.choices)
_TONES = {"done": "good", "waiting": "watch", "failed": "critical", "skipped": ""}


@dataclass(frozen=True, slots=True)
class PlayStepLine:
    """One step of a play. `state`: done, waiting, skipped, failed, next (its turn comes at `at`) or later."""

    key: str
    title: str
    kind: str
    kind_words: str
    state: str
    state_words: str
    tone: str
    at: dt.datetime | None
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class PlayCard:
    """The plays of an account for its Plan tab."""

    running: tuple["PlayLine", ...]
    ended: tuple["PlayLine", ...]


@dataclass(frozen=True, slots=True)
class PlayLine:
    """A play with its steps; `done` of `total` are behind it."""

    play: Play
    steps: tuple[PlayStepLine, ...]
    done: int
    total: int
    current: PlayStepLine | None


def plays_of(account: Account, user: User) -> PlayCard:
    """The plays of an account, those that run first; those held out are left out. Two queries."""
    plays = Play.objects.visible_to(user).filter(account=account).exclude(state=Play.State.HELD_OUT)
    newest = with_parts(plays).order_by(F("finished_at").desc(nulls_first=True), "-started_at")
    lines = [line_of(play) for play in newest[:ON_ACCOUNT]]
    return PlayCard(
        running=tuple(line for line in lines if line.play.state == Play.State.RUNNING),
        ended=tuple(line for line in lines if line.play.state != Play.State.RUNNING),
    )


def plays_from(playbook: Playbook, user: User, *, state: str) -> list[PlayLine]:
    """The newest plays of a playbook in a state that the user may see. Two queries."""
    plays = Play.objects.visible_to(user).filter(playbook=playbook, state=state)
    return [line_of(play) for play in with_parts(plays).order_by("-started_at")[:LISTED]]


def with_parts(plays: "QuerySet[Play]") -> "QuerySet[Play]":
    """Plays with what `line_of` needs: their runs, each with its mail and its open task; two queries."""
    task = Task.objects.open().filter(run=OuterRef("pk")).order_by("pk").values("pk")[:1]
    runs = PlayStepRun.objects.select_related("mail").annotate(open_task=Subquery(task)).order_by("pk")
    return plays.select_related("playbook", "account", "owner").prefetch_related(Prefetch("runs", queryset=runs))


def line_of(play: Play) -> PlayLine:
    """A play loaded with its runs."""
    runs = {run.step_key: run for run in play.runs.all()}
    steps = tuple(_step_line(play, step, runs.get(step.key)) for step in read_steps(play.steps))
    behind = [step for step in steps if step.state in {"done", "skipped", "failed"}]
    current = next((step for step in steps if step.state in {"waiting", "next"}), None)
    return PlayLine(play, steps, len(behind), len(steps), current)


def _step_line(play: Play, step: Step, run: PlayStepRun | None) -> PlayStepLine:
    at: dt.datetime | None = None
    note = url = ""
    if run is not None:
        state, words, at = run.state, run.get_state_display(), run.finished_at or run.due_at
        note, url = _came_to(run)
    elif play.state == Play.State.RUNNING and play.at_step == step.key:
        state, words, at = "next", _("Next"), play.wakes_at
    else:
        state, words = "later", _("Later") if play.state == Play.State.RUNNING else _("Not done")
    return PlayStepLine(
        key=step.key,
        title=step.title,
        kind=step.kind,
        kind_words=str(_KINDS.get(step.kind, step.kind)),
        state=state,
        state_words=str(words),
        tone=_TONES.get(state, ""),
        at=at,
        note=note,
        url=url,
    )


def _came_to(run: PlayStepRun) -> tuple[str, str]:
    """What a step came to, and where to look at it."""
    result = run.result or {}
    mail = getattr(run, "mail", None)
    if mail is not None:
        waits = _("waits in the review box") if mail.state == AccountMail.State.REVIEW else ""
        return str(mail.refusal or result.get("rejected") or waits), reverse("mail", args=[mail.pk])
    note = str(result.get("reason") or result.get("refusal") or "")
    task_id = getattr(run, "open_task", None)
    if task_id is not None:
        return note or _("open task"), reverse("task_edit", args=[task_id])
    if run.kind == "branch" and "held" in result:
        return _("it is so") if result["held"] else _("it is not so"), ""
    return note, ""


@dataclass(frozen=True, slots=True)
class PlayCounts:
    """How many plays of a playbook stand where."""

    running: int
    done: int
    stopped: int
    held_out: int


def count_plays(playbook: Playbook, user: User) -> PlayCounts:
    """The plays that the user may see, by state; one query."""
    plays = Play.objects.visible_to(user).filter(playbook=playbook).order_by()
    counts = dict(plays.values_list("state").annotate(number=Count("pk")))
    return PlayCounts(*(counts.get(state, 0) for state in ("running", "done", "stopped", "held_out")))
