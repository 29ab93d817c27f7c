"""Figures, groups and verdicts in words, in the language that is active."""

import datetime as dt
from collections.abc import Mapping

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ui.formats import NOTHING, number, percent, signed
from voc.formulas.comparisons import ADJUSTED_WALD, AGRESTI_CAFFO, Difference
from voc.formulas.definitions import LANGUAGES
from voc.formulas.measures import Measured, Scale


def dimension_names() -> dict[str, str]:
    """What the dimensions are called."""
    return {
        "segment": _("Segment"),
        "persona": _("Persona"),
        "stage": _("Stage"),
        "language": _("Language"),
        "wave": _("Wave"),
        "link": _("Link"),
        "size": _("Size of the account, in seats"),
    }


def word_of(dimension: str, key: str, names: Mapping[str, str]) -> str:
    """What one group is called."""
    if dimension in ("wave", "link"):
        fallback = _("outside of waves") if dimension == "wave" else _("personal invitation")
        return names.get(f"{dimension}:{key}", f"#{key}") if key else fallback
    if not key:
        return _("not known")
    if dimension == "persona":
        return names.get(f"persona:{key}", key)
    return LANGUAGES.get(key, key) if dimension == "language" else key


def write_value(scale: Scale, value: float | None) -> str:
    """A figure: `+34`, `82 %`, `5.4`."""
    if value is None:
        return NOTHING
    if scale.kind == "nps":
        return signed(value)
    return percent(value / 100) if scale.kind == "csat" else number(value, 1)


def write_change(scale: Scale, value: float | None) -> str:
    """A difference: `+12`, `−4 pts`, `+0.3`."""
    if value is None:
        return NOTHING
    if scale.kind == "csat":
        return _("%(points)s pts") % {"points": signed(value)}
    return signed(value, 0 if scale.kind == "nps" else 1)


def interval_words(measured: Measured) -> str:
    """`+21 … +45, n 210`; says so where there is none."""
    if measured.n == 0:
        return _("no answers yet")
    if measured.low is None or measured.high is None:
        return _("n %(n)s, too few for an interval") % {"n": number(measured.n)}
    return _("%(low)s … %(high)s, n %(n)s") % {
        "low": write_value(measured.scale, measured.low),
        "high": write_value(measured.scale, measured.high),
        "n": number(measured.n),
    }


def scale_name(scale: Scale) -> str:
    """What the figure is called."""
    return {
        "nps": "NPS",
        "csat": _("CSAT, share of 4 and 5"),
        "ces": _("CES, mean of 1 to 7"),
    }.get(scale.kind, _("Mean of 1 to %(most)s") % {"most": scale.high})


def scale_words(scale: Scale) -> str:
    """What counts, said on hover."""
    return {
        "nps": _("Share of 9 and 10 minus share of 0 to 6, confirmed answers alone. Interval: adjusted Wald, 95 %."),
        "csat": _("Share of 4 and 5 among confirmed answers. Interval: Wilson, 95 %."),
        "ces": _("Mean of confirmed answers from 1 to 7. Interval: Student's t, 95 %."),
    }.get(scale.kind, _("Mean of confirmed answers. Interval: Student's t, 95 %."))


def test_name(test: str) -> str:
    """The name of a test."""
    return {
        ADJUSTED_WALD: _("adjusted Wald test of two NPS"),
        AGRESTI_CAFFO: _("Agresti-Caffo test of two shares"),
    }.get(test, _("Welch's t-test"))


def p_words(p: float) -> str:
    """`p = 0.03`, `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {number(p, 3 if p < 0.1 else 2)}"


def change_words(scale: Scale, change: Difference | None, since: str) -> str:
    """The verdict on a difference as a sentence; "no evidence of change" where that is so."""
    if change is None:
        return ""
    if change.p is None or change.low is None or change.high is None:
        return _("Too few answers to say whether it changed since %(since)s.") % {"since": since}
    words = {
        "since": since,
        "value": write_change(scale, change.value),
        "low": write_change(scale, change.low),
        "high": write_change(scale, change.high),
        "test": test_name(change.test),
        "p": p_words(change.p),
    }
    if not change.is_clear:
        return (
            _("No evidence of change since %(since)s: %(value)s, between %(low)s and %(high)s (%(test)s, %(p)s).")
            % words
        )
    if (change.value or 0) > 0:
        return _("Up since %(since)s by %(value)s, between %(low)s and %(high)s (%(test)s, %(p)s).") % words
    return _("Down since %(since)s by %(value)s, between %(low)s and %(high)s (%(test)s, %(p)s).") % words


def stretch_name(day: dt.date, step: str) -> str:
    """A stretch of time in words: `Q2 2026`, `March 2026`, `the week of 2 March 2026`."""
    if step == "quarter":
        return f"Q{(day.month - 1) // 3 + 1} {day.year}"
    if step == "month":
        return date_format(day, "F Y")
    return _("the week of %(day)s") % {"day": date_format(day, "j F Y")}


def seconds_words(seconds: int | None) -> str:
    """`48 s`, `2 min 5 s`."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(seconds, 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest} if minutes else f"{seconds} s"
