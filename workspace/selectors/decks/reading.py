"""The whole review, slide by slide, in its own language."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account
from team.clock import today
from team.models import User
from team.selectors.install import read_install
from ui import formats
from workspace.formulas.decks import Choice, Composition, composition_of
from workspace.formulas.slides import Review, Slide, clip
from workspace.models import Deck, DeckJob
from workspace.selectors.decks.people import next_slide, people_slide, voice_slide
from workspace.selectors.decks.proof import goals_slide, promises_slide, value_slide
from workspace.selectors.decks.sources import Source
from workspace.selectors.decks.use import features_slide, health_slide, risks_slide, usage_slide

JOBS_SHOWN = 5


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def composition_for(account: Account) -> Composition:
    """How the account's review is composed now; the defaults where nobody composed one. One query."""
    deck = Deck.objects.filter(account=account).first()
    if deck is None:
        return composition_of(weeks=None, language=None, slides=None, languages=languages())
    return composition_of(weeks=deck.weeks, language=deck.language, slides=deck.slides, languages=languages())


def newest_jobs(account: Account) -> list[DeckJob]:
    """The files that were asked for last, newest first; one query."""
    rows = DeckJob.objects.filter(account=account).select_related("asked_by", "file")
    return list(rows.order_by("-created_at", "-id")[:JOBS_SHOWN])


def _title_slide(source: Source, choice: Choice) -> Slide:
    return Slide("title", source.account.name)


SLIDE_READERS: dict[str, Callable[[Source, Choice], Slide]] = {
    "title": _title_slide,
    "goals": goals_slide,
    "value": value_slide,
    "usage": usage_slide,
    "features": features_slide,
    "voice": voice_slide,
    "promises": promises_slide,
    "next": next_slide,
    "people": people_slide,
    "health": health_slide,
    "risks": risks_slide,
}


def read_review(*, account: Account, user: User, composition: Composition) -> Review:
    """Every slide that is on, with the figures of the account's pages, worded in the review's language.

    The caller has checked that the user may; `account` comes with its summary and CSM. About 20 queries with
    everything on.
    """
    install = read_install()
    until = today()
    since = until - dt.timedelta(days=composition.weeks * 7 - 1)
    source = Source(account, user, since, until, install.currency)
    with override(composition.language):
        return Review(
            account=account.name,
            company=install.company,
            title=_("Business review"),
            period=f"{formats.day(since)} – {formats.day(until)}",
            made=formats.day(until),
            language=composition.language,
            confidential=_("Confidential: for %(name)s") % {"name": clip(account.name, 60)},
            slides=tuple(_slides(source, composition)),
        )


def _slides(source: Source, composition: Composition) -> Iterator[Slide]:
    for choice in composition.shown:
        slide = SLIDE_READERS[choice.name](source, choice)
        yield replace(slide, text=choice.text.strip(), notes=choice.notes.strip())
