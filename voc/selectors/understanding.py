"""What understanding looks like from outside: themes with their volume, accuracy against people, proposed topics."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q

from team.clock import now
from team.models import User
from voc.formulas.understanding.measuring import Figure, wilson
from voc.models import Correction, Feedback, FeedbackTheme, LearnedModel, Theme, Topic

DAYS = 90
FEWEST_TO_JUDGE = 10
DRIFT = 0.1
DRIFT_DAYS = 30
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of what people looked at and was held back: how often the reading was right."""

    name: str
    right: int
    n: int

    @property
    def figure(self) -> Figure:
        """With Wilson's interval."""
        return wilson(self.right, self.n)

    @property
    def words(self) -> str:
        """As shares; "" below ten."""
        if self.n < FEWEST_TO_JUDGE:
            return ""
        one = self.figure
        return f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%})"


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """One theme: `volume` pieces in 90 days, `by_people` tags by people."""

    theme: Theme
    volume: int
    by_people: int
    accuracy: Accuracy | None
    is_learned: bool


@dataclass(frozen=True, slots=True)
class ThemeGroup:
    """A theme of the first level with those under it."""

    line: ThemeLine
    lines: tuple[ThemeLine, ...]


@dataclass(frozen=True, slots=True)
class TopicCard:
    """A proposed topic with some of its pieces, as far as the user may read them."""

    topic: Topic
    examples: tuple[Feedback, ...]


def read_tree(user: User) -> list[ThemeGroup]:
    """Themes in use, in two levels, with what the user may see of their volume. Four queries."""
    since = now() - dt.timedelta(days=DAYS)
    visible = Feedback.objects.visible_to(user).filter(received_at__gte=since)
    tags = FeedbackTheme.objects.filter(feedback__in=visible).values("theme")
    counts = {
        row["theme"]: (row["n"], row["mine"])
        for row in tags.annotate(n=Count("pk"), mine=Count("pk", filter=Q(is_by_person=True)))
    }
    learned = {row.theme_id: row for row in LearnedModel.objects.filter(is_current=True, theme__isnull=False)}
    themes = list(Theme.objects.in_use().select_related("department", "parent"))
    lines = {theme.pk: _line(theme, counts.get(theme.pk, (0, 0)), learned.get(theme.pk)) for theme in themes}
    return [
        ThemeGroup(
            lines[theme.pk],
            tuple(
                sorted(
                    (lines[one.pk] for one in themes if one.parent_id == theme.pk),
                    key=lambda line: (-line.volume, line.theme.name),
                )
            ),
        )
        for theme in themes
        if theme.parent_id is None or theme.parent_id not in lines
    ]


def _line(theme: Theme, counts: tuple[int, int], learned: LearnedModel | None) -> ThemeLine:
    figures = learned.figures if learned is not None else {}
    n = int(figures.get("held_back", 0))
    accuracy = Accuracy(theme.name, int(figures.get("right", 0)), n) if n else None
    return ThemeLine(theme, counts[0], counts[1], accuracy, learned is not None)


def read_accuracy(*, since: dt.datetime | None = None) -> list[Accuracy]:
    """Held-back corrections by sentiment per language, language, and each theme: was it right as read? Two queries.

    People mostly correct what is wrong, so this is a floor: pieces that nobody touched do not count.
    """
    rows = Correction.objects.filter(is_held_back=True).exclude(read_by="")
    if since is not None:
        rows = rows.filter(at__gte=since)
    found: dict[str, list[bool]] = {}
    for about, language, theme, was, is_now in rows.values_list(
        "about", "feedback__language", "theme__name", "was", "now"
    ):
        name = {"label": f"sentiment {language}", "language": "language"}.get(about, f"theme {theme}")
        found.setdefault(name, []).append(was == is_now)
    return [Accuracy(name, sum(right), len(right)) for name, right in sorted(found.items())]


def read_drift() -> list[str]:
    """What people agreed with clearly less in the last 30 days than before."""
    recent = {one.name: one for one in read_accuracy(since=now() - dt.timedelta(days=DRIFT_DAYS))}
    pairs = [(one, recent[one.name]) for one in read_accuracy() if one.name in recent]
    return [
        one.name for one, late in pairs if late.n >= FEWEST_TO_JUDGE and late.right / late.n < one.right / one.n - DRIFT
    ]


def read_topics(user: User) -> list[TopicCard]:
    """What is proposed, largest first. Two queries.

    SECURITY: a topic shows words of several customers; only those that the user may read, and only topics with any.
    """
    visible = Feedback.objects.visible_to(user).select_related("account").order_by("-received_at")
    topics: Iterable[Topic] = Topic.objects.filter(state=Topic.State.PROPOSED).prefetch_related(
        Prefetch("feedback", queryset=visible, to_attr="readable")
    )
    cards = [TopicCard(topic, tuple(getattr(topic, "readable", ())[:EXAMPLES])) for topic in topics]
    return [card for card in cards if card.examples]
