"""The words that an insight rests on, as their reader may see them: to choose from, and for a file."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from team.models import User
from voc.models import Feedback, Insight
from voc.selectors.queue import of_insight_or_visible
from voc.selectors.quotes import author_for, quote_for

CHOSEN_FROM = 200
LETTERS = 160


def quotes_of(insight: Insight, user: User) -> QuerySet[Feedback]:
    """Newest first. SECURITY: of accounts that were merged into it only those that the user sees."""
    rows = Feedback.objects.filter(of_insight_or_visible(insight, user), quoted_in__insight=insight)
    return rows.select_related("account", "contact").order_by("-received_at", "-pk")


def splittable(*, insight: Insight, user: User) -> list[tuple[int, str]]:
    """Quotes to choose from, the newest 200: id and words."""
    return [
        (one.pk, f"{one.received_at:%Y-%m-%d} · {Truncator(quote_for(user, one)).chars(LETTERS) or _('(erased)')}")
        for one in quotes_of(insight, user)[:CHOSEN_FROM]
    ]


def quote_header() -> list[str]:
    """The first line of the file of quotes."""
    return [
        *(_("When"), _("Account"), _("Who"), _("By"), _("Score"), _("Sentiment"), _("Language")),
        *(_("What was said"), _("Where")),
    ]


def quote_lines(insight: Insight, user: User) -> Iterator[list[object]]:
    """The lines of the file; personal data is masked for department members, as on the page."""
    for one in quotes_of(insight, user).iterator(chunk_size=2000):
        yield [
            one.received_at,
            one.account.name if one.account else "",
            author_for(user, one),
            one.get_source_display(),
            one.score_words,
            one.get_label_display() if one.understood_at else "",
            one.language,
            quote_for(user, one),
            one.url,
        ]
