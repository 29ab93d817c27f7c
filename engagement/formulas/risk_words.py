"""A risk in words: one sentence, and its figures against the thresholds. No query, no clock; names of people are never
part of it, they are read where they stand."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from engagement.formulas.risks import COUNT, DAYS, DEFINITIONS, SHARE, TIMES
from ui import formats

Figure = Mapping[str, float]

# The figure that each threshold is held against.
HELD_AGAINST: dict[str, dict[str, str]] = {
    "single_threaded": {"people": "contacts_touched", "touches": "two_way"},
    "champion_left": {"within": "champion_left_days"},
    "silent": {"attempts": "attempts", "channels": "channels"},
    "reference_refused": {"within": "reference_refused_days", "refused": "references_refused"},
    "usage_drop": {"fall": "usage_fall", "events": "events_before"},
    "licence_underuse": {"share": "licence_use", "grace": "customer_days"},
    "ticket_pressure": {"tickets": "blockers"},
    "payment_overdue": {"days": "overdue_days"},
    "stage_stalled": {"times": "stage_on_time"},
    "goal_off_track": {"late": "goals_late"},
    "detractor_unanswered": {"days": "detractor_days"},
    "no_executive": {"days": "executive_touch"},
    "handover_gap": {"gaps": "handover_gaps"},
    "renewal_unforecast": {"days": "unforecast_days"},
    "promise_broken": {"late": "promise_late_days", "within": "promise_broken_days"},
    "education_gap": {"share": "courses", "people": "people"},
}
# All that is said of a kind depends on these figures and its thresholds alone.
_FIGURES: dict[str, tuple[str, ...]] = {
    **{kind: tuple(dict.fromkeys(held.values())) for kind, held in HELD_AGAINST.items()},
    "zombie": ("has_no_future",),
}


def value_words(unit: str, value: float) -> str:
    """A figure as people read it."""
    if unit == SHARE:
        return formats.percent(value)
    if unit == DAYS:
        days = round(value)
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": formats.number(days)}
    if unit == TIMES:
        return f"×\N{NARROW NO-BREAK SPACE}{formats.number(value, 1)}"
    return formats.number(value, 0 if unit == COUNT else 1)


def _silent(figure: Figure) -> str:
    count = int(figure["attempts"])
    return ngettext(
        "%(count)s attempt on %(channels)s channels without an answer",
        "%(count)s attempts on %(channels)s channels without an answer",
        count,
    ) % {"count": count, "channels": int(figure["channels"])}


def _refused(figure: Figure) -> str:
    count = int(figure["references_refused"])
    return ngettext(
        "A reference request was refused or stalled",
        "%(count)s reference requests were refused or stalled",
        count,
    ) % {"count": count}


def _zombie(figure: Figure) -> str:
    if figure["has_no_future"] == 1:
        return _("Heavy use, but no goal, no next meeting, and a competitor was mentioned")
    return _("They use it heavily and speak badly of it")


def _goal(figure: Figure) -> str:
    late = int(figure["goals_late"])
    if not late:
        return _("No goal is known that they want to reach")
    return ngettext("A goal is off track", "%(count)s goals are off track", late) % {"count": late}


def _promise(figure: Figure) -> str:
    late = figure["promise_late_days"]
    if late == late:  # noqa: PLR0124 NaN is the only number that differs from itself
        words = ngettext("A promise is %(n)s day past its day", "A promise is %(n)s days past its day", round(late))
        return words % {"n": round(late)}
    return _("A promise was broken")


def _champion(figure: Figure) -> str:
    days = round(figure["champion_left_days"])
    return ngettext(
        "The champion left %(n)s day ago, and nobody took the place",
        "The champion left %(n)s days ago, and nobody took the place",
        days,
    ) % {"n": days}


def _tickets(figure: Figure) -> str:
    count = int(figure["blockers"])
    return ngettext("%(n)s urgent or reopened ticket", "%(n)s urgent or reopened tickets", count) % {"n": count}


def _overdue(figure: Figure) -> str:
    days = round(figure["overdue_days"])
    return ngettext("An invoice is %(n)s day overdue", "An invoice is %(n)s days overdue", days) % {"n": days}


def _critic(figure: Figure) -> str:
    days = int(figure["detractor_days"])
    return ngettext(
        "A critic has waited %(n)s day for an answer", "A critic has waited %(n)s days for an answer", days
    ) % {"n": days}


def _handover(figure: Figure) -> str:
    count = int(figure["handover_gaps"])
    return ngettext("%(n)s item of the handover is missing", "%(n)s items of the handover are missing", count) % {
        "n": count
    }


def _forecast(figure: Figure) -> str:
    days = round(figure["unforecast_days"])
    return ngettext(
        "Renews in %(n)s day, and nobody has made a call", "Renews in %(n)s days, and nobody has made a call", days
    ) % {"n": days}


def _thread(figure: Figure) -> str:
    people = int(figure["contacts_touched"])
    if people == 1:
        return _("Everything hangs on one person")
    return _("Everything hangs on %(people)s people") % {"people": people}


_SENTENCES: dict[str, Callable[[Figure], str]] = {
    "single_threaded": _thread,
    "champion_left": _champion,
    "zombie": _zombie,
    "silent": _silent,
    "reference_refused": _refused,
    "usage_drop": lambda figure: (
        _("Use fell by %(share)s in four weeks") % {"share": formats.percent(figure["usage_fall"])}
    ),
    "licence_underuse": lambda figure: (
        _("%(share)s of the paid seats are in use") % {"share": formats.percent(figure["licence_use"])}
    ),
    "ticket_pressure": _tickets,
    "payment_overdue": _overdue,
    "stage_stalled": lambda figure: (
        _("In the stage for %(times)s times as long as it should take")
        % {"times": formats.number(figure["stage_on_time"], 1)}
    ),
    "goal_off_track": _goal,
    "detractor_unanswered": _critic,
    "no_executive": lambda figure: (
        _("No two-way touch with an executive for %(days)s days") % {"days": round(figure["executive_touch"])}
    ),
    "handover_gap": _handover,
    "renewal_unforecast": _forecast,
    "promise_broken": _promise,
    "education_gap": lambda figure: (
        _("Of %(people)s people, %(share)s completed a course in a year")
        % {"people": int(figure["people"]), "share": formats.percent(figure["courses"])}
    ),
    "say_do_conflict": lambda figure: _("They praise it and hardly use it"),
}


def say_risk(kind: str, figure: Figure) -> str:
    """The finding in one sentence, from the account's figures."""
    return _SENTENCES[kind](figure)[:200]


