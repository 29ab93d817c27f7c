"""Questions, drivers, two groups against each other, several surveys as one: what stands behind the headline."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from voc.formulas.answers import OTHER
from voc.formulas.comparisons import compare
from voc.formulas.definitions import SCALED, Question
from voc.formulas.drivers import LEAST_EACH, Candidate, Driver, find_drivers
from voc.formulas.masking_groups import hidden_groups
from voc.formulas.measures import Measured, Scale, measure, scale_of
from voc.formulas.results.filters import Filters
from voc.formulas.results.groups import Compared, Trend, counts_per_stretch, step_for, trend_from
from voc.formulas.results.questions import QuestionResult, question_result
from voc.formulas.results.sheet import Array, is_answered, keys_of
from voc.models import FeedbackTheme, Response, Survey
from voc.selectors.results.overview import Reading, read_survey
from voc.selectors.results.scope import scope_of

MOST_JOINED = 6


@dataclass(frozen=True)
class Together:
    """Several surveys of the same kind as one: each one's figure, all together, one trend."""

    surveys: Sequence[tuple[Survey, Measured]]
    all: Measured
    trend: Trend


def read_questions(reading: Reading) -> list[QuestionResult]:
    """What each question brought; no query."""
    if reading.is_refused or reading.is_too_small:
        return []
    return [
        question_result(reading.sheet, question, place, least=reading.least)
        for place, question in enumerate(reading.asked.questions)
    ]


def read_drivers(reading: Reading, language: str) -> list[Driver]:
    """What goes together with the headline: other answers, and themes of what was said; one query for the themes."""
    scale = reading.asked.scale
    if scale is None or reading.is_refused or reading.is_too_small:
        return []
    candidates = [*_answers(reading, language), *_themes(reading, scale)]
    return find_drivers(scale, candidates, least=max(LEAST_EACH, reading.least))


def _answers(reading: Reading, language: str) -> Iterator[Candidate]:
    sheet = reading.sheet
    headline = reading.asked.headline
    for question in reading.asked.questions:
        if headline is not None and question.id == headline.id:
            continue
        column = sheet.answers[question.id]
        answered = is_answered(question, column) & sheet.scored
        for key, name, mask in _sides(question, column, language):
            yield Candidate(
                f"{question.id}:{key}",
                name,
                question.id,
                sheet.counts(mask & answered),
                sheet.counts(~mask & answered),
            )


def _sides(question: Question, column: Array, language: str) -> Iterator[tuple[str, str, Array]]:
    """What one may have answered or not. Scales: the good end (as CSAT and NPS count it) against the rest."""
    if question.type in SCALED:
        scale = scale_of(question.type, question.scale)
        good = np.array([score for score in range(scale.low, scale.high + 1) if scale.tone(score) == "good"])
        yield "good", f"{good.min()}-{good.max()}", np.isin(column, good)
    elif question.type in ("single", "multiple"):
        for place, key in enumerate(keys_of(question)):
            words = "" if key == OTHER else question.option_text(key, language)
            yield key, words, ((column >> np.uint64(place)) & np.uint64(1)).astype(bool)
    elif question.type == "ranking":
        for place, option in enumerate(question.options):
            yield option.id, question.option_text(option.id, language), column[:, place] == 1


def _themes(reading: Reading, scale: Scale) -> Iterator[Candidate]:
    """Themes among those who commented: with the theme against without it."""
    scope, filters = reading.scope, reading.filters
    rows = Response.objects.counted().filter(scope.condition(), response_condition(filters))
    rows = rows.filter(version__survey=scope.survey, score__isnull=False)
    said = dict(rows.filter(feedback__isnull=False).values_list("pk", "score"))
    tags = FeedbackTheme.objects.filter(feedback__response__in=rows).values_list(
        "feedback__response_id", "theme__slug", "theme__name"
    )
    by_theme: dict[tuple[str, str], set[int]] = defaultdict(set)
    for response_id, slug, name in tags:
        by_theme[slug, name].add(response_id)
    everybody = _counted(score for score in said.values() if score is not None)
    for (slug, name), ids in sorted(by_theme.items()):
        having = _counted(score for pk in ids if (score := said.get(pk)) is not None)
        rest = {score: number - having.get(score, 0) for score, number in everybody.items()}
        yield Candidate(
            f"theme:{slug}", name, "theme", having, {score: number for score, number in rest.items() if number}
        )


