"""Playbooks as their pages show them, and what keeps one from running."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.formulas.conditions import BadCondition, describe, parse_conditions
from accounts.selectors.condition_names import condition_catalogue
from lifecycle.formulas.plans import BadPlan, following, read_steps
from lifecycle.formulas.trigger_kinds import TRIGGER_KINDS
from lifecycle.models import MailTemplate, Play, Playbook, PlaybookStep
from lifecycle.selectors.plays import Effect, effects_of
from lifecycle.selectors.plays.rules import read_rule, snapshot
from team.clock import now
from ui.formats import signed

COUNTED = dt.timedelta(days=90)
BY_HAND = "manual"


@dataclass(frozen=True, slots=True)
class PlaybookLine:
    """A playbook in the list; `done` and `started` count the last 90 days."""

    playbook: Playbook
    trigger: str
    running: int
    done: int
    last_started_at: dt.datetime | None
    effect: Effect
    figures: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step in words: what it does, and the conditions that it asks about."""

    step: PlaybookStep
    kind_words: str
    when: str
    details: tuple[str, ...]
    problem: str


def trigger_words(kind: str) -> str:
    """What starts a playbook, in words."""
    known = TRIGGER_KINDS.get(kind)
    return str(known.words) if known else _("By hand alone")


def read_playbooks(*, archived: bool = False) -> list[PlaybookLine]:
    """All playbooks, those that are on first; four queries."""
    playbooks = list(Playbook.objects.filter(archived_at__isnull=not archived).order_by("-is_on", "name"))
    counted = {row["playbook"]: row for row in _counts([playbook.pk for playbook in playbooks])}
    effects = effects_of(playbooks)
    nothing: dict[str, Any] = {"running": 0, "done": 0, "last": None}
    return [
        PlaybookLine(
            playbook=playbook,
            trigger=trigger_words(playbook.trigger_kind),
            running=row["running"],
            done=row["done"],
            last_started_at=row["last"],
            effect=effects[playbook.pk],
            figures=effect_figures(effects[playbook.pk]),
        )
        for playbook in playbooks
        for row in [counted.get(playbook.pk, nothing)]
    ]


def effect_figures(effect: Effect) -> str:
    """The difference with its 95 % interval, as people read it; "" while it is too early to tell."""
    if effect.difference is None or effect.low is None or effect.high is None:
        return ""
    size = 100 if effect.is_share else 1
    words = {
        "value": signed(effect.difference * size, 1),
        "low": signed(effect.low * size, 1),
        "high": signed(effect.high * size, 1),
    }
    if effect.is_share:
        return _("%(value)s pts (%(low)s to %(high)s)") % words
    return _("%(value)s (%(low)s to %(high)s)") % words


def _counts(ids: list[int]) -> list[dict[str, Any]]:
    plays = Play.objects.filter(playbook__in=ids).exclude(state=Play.State.HELD_OUT).order_by()
    done = Q(state=Play.State.DONE, started_at__gt=now() - COUNTED)
    counts = {"running": Count("pk", filter=Q(state=Play.State.RUNNING)), "done": Count("pk", filter=done)}
    rows: list[dict[str, Any]] = [*plays.values("playbook").annotate(**counts, last=Max("started_at"))]  # type: ignore[list-item]
    return rows


def survey_choices() -> list[tuple[str, str]]:
    """Surveys that a step may send, as the app above knows them: (value, words)."""
    path = getattr(settings, "PLAY_SURVEYS", "")
    choices: Callable[[], list[tuple[str, str]]] | None = import_string(path) if path else None
    return choices() if choices else []


def problems_of(playbook: Playbook) -> list[str]:
    """Everything that keeps a playbook from running, as sentences; empty when it may be switched on."""
    try:
        rule = read_rule(playbook)
    except BadCondition as error:
        return [str(error)]
    if not rule.steps:
        return [_("It has no steps yet.")]
    return [problem for step in playbook.steps.order_by("position") if (problem := step_problem(step, playbook))]