def finding_words(kind: str, figure: Figure, limits: Mapping[str, float]) -> tuple[str, tuple[str, ...]]:
    """The finding in one sentence, and each figure that was held against a threshold (`against_limits`)."""
    return _finding_words(
        kind,
        tuple((name, None if math.isnan(value := figure[name]) else value) for name in _FIGURES.get(kind, ())),
        tuple((name, limits[name]) for name in HELD_AGAINST.get(kind, ())),
        get_language() or "",
    )


@lru_cache(maxsize=8192)
def _finding_words(
    kind: str,
    figures: tuple[tuple[str, float | None], ...],
    limits: tuple[tuple[str, float], ...],
    _language: str,
) -> tuple[str, tuple[str, ...]]:
    """Counts and days repeat all over a book; NaN stands as None, for it never equals itself."""
    figure = {name: math.nan if value is None else value for name, value in figures}
    return say_risk(kind, figure), tuple(against_limits(kind, figure, dict(limits)))


@lru_cache(maxsize=1024)
def _limit_words(kind: str, name: str, limit: float, _language: str) -> tuple[str, str]:
    """The unit of a threshold, and what it says."""
    threshold = DEFINITIONS[kind].threshold(name)
    words = _("%(label)s: %(limit)s") % {"label": threshold.label, "limit": value_words(threshold.unit, limit)}
    return threshold.unit, words


def against_limits(kind: str, figure: Figure, limits: Mapping[str, float]) -> list[str]:
    """Each figure that was held against a threshold, with the threshold; what is unknown is left out."""
    lines = []
    for name, source in HELD_AGAINST.get(kind, {}).items():
        value = figure[source]
        if value == value:  # noqa: PLR0124 not NaN
            unit, words = _limit_words(kind, name, limits[name], get_language() or "")
            lines.append(_("%(limit)s. Here: %(value)s") % {"limit": words, "value": value_words(unit, value)})
    return lines
