"""The page of a survey: headline, rates, trend and tables, over what the reader may see."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q

from accounts.models import Persona
from voc.formulas.intervals import Interval, share_interval
from voc.formulas.measures import Measured, measure
from voc.formulas.results.filters import Filters, is_refused, mask_of
from voc.formulas.results.groups import Table, Trend, by_dimension, table_of, trend_of
from voc.formulas.results.sheet import DIMENSIONS, Sheet
from voc.models import Invitation, Response, SurveyLink, Wave
from voc.selectors.results.loading import Questionnaire, questionnaire_of
from voc.selectors.results.scope import Scope
from voc.selectors.results.settled import read_sheet

State = Invitation.State
NOT_ASKED = (State.SUPPRESSED, State.RECALLED)


@dataclass(frozen=True)
class Reading:
    """A survey's responses as the reader may see them: all, and those that the filters keep.

    `names`: what waves, links and personas are called. `is_refused`: the filters would give a small group away; then
    nothing is kept.
    """

    scope: Scope
    asked: Questionnaire
    filters: Filters
    everything: Sheet
    sheet: Sheet
    names: Mapping[str, str]
    is_refused: bool

    @property
    def least(self) -> int:
        """Groups below it stay unseen."""
        return self.scope.least

    @property
    def is_too_small(self) -> bool:
        """Somebody answered, and too few to show anything."""
        return 0 < int(self.sheet.is_confirmed.sum()) < self.least


@dataclass(frozen=True)
class Rates:
    """How it went out and came back. `answered` of asked counts invitations alone; started and complete count all.

    provisional and machine are apart and counted nowhere; seconds is the median of the complete ones.
    """

    asked: int
    planned: int
    opened: int
    answered: Interval
    started: int
    confirmed: int
    complete: Interval
    partial: int
    provisional: int
    machine: int
    seconds: int | None
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Overview:
    """Headline, trend and tables. `headline` None: no scaled question, or too few answers."""

    headline: Measured | None
    trend: Trend | None
    tables: Mapping[str, Table]


def read_survey(scope: Scope, filters: Filters) -> Reading:
    """The responses behind every page of results; five queries, whatever their number."""
    asked = questionnaire_of(scope.survey)
    everything = read_sheet(scope, asked)
    refused = is_refused(everything, filters, least=scope.least)
    mask = np.zeros(len(everything), dtype=bool) if refused else mask_of(everything, filters)
    return Reading(scope, asked, filters, everything, everything.where(mask), names_of(scope), refused)


def read_rates(reading: Reading) -> Rates:
    """Response, start and completion; two queries. Filters that invitations know (month, wave, persona) hold there."""
    scope, sheet = reading.scope, reading.sheet
    invitations = Invitation.objects.filter(scope.condition(), version__survey=scope.survey).order_by()
    responses = Response.objects.filter(scope.condition(), version__survey=scope.survey).order_by()
    is_planned = Q(state=State.QUEUED, message_ref="")
    tallied = Counter[tuple[str, bool, bool, str]]()
    narrowed = invitations.filter(invitation_condition(reading.filters))
    rows = narrowed.annotate(waits=is_planned, is_opened=Q(opened_at__isnull=False))
    for state, planned, opened, reason, number in rows.values_list("state", "waits", "is_opened", "reason").annotate(
        n=Count("pk")
    ):
        tallied[state, planned, opened, reason if state == State.SUPPRESSED else ""] += number
    counted = {key: number for key, number in tallied.items() if key[0] not in NOT_ASKED}
    asked = sum(number for (_state, planned, _opened, _reason), number in counted.items() if not planned)
    answered = sum(number for key, number in counted.items() if key[0] == State.ANSWERED)
    uncounted = [Response.State.PROVISIONAL, Response.State.MACHINE]
    apart = dict(responses.filter(state__in=uncounted).values_list("state").annotate(n=Count("pk")))
    reasons = Counter({reason: number for (state, _p, _o, reason), number in tallied.items() if reason})
    confirmed = int(sheet.is_confirmed.sum())
    if scope.survey.is_anonymous:
        answered = confirmed  # no invitation knows of its answer
    complete = int((sheet.is_complete & sheet.is_confirmed).sum())
    seconds = sheet.seconds[sheet.is_complete & sheet.is_confirmed & (sheet.seconds >= 0)]
    return Rates(
        asked=asked,
        planned=sum(number for (_state, planned, _opened, _reason), number in counted.items() if planned),
        opened=sum(number for (_state, _planned, opened, _reason), number in counted.items() if opened),
        answered=share_interval(min(answered, asked), asked),
        started=len(sheet),
        confirmed=confirmed,
        complete=share_interval(complete, len(sheet)),
        partial=len(sheet) - confirmed,
        provisional=apart.get(Response.State.PROVISIONAL, 0),
        machine=apart.get(Response.State.MACHINE, 0),
        seconds=int(np.median(seconds)) if len(seconds) >= max(reading.least, 1) else None,
        reasons=tuple(reasons.most_common()),
    )


def invitation_condition(filters: Filters) -> Q:
    """What of the filters is known about somebody who was asked. A link is for nobody in particular."""
    condition = Q()
    paths = {"segment": "account__segment__name", "persona": "contact__persona", "stage": "account__summary__stage"}
    for name, word in filters.words.items():
        if name == "wave":
            condition &= Q(wave=int(word)) if word.isdigit() else Q(wave__isnull=True)
        elif name == "language":
            condition &= Q(language=word)
        elif name in paths:
            condition &= Q(**{paths[name]: word})
        else:
            condition &= Q(pk__in=[])
    return condition


def read_overview(reading: Reading, rates: Rates | None = None) -> Overview:
    """Headline with its interval, trend, tables by dimension; at most one query.

    The finite-population correction holds where everybody who was asked is known: nothing came over a public link, and
    nothing is filtered but the wave.
    """
    scale, sheet = reading.asked.scale, reading.sheet
    if scale is None or reading.is_refused or reading.is_too_small:
        return Overview(None, None, {})
    only_asked = not any(reading.everything.dimensions["link"].labels)
    plain = set(reading.filters.words) <= {"wave"} and reading.filters.start is None and reading.filters.end is None
    population = rates.asked if rates and only_asked and plain and rates.asked else None
    waves = _asked_by_wave(reading) if only_asked else {}
    tables = {}
    for name in DIMENSIONS:
        counts = by_dimension(sheet, name)
        if name in reading.filters.words or not any(key for key, found in counts.items() if found):
            continue
        order = sorted(counts, key=lambda key: _order(name, key))
        populations = waves if name == "wave" else None
        found = {key: counts[key] for key in order}
        tables[name] = table_of(scale, found, least=reading.least, populations=populations)
    return Overview(
        headline=measure(scale, sheet.counts(), population=population),
        trend=trend_of(scale, sheet, least=reading.least),
        tables=tables,
    )


def _order(name: str, key: str) -> tuple[int, str]:
    return (int(key) if name in ("wave", "link") and key.isdigit() else 0, key)


def _asked_by_wave(reading: Reading) -> dict[str, int]:
    if set(reading.everything.dimensions["wave"].labels) <= {""}:
        return {}
    rows = Invitation.objects.filter(reading.scope.condition(), version__survey=reading.scope.survey).order_by()
    rows = rows.exclude(state__in=NOT_ASKED).exclude(state=State.QUEUED, message_ref="")
    found = rows.values_list("wave_id").annotate(n=Count("pk"))
    return {str(wave): number for wave, number in found if wave is not None}


def names_of(scope: Scope) -> dict[str, str]:
    """What waves, links and personas are called: {"wave:3": "Spring"}; two queries."""
    waves = Wave.objects.filter(survey=scope.survey).values_list("pk", "name")
    links = SurveyLink.objects.filter(survey=scope.survey).values_list("pk", "name")
    personas = {f"persona:{value}": str(words) for value, words in Persona.choices}
    return personas | {f"wave:{pk}": name for pk, name in waves} | {f"link:{pk}": name for pk, name in links}
