"""What a business review can hold, and which of it was chosen. Whatever is judged inside the house starts off."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERIODS: tuple[tuple[int, Promise], ...] = (
    (12, _("12 weeks")),
    (26, _("Half a year")),
    (52, _("A year")),
)
MOST_WORDS = 200
MOST_NOTES = 2000


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a slide may show. `is_internal`: our own judgement, never on by itself."""

    name: str
    label: Promise
    is_on: bool = False
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class SlideKind:
    name: str
    label: Promise
    hint: Promise
    is_on: bool = True
    is_internal: bool = False
    options: tuple[Option, ...] = ()


SLIDES: tuple[SlideKind, ...] = (
    SlideKind("title", _("Title"), _("Who reviews what with whom, and for which time.")),
    SlideKind(
        "goals",
        _("Goals and proof"),
        _("What the customer wants to reach, where it stands, and who signed it off."),
        options=(
            Option("unshared", _("Goals that the customer does not see yet"), is_internal=True),
            Option("evidence", _("Our notes on what shows it"), is_internal=True),
        ),
    ),
    SlideKind("value", _("Value reached"), _("What changed since the start, in the customer's own measures.")),
    SlideKind("usage", _("Usage"), _("How much the product is used, over time.")),
    SlideKind("features", _("Adoption by feature"), _("Which parts are used, in the last 28 days.")),
    SlideKind(
        "voice",
        _("Voice"),
        _("What they told us and what we did."),
        options=(
            Option("scores", _("Answers by score, with the NPS"), is_on=True),
            Option("quotes", _("Their words"), is_on=True),
            Option("names", _("Who said it")),
            Option("noted", _("What we noted ourselves: calls, by hand, imports"), is_internal=True),
        ),
    ),
    SlideKind(
        "promises",
        _("Promises kept"),
        _("What we promised and what became of it."),
        options=(Option("unshared", _("Promises that the customer does not see yet"), is_internal=True),),
    ),
    SlideKind(
        "next",
        _("Next steps"),
        _("The next meeting, shared tasks, goals that are due, the renewal."),
        options=(
            Option("renewal", _("When the contract renews"), is_on=True),
            Option("amounts", _("What runs, with its yearly amount")),
        ),
    ),
    SlideKind(
        "people",
        _("People"),
        _("Who works on it, on both sides."),
        options=(
            Option("addresses", _("Our mail address"), is_on=True),
            Option("personas", _("The role that we see them in"), is_internal=True),
        ),
    ),
    SlideKind(
        "health",
        _("Health"),
        _("Where the account is and where it should be, by component. For customers whom you show your scorecard."),
        is_on=False,
        is_internal=True,
        options=(
            Option("score", _("The score itself"), is_internal=True),
            Option("drivers", _("What costs most"), is_internal=True),
        ),
    ),
    SlideKind("risks", _("Risks"), _("What we see on our side. For reviews inside the house."), False, True),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One slide as composed: `text` stands on the slide, `notes` are for who presents (PowerPoint alone)."""

    name: str
    is_on: bool
    options: frozenset[str] = frozenset()
    text: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    weeks: int
    language: str
    slides: tuple[Choice, ...]

    @property
    def shown(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.slides if choice.is_on)


def default_choice(kind: SlideKind) -> Choice:
    """A slide before anybody touched it."""
    return Choice(kind.name, kind.is_on, frozenset(option.name for option in kind.options if option.is_on))


def composition_of(*, weeks: object, language: object, slides: object, languages: Sequence[str]) -> Composition:
    """What was stored, made whole: unknown things are dropped, missing slides are as by default.

    SECURITY: an option that is not in the stored list is off, so a new option never shows up in an old deck.
    """
    stored = {one.get("name"): one for one in slides if isinstance(one, Mapping)} if isinstance(slides, list) else {}
    return Composition(
        weeks=weeks if isinstance(weeks, int) and weeks in dict(PERIODS) else PERIODS[0][0],
        language=str(language) if language in languages else languages[0],
        slides=tuple(_choice(kind, stored.get(kind.name)) for kind in SLIDES),
    )


def _choice(kind: SlideKind, stored: Mapping[str, Any] | None) -> Choice:
    if stored is None:
        return default_choice(kind)
    known = {option.name for option in kind.options}
    return Choice(
        name=kind.name,
        is_on=stored.get("is_on") is True,
        options=frozenset(known & {str(name) for name in stored.get("options") or ()}),
        text=str(stored.get("text") or "")[:MOST_WORDS],
        notes=str(stored.get("notes") or "")[:MOST_NOTES],
    )


def slides_as_json(composition: Composition) -> list[dict[str, Any]]:
    """The slides for storing; the same composition always gives the same."""
    return [
        {
            "name": one.name,
            "is_on": one.is_on,
            "options": sorted(one.options),
            "text": one.text,
            "notes": one.notes,
        }
        for one in composition.slides
    ]


def as_json(composition: Composition) -> dict[str, Any]:
    return {
        "weeks": composition.weeks,
        "language": composition.language,
        "slides": slides_as_json(composition),
    }


def digest_of(composition: Composition) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(json.dumps(as_json(composition), sort_keys=True).encode()).hexdigest()
