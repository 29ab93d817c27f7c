"""Results as charts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from ui.charts import Bar, Estimate, Figure, Reach, band, bars, heat, whiskers
from ui.charts.frame import Target
from ui.charts.geometry import Number, coordinate
from ui.formats import number, percent
from voc.formulas.answers import OTHER
from voc.formulas.definitions import NO, YES, Question, text_in
from voc.formulas.drivers import Driver
from voc.formulas.measures import Measured, Scale
from voc.formulas.results.groups import Compared, Group, Table, Trend
from voc.formulas.results.questions import QuestionResult
from voc.formulas.results.words import (
    interval_words,
    p_words,
    scale_name,
    test_name,
    word_of,
    write_change,
    write_value,
)

SHOWN = 12


def trend_figure(scale: Scale, trend: Trend | None, *, slot: str = "l", target: Target = "web") -> Figure | None:
    """The line inside its band."""
    if trend is None or not trend.points:
        return None
    points = []
    for point in trend.points:
        found = point.measured
        value = found.value or 0.0
        low, high = found.low, found.high
        points.append(
            Estimate(point.start, value, value if low is None else low, value if high is None else high, found.n)
        )
    low_end, high_end = scale.span
    values = [one.low for one in points] + [one.high for one in points]
    if scale.kind == "nps":
        low_end, high_end = min(-20.0, *map(float, values)), max(60.0, *map(float, values))

    def write(value: Number | None) -> str:
        return write_value(scale, None if value is None else float(value))

    figure = band(points, title=scale_name(scale), slot=slot, low=low_end, high=high_end, write=write, target=target)
    if figure is None or not trend.unseen:
        return figure
    return replace(figure, note=unseen_words(trend.unseen))


def unseen_words(number_of: int) -> str:
    """Said beside every table with unseen groups."""
    return _("%(n)s answers in small groups are not shown apart") % {"n": number(number_of)}


def group_figure(
    dimension: str,
    title: str,
    table: Table,
    overall: Measured,
    names: Mapping[str, str],
    *,
    slot: str = "s",
    target: Target = "web",
) -> Figure | None:
    """Groups on one axis with their intervals, at most the twelve largest; the note says what is missing."""
    largest = sorted(table.groups, key=lambda group: -group.measured.n)[:SHOWN]
    shown = [group for group in table.groups if group in largest]
    scale = overall.scale
    rows = [
        Reach(
            word_of(dimension, group.key, names),
            group.measured.value or 0.0,
            group.measured.low,
            group.measured.high,
            group.measured.n,
            _("differs from the rest, %(p)s") % {"p": p_words(group.against.p)}
            if group.against is not None and group.against.p is not None and group.against.is_clear
            else "",
        )
        for group in shown
    ]

    def write(value: Number | None) -> str:
        return write_value(scale, None if value is None else float(value))

    figure = whiskers(
        rows,
        title=title,
        unit=scale_name(scale),
        slot=slot,
        low=scale.span[0],
        high=scale.span[1],
        middle=overall.value,
        middle_name=_("All"),
        write=write,
        target=target,
    )
    if figure is None:
        return None
    notes = [unseen_words(table.unseen)] if table.unseen else []
    if len(table.groups) > len(shown):
        notes.append(_("the %(n)s largest of %(all)s") % {"n": len(shown), "all": len(table.groups)})
    return replace(figure, note="; ".join(notes))


def option_words(found: QuestionResult, key: str, language: str) -> str:
    """What an option is called."""
    fixed = {OTHER: _("Other"), YES: _("Yes"), NO: _("No")}
    return fixed[key] if key in fixed else found.question.option_text(key, language)


def question_figure(found: QuestionResult, language: str, *, target: Target = "web") -> Figure | None:
    """The chart that fits: bars for scales and choices, mean places for rankings, a heat table for a matrix."""
    title = text_in(found.question.text, language)
    if found.is_hidden:
        return None
    if found.measured is not None:
        return _scale_figure(found, title, target)
    if found.choices:
        rows = [Bar(option_words(found, one.id, language), 100 * (one.share.value or 0)) for one in found.choices]
        figure = bars(rows, title=title, unit="%", high=100, slot="s", write=_percent, target=target)
        return _with_table(
            figure,
            [_("Answer"), _("Answers"), _("Share"), _("from"), _("to")],
            [
                [option_words(found, one.id, language), number(one.count), *map(percent, _ends(one.share))]
                for one in found.choices
            ],
        )
    if found.ranking:
        size = len(found.ranking)
        reaches = [
            Reach(
                found.question.option_text(one.id, language),
                one.place.value or 0,
                one.place.low,
                one.place.high,
                one.place.n,
                _("first for %(share)s") % {"share": percent(one.first.value)},
            )
            for one in found.ranking
            if one.place.value is not None
        ]
        unit = _("mean place, 1 is first")
        return whiskers(reaches, title=title, unit=unit, slot="s", low=1, high=size, write=_decimal, target=target)
    if found.matrix is not None:
        return _matrix_figure(found, title, language)
    return None


def _scale_figure(found: QuestionResult, title: str, target: Target) -> Figure | None:
    measured = found.measured
    if measured is None or not measured.n:
        return None
    counts = measured.counts or {}
    scale = measured.scale
    shares = [(score, counts.get(score, 0)) for score in range(scale.low, scale.high + 1)]
    rows = [Bar(str(score), 100 * count / measured.n) for score, count in shares]
    figure = bars(rows, title=title, unit="%", slot="s", write=_percent, target=target)
    table = [[str(score), number(count), percent(count / measured.n)] for score, count in shares]
    return _with_table(figure, [_("Number"), _("Answers"), _("Share")], table)


def _matrix_figure(found: QuestionResult, title: str, language: str) -> Figure:
    question = found.question
    rows: list[tuple[str, Sequence[Number | None]]] = []
    for row in question.rows:
        counts = (found.matrix or {}).get(row.id, {})
        total = sum(counts.values())
        shares = [100 * counts.get(one.id, 0) / total if total else None for one in question.columns]
        rows.append((text_in(row.text, language), shares))
    columns = [text_in(one.text, language) for one in question.columns]
    return heat(rows, title=title, columns=columns, unit=_("% of the row"), write=_percent)


def _with_table(figure: Figure | None, head: list[str], rows: list[list[str]]) -> Figure | None:
    return None if figure is None else replace(figure, head=head, rows=rows)


def _ends(share: object) -> tuple[float | None, float | None, float | None]:
    return getattr(share, "value", None), getattr(share, "low", None), getattr(share, "high", None)


def _percent(value: Number | None) -> str:
    return percent(None if value is None else float(value) / 100)


def _decimal(value: Number | None) -> str:
    return number(value, 1)


def drivers_figure(scale: Scale, drivers: Sequence[tuple[Driver, str]], *, target: Target = "web") -> Figure | None:
    """How much the headline differs between those who said something and those who did not."""
    rows = [
        Reach(name, one.difference.value or 0, one.difference.low, one.difference.high, one.n)
        for one, name in drivers[:SHOWN]
    ]
    most = max(
        (abs(float(end)) for row in rows for end in (row.low, row.high, row.value) if end is not None), default=1
    )

    def write(value: Number | None) -> str:
        return write_change(scale, None if value is None else float(value))

    return whiskers(
        rows,
        title=_("What goes together with the score"),
        unit=_("difference"),
        slot="l",
        low=-most,
        high=most,
        middle=0,
        middle_name=_("no difference"),
        write=write,
        target=target,
    )


def title_of(found: QuestionResult, language: str) -> str:
    """The question in words."""
    return text_in(found.question.text, language) or found.question.id


def figure_words(found: QuestionResult) -> str:
    """The figure of a scale: `+34 (+21 … +45, n 210)`."""
    if found.measured is None or not found.measured.n:
        return ""
    return f"{write_value(found.measured.scale, found.measured.value)} ({interval_words(found.measured)})"


def driver_name(driver: Driver, questions: Sequence[Question], language: str) -> str:
    """What was said, in words."""
    if driver.group == "theme":
        return _("Comment about: %(theme)s") % {"theme": driver.name}
    question = next((one for one in questions if one.id == driver.group), None)
    words = text_in(question.text, language) if question else driver.group
    return f"{words[:60]}: {driver.name or _('Other')}"


def compare_figure(found: Compared, names: Mapping[str, str]) -> Figure | None:
    """Two groups on one axis."""
    table = Table((Group(found.first, found.one), Group(found.second, found.two)))
    figure = group_figure(found.dimension, scale_name(found.one.scale), table, found.one, names, slot="l")
    return None if figure is None else replace(figure, unit="")


def compare_words(found: Compared, names: Mapping[str, str]) -> str:
    """The verdict as a sentence."""
    scale, test = found.one.scale, found.difference
    words = {
        "one": word_of(found.dimension, found.first, names),
        "two": word_of(found.dimension, found.second, names),
    }
    if test.p is None or test.low is None or test.high is None:
        return _("Too few answers to say whether %(one)s and %(two)s differ.") % words
    words |= {
        "value": write_change(scale, test.value),
        "low": write_change(scale, test.low),
        "high": write_change(scale, test.high),
        "test": test_name(test.test),
        "p": p_words(test.p),
    }
    if not test.is_clear:
        return (
            _(
                "No evidence of a difference: %(two)s stands %(value)s from %(one)s, between %(low)s and %(high)s "
                "(%(test)s, %(p)s)."
            )
            % words
        )
    return _("%(two)s differs from %(one)s by %(value)s, between %(low)s and %(high)s (%(test)s, %(p)s).") % words


def stacked(parts: Sequence[tuple[str, int]]) -> list[tuple[str, str, str]]:
    """(start, width, tone) of each part of a bar that is 100 wide."""
    whole = sum(count for _tone, count in parts) or 1
    found, start = [], 0.0
    for tone, count in parts:
        width = 100 * count / whole
        found.append((coordinate(start), coordinate(width), tone))
        start += width
    return found
