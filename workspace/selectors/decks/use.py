"""Usage, adoption, and (where it was switched on) what we judge ourselves."""

from django.utils.translation import gettext as _

from engagement.selectors.health import health_of
from engagement.selectors.usage import DAYS, usage_of
from ui import formats
from workspace.formulas.decks import Choice
from workspace.formulas.signals import signals_of
from workspace.formulas.slides import Bars, Block, Line, Number, Row, Slide, Trend, by_week, clip
from workspace.selectors.account import facts_of, read_people
from workspace.selectors.decks.sources import HALF, Source, has, more_words, room_for

FEATURES_SHOWN = 7
RISKS_SHOWN = 8
DRIVERS_SHOWN = 5


def usage_slide(source: Source, choice: Choice) -> Slide:
    """The numbers of the Usage tab, and its line: by day over 12 weeks, by week over a longer time."""
    card = usage_of(source.account, days=source.days)
    if card.is_empty:
        return Slide("usage", _("Usage"), empty=_("No usage was recorded."))
    before = {"before": formats.number(card.events_before)}
    people = {"before": formats.number(card.users_before)}
    numbers = [
        Number(_("Events in 28 days"), formats.number(card.events), _("%(before)s in the 28 days before") % before),
        Number(_("Active days of 28"), formats.number(card.active_days)),
    ]
    if card.users or card.users_before:
        note = _("%(before)s in the 28 days before") % people
        numbers.insert(1, Number(_("Active people"), formats.number(card.users), note))
    if card.seats:
        numbers.append(Number(_("Seats"), formats.number(card.seats)))
    is_daily = source.days <= DAYS
    return Slide(
        "usage",
        _("Usage"),
        numbers=tuple(numbers),
        chart=Trend(
            title=_("Events per day") if is_daily else _("Events per week"),
            unit=_("events"),
            name=_("Events"),
            points=card.points if is_daily else by_week(card.points),
        ),
    )


def features_slide(source: Source, choice: Choice) -> Slide:
    """Features that were used in the last 28 days, most used first."""
    used = [one for one in usage_of(source.account).features if one.latest]
    shown = used[: room_for(choice, FEATURES_SHOWN)]
    return Slide(
        "features",
        _("Adoption by feature"),
        chart=Bars(
            title=_("Events in 28 days"),
            unit=_("events"),
            name=_("Events"),
            rows=tuple(Row(one.name, float(one.latest)) for one in shown),
        )
        if shown
        else None,
        blocks=(
            Block(
                _("Against the 28 days before"),
                tuple(
                    Line(
                        one.name,
                        "",
                        _("new") if one.change is None else f"{formats.signed(one.change)}\N{NARROW NO-BREAK SPACE}%",
                    )
                    for one in shown
                ),
                more_words(len(used) - len(shown)),
            ),
        )
        if shown
        else (),
        empty=_("No feature was used in the last 28 days."),
    )


def health_slide(source: Source, choice: Choice) -> Slide:
    """Actual against desired by component. SECURITY: off unless somebody switches it on; score and drivers again."""
    card = health_of(source.account)
    seen = [line for line in card.components if line.actual is not None]
    score = has(choice, "score") and card.value is not None
    costs = tuple(Line(line.label, clip(line.driver, HALF)) for line in seen[:DRIVERS_SHOWN])
    return Slide(
        "health",
        _("Health"),
        numbers=(Number(_("Score"), formats.number(card.value), card.band),) if score else (),
        chart=Bars(
            title=_("Actual and desired"),
            unit=_("0 to 100"),
            name=_("Actual"),
            rows=tuple(Row(line.label, float(line.actual or 0), float(line.desired)) for line in seen),
            high=100,
            goal_name=_("Desired"),
        )
        if seen
        else None,
        blocks=(Block(_("What costs most"), costs),) if has(choice, "drivers") and costs else (),
        empty=_("Nothing is observed yet."),
    )


def risks_slide(source: Source, choice: Choice) -> Slide:
    """The signals of the account page, as they stand there. SECURITY: off unless somebody switches it on."""
    account = source.account
    facts = facts_of(account=account, user=source.user, people=read_people(account), currency=source.currency)
    signals = signals_of(facts)
    shown = signals[: room_for(choice, RISKS_SHOWN)]
    return Slide(
        "risks",
        _("Risks"),
        blocks=(
            Block(
                _("What we see"),
                tuple(Line(one.text, "", "", one.tone) for one in shown),
                more_words(len(signals) - len(shown)),
            ),
        )
        if shown
        else (),
        empty=_("We see no risk."),
    )