def _counted(scores: Iterator[int]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for score in scores:
        found[score] += 1
    return dict(found)


def response_condition(filters: Filters) -> Q:
    """The filters as a condition on responses."""
    condition = Q()
    for name, word in filters.words.items():
        if name in ("wave", "link"):
            path = "invitation__wave" if name == "wave" else "link"
            condition &= Q(**{path: int(word)}) if word.isdigit() else Q(**{f"{path}__isnull": True})
        else:
            condition &= Q(**{name: word})
    if filters.start is not None:
        condition &= Q(submitted_at__gte=_first_moment(filters.start))
    if filters.end is not None:
        condition &= Q(submitted_at__lt=_first_moment(filters.end + 1))
    return condition


def _first_moment(month: int) -> dt.datetime:
    return dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)


def read_comparison(reading: Reading, dimension: str, first: str, second: str) -> Compared | None:
    """Two words of one dimension; None where one of them must stay unseen or nothing is measured."""
    scale = reading.asked.scale
    if scale is None or reading.is_refused or reading.is_too_small or dimension in reading.filters.words:
        return None
    codes = reading.sheet.dimensions[dimension]
    counts = {label: reading.sheet.counts(codes.is_word(label)) for label in codes.labels}
    sizes = {label: sum(found.values()) for label, found in counts.items()}
    hidden: set[str] = hidden_groups(sizes, least=reading.least)
    if {first, second} & hidden or first == second:
        return None
    if not sizes.get(first) or not sizes.get(second):
        return None
    one, two = measure(scale, counts[first]), measure(scale, counts[second])
    return Compared(dimension, first, second, one, two, compare(scale, counts[first], counts[second]))


def joinable(reading: Reading) -> list[Survey]:
    """Other surveys of the same kind, which may stand in one trend. Anonymous ones stay for themselves."""
    if reading.scope.is_protected:
        return []
    rows = Survey.objects.filter(kind=reading.scope.survey.kind, is_anonymous=False)
    return list(rows.exclude(pk=reading.scope.survey.pk).order_by("name")[:50])


def read_together(reading: Reading, surveys: Sequence[Survey]) -> Together | None:
    """This survey and others of its kind as one, with the same filters; None where their scales differ."""
    scale = reading.asked.scale
    if scale is None:
        return None
    readings = [reading]
    for survey in surveys[:MOST_JOINED]:
        other = read_survey(scope_of(reading.scope.user, survey), _without_own(reading.filters))
        if other.asked.scale == scale:
            readings.append(other)
    if len(readings) < 2:
        return None
    days = np.concatenate([one.sheet.day[one.sheet.scored] for one in readings])
    step = step_for(days, is_protected=False)
    stretches: dict[dt.date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    everybody: dict[int, int] = defaultdict(int)
    for one in readings:
        for day, counts in counts_per_stretch(one.sheet, step).items():
            for score, number in counts.items():
                stretches[day][score] += number
                everybody[score] += number
    return Together(
        [(one.scope.survey, measure(scale, one.sheet.counts())) for one in readings],
        measure(scale, everybody),
        trend_from(scale, dict(sorted(stretches.items())), step),
    )


def _without_own(filters: Filters) -> Filters:
    """Waves and links belong to one survey."""
    words = {name: word for name, word in filters.words.items() if name not in ("wave", "link")}
    return Filters(filters.start, filters.end, words)
