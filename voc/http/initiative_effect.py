"""What an initiative changed, as a page shows it: a table in words, and a chart of before and after."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from team.clock import today
from ui.charts.frame import Figure
from ui.charts.lines import Marker, Series, line
from ui.formats import NOTHING, number, percent, signed
from voc.formulas.effects import LEAST_FOR_SHARES, LEAST_SETS
from voc.models import Initiative, InitiativeEffect
from voc.selectors.initiatives import fact_words
from voc.services.initiatives.measuring import LEAST_DAYS


@dataclass(frozen=True)
class MeasureLine:
    """One measure: those who asked and others like them, before and after; the difference and what it says."""

    name: str
    asked: str
    others: str
    difference: str
    interval: str
    words: str
    tone: str
    behind: str


def effect_context(initiative: Initiative) -> dict[str, object]:
    """What the page says about before and after, or why it says nothing yet."""
    found = InitiativeEffect.objects.filter(initiative=initiative).first()
    waits = ""
    if found is None and initiative.state == Initiative.State.SHIPPED and initiative.shipped_on is not None:
        left = LEAST_DAYS - (today() - initiative.shipped_on).days
        waits = _("A worker compares within the hour.")
        if left > 0:
            waits = _("Too early: it is compared from day %(least)d on, in %(left)d days.") % {
                "least": LEAST_DAYS,
                "left": left,
            }
    if found is None:
        return {"effect": None, "effect_waits": waits}
    figures = found.figures
    return {
        "effect": found,
        "effect_waits": waits,
        "effect_days": figures["days"],
        "measures": [_line(measure, figures["days"]) for measure in figures["measures"]],
        "effect_chart": _chart(figures),
    }


def _line(measure: dict[str, Any], days: int) -> MeasureLine:
    means = measure["means"]
    is_share = measure["name"] == "churn"
    write = percent if is_share else _written
    behind = _("%(n)d that asked, %(others)d others; alike in %(what)s") % {
        "n": measure["n"],
        "others": measure["others"],
        "what": _alike(measure["level"]),
    }
    if measure["left_out"]:
        behind += "; " + _("%(n)d that asked have nobody alike") % {"n": measure["left_out"]}
    words, tone = _verdict(measure)
    return MeasureLine(
        name=_name(measure["name"], days),
        asked=_way(means[:2], write, is_share) if means else NOTHING,
        others=_way(means[2:], write, is_share) if means else NOTHING,
        difference=_difference(measure["difference"], is_share),
        interval=_interval(measure, is_share),
        words=words,
        tone=tone,
        behind=behind,
    )


def _name(name: str, days: int) -> str:
    known = {
        "theme_volume": _("Pieces about it per account, in %(days)d days") % {"days": days},
        "theme_sentiment": _("Sentiment about it, −1 to 1"),
        "churn": _("Left within %(days)d days") % {"days": days},
    }
    return known.get(name) or fact_words(name)


def _alike(level: int) -> str:
    return (_("segment, ARR band and stage"), _("segment and ARR band"), _("segment"))[level]


def _written(value: float) -> str:
    return number(value, 2 if abs(value) < 10 else 1)


def _way(pair: list[float], write: Any, is_share: bool) -> str:
    return write(pair[1]) if is_share else f"{write(pair[0])} → {write(pair[1])}"


def _difference(value: float | None, is_share: bool) -> str:
    if value is None:
        return NOTHING
    if is_share:
        return _("%(points)s points") % {"points": signed(value * 100, 1)}
    return signed(value, 2 if abs(value) < 10 else 1)


def _interval(measure: dict[str, Any], is_share: bool) -> str:
    if measure["low"] is None:
        return ""
    ends = (_difference(measure[end], is_share) for end in ("low", "high"))
    return _("%(low)s to %(high)s") % dict(zip(("low", "high"), ends, strict=True))


def _verdict(measure: dict[str, Any]) -> tuple[str, str]:
    """In words, and how good that is: less volume, less churn and better sentiment are; of a fact nobody knows."""
    least = LEAST_FOR_SHARES if measure["name"] == "churn" else LEAST_SETS
    if measure["n"] < least:
        return _("Too few to say: it takes %(least)d that asked with others alike.") % {"least": least}, ""
    if measure["difference"] is None:
        return _("Nothing moved on either side."), ""
    if not measure["is_claimed"]:
        return _("No evidence of a change."), ""
    is_up = measure["difference"] > 0
    is_good = {"theme_volume": not is_up, "churn": not is_up, "theme_sentiment": is_up}.get(measure["name"])
    tone = "" if is_good is None else "good" if is_good else "critical"
    return (_("It rose against the others.") if is_up else _("It fell against the others.")), tone


def _chart(figures: dict[str, Any]) -> Figure | None:
    """Pieces about the themes per account and week, those who asked beside others like them."""
    if not figures["weeks"]:
        return None
    day = dt.date.fromisoformat(figures["day"])
    days = [(day + dt.timedelta(weeks=week), asked, others) for week, asked, others in figures["weeks"]]
    return line(
        [
            Series(_("Those who asked"), [(on, asked) for on, asked, _others in days]),
            Series(_("Others like them"), [(on, others) for on, _asked, others in days]),
        ],
        title=_("Pieces about it, per account and week"),
        low=0,
        markers=[Marker(day, _("Shipped"))],
        write=lambda value: number(value, 2),
    )