def step_problem(step: PlaybookStep, playbook: Playbook) -> str:
    """Why a step could not be done; "" when it can."""
    options = step.options or {}
    what = {"title": step.title}
    if step.kind == PlaybookStep.Kind.MAIL:
        slug = options.get("template")
        if not MailTemplate.objects.filter(slug=slug or "").exists() and not options.get("body"):
            return _("“%(title)s” has no template.") % what
        if not step.wanted_action:
            return _("“%(title)s” asks the customer for nothing.") % what
    needed = {"survey": "survey", "webhook": "url", "chat": "channel"}.get(step.kind)
    if needed and not options.get(needed):
        return _("“%(title)s” does not say where it goes.") % what
    if step.kind == PlaybookStep.Kind.BRANCH:
        if not options.get("condition"):
            return _("“%(title)s” asks for no condition.") % what
        steps = read_steps(snapshot(playbook))
        try:
            following(steps, next(one for one in steps if one.key == step.key), held=False)
        except BadPlan:
            return _("“%(title)s” leads to a step that is not there, or stands before it.") % what
    return ""


def read_step_lines(playbook: Playbook) -> list[StepLine]:
    """The steps in words; a few queries however many they are."""
    steps = list(playbook.steps.select_related("content").order_by("position"))
    titles = {step.key: step.title for step in steps}
    templates = dict(MailTemplate.objects.order_by("language").values_list("slug", "name"))
    surveys = dict(survey_choices()) if any(step.kind == "survey" for step in steps) else {}
    known = condition_catalogue() if any(step.options.get("condition") for step in steps) else {}
    return [
        StepLine(
            step=step,
            kind_words=step.get_kind_display(),
            when=_when(step),
            details=tuple(_details(step, titles, templates, surveys, known)),
            problem=step_problem(step, playbook),
        )
        for step in steps
    ]


def _when(step: PlaybookStep) -> str:
    if not step.offset_days:
        return _("at once")
    if step.offset_days == 1:
        return _("1 business day later")
    return _("%(days)d business days later") % {"days": step.offset_days}


def _details(
    step: PlaybookStep,
    titles: dict[str, str],
    templates: dict[str, str],
    surveys: dict[str, str],
    known: Any,
) -> list[str]:
    options, found = step.options or {}, []
    if step.kind == PlaybookStep.Kind.MAIL:
        found.append(templates.get(str(options.get("template")), ""))
    if step.kind == PlaybookStep.Kind.SURVEY:
        found.append(surveys.get(str(options.get("survey")), str(options.get("survey", ""))))
    if step.wanted_action:
        found.append(_("asks for: %(ask)s") % {"ask": step.wanted_action})
    if options.get("condition"):
        found.append(conditions_in_words(options["condition"], known))
    if step.kind == PlaybookStep.Kind.WAIT:
        found.append(_("at most %(days)s business days") % {"days": options.get("at_most_days", 5)})
    if step.kind == PlaybookStep.Kind.BRANCH:
        goal = titles.get(str(options.get("otherwise") or ""))
        found.append(_("else: %(step)s") % {"step": goal} if goal else _("else: it ends"))
    if step.kind == PlaybookStep.Kind.TASK and options.get("owner"):
        found.append(str(options["owner"]).replace("lead:", _("lead of") + " "))
    if step.content:
        found.append(step.content.title)
    return [words for words in found if words]


def conditions_in_words(raw: Any, known: Any = None) -> str:
    """Stored conditions as a sentence."""
    catalogue = condition_catalogue() if known is None else known
    try:
        return ", ".join(describe(condition, catalogue) for condition in parse_conditions(raw, catalogue))
    except BadCondition as error:
        return str(error)


def rule_in_words(playbook: Playbook) -> list[str]:
    """When it starts and for whom: one line each."""
    kind = TRIGGER_KINDS.get(playbook.trigger_kind)
    lines = [trigger_words(playbook.trigger_kind)]
    if playbook.trigger_match:
        lines.append(conditions_in_words(playbook.trigger_match, kind.catalogue() if kind else {}))
    if playbook.conditions:
        lines.append(conditions_in_words(playbook.conditions))
    return lines
