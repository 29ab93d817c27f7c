"""What people said, filtered, newest first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.lists.keyset import Cursor, Order, take_slice
from voc.formulas.measures import Scale
from voc.models import Feedback, FeedbackTheme, Response
from voc.selectors.results.details import response_condition
from voc.selectors.results.overview import Reading

PAGE = 20


@dataclass(frozen=True)
class CommentFilter:
    """`mood`: good, watch or critical by the score. Each empty: all."""

    label: str = ""
    theme: str = ""
    mood: str = ""
    words: str = ""


@dataclass(frozen=True)
class Comments:
    """One page; `after` begins the next one. Without `names_people` nobody is named and no score is shown."""

    rows: Sequence[Feedback]
    after: Cursor | None
    names_people: bool
    is_hidden: bool


def read_comments(reading: Reading, only: CommentFilter, after: Cursor | None) -> Comments:
    """Verbatims of responses that count; two or three queries.

    SECURITY: in an anonymous survey no score and no word picks comments out: only the page's own filters, which keep
    small groups unseen.
    """
    scope = reading.scope
    if reading.is_refused or reading.is_too_small:
        return Comments([], None, scope.names_people, is_hidden=True)
    responses = Response.objects.counted().filter(scope.condition(), response_condition(reading.filters))
    rows = Feedback.objects.filter(response__in=responses.filter(version__survey=scope.survey))
    if only.theme:
        rows = rows.filter(pk__in=FeedbackTheme.objects.filter(theme__slug=only.theme).values("feedback"))
    if only.label:
        rows = rows.filter(label=only.label)
    if not scope.is_protected:
        if only.mood and reading.asked.scale is not None:
            rows = rows.filter(response__score__in=scores_of(reading.asked.scale, only.mood))
        if only.words:
            rows = rows.filter(text__icontains=only.words)
    elif (only.theme or only.label) and 0 < rows[: reading.least].count() < reading.least:
        return Comments([], None, scope.names_people, is_hidden=True)
    rows = rows.select_related("account", "contact", "response").prefetch_related("tags__theme", "quoted_in__insight")
    found = take_slice(rows, Order("received_at", descending=True), after=after, size=PAGE)
    return Comments(found.rows, found.next, scope.names_people, is_hidden=False)


def scores_of(scale: Scale, mood: str) -> list[int]:
    """The scores of one mood."""
    return [score for score in range(scale.low, scale.high + 1) if scale.tone(score) == mood]


def themes_in(reading: Reading) -> list[tuple[str, str]]:
    """(slug, name) of the themes that were said; one query."""
    tags = FeedbackTheme.objects.filter(feedback__response__version__survey=reading.scope.survey).order_by()
    return sorted(set(tags.values_list("theme__slug", "theme__name").distinct()), key=lambda pair: pair[1])
