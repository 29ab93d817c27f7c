"""Following triggers: whose moment has come is noted to be asked, once per event and person."""

import datetime as dt

from django.db import transaction

from team.clock import now
from voc.models import Invitation, SurveyTrigger
from voc.selectors.trigger_events import Asking, askings_of, events_between, turns_between
from voc.services.invitations import NothingToSend, current_version, note_people

# An event that nobody asked about for so long, because nothing ran, is not asked about any more.
LATE = dt.timedelta(days=14)


def sweep_triggers() -> int:
    """Note the people whose moment has come; returns how many. Safe to repeat and to run many times at once.

    What happened before a trigger was switched on asks nobody, nor what was taken back before its days were over.
    """
    active = SurveyTrigger.objects.filter(
        is_active=True, survey__is_active=True, survey__deleted_at__isnull=True, survey__versions__isnull=False
    )
    return sum(follow_trigger(trigger_id=pk) for pk in active.distinct().values_list("pk", flat=True))


@transaction.atomic
def follow_trigger(*, trigger_id: int) -> int:
    """One trigger; 0 when another worker is at it."""
    held = SurveyTrigger.objects.select_for_update(skip_locked=True, of=("self",)).select_related("survey")
    trigger = held.filter(pk=trigger_id, is_active=True).first()
    if trigger is None or trigger.active_from is None:
        return 0
    at = now()
    fresh = _not_asked(trigger, due_askings(trigger, at))
    try:
        version = current_version(trigger.survey)
    except NothingToSend:
        return 0
    noted = 0
    for batch in _one_per_person(fresh):
        noted += note_people(
            actor=None,
            version=version,
            contacts=[one.contact for one in batch],
            occasion={one.contact.pk: occasion_of(trigger, one) for one in batch},
            trigger=trigger,
            source_refs={one.contact.pk: one.event.ref for one in batch},
            retry_until=(at + LATE).date(),
        )
    return noted


def due_askings(trigger: SurveyTrigger, at: dt.datetime) -> list[Asking]:
    """Who is to be asked by now: the event is not older than the trigger, its days are over, but not for long."""
    assert trigger.active_from
    first = at - LATE
    if trigger.kind == SurveyTrigger.Kind.CADENCE:
        return turns_between(trigger, max(first, trigger.active_from), at)
    events = events_between(trigger, first, at)
    if trigger.kind == SurveyTrigger.Kind.RENEWAL:
        # What counts as the event is the day so many days before, which must come while the trigger is on.
        since = (trigger.active_from + dt.timedelta(days=trigger.days)).date()
        events = [one for one in events if one.at.date() >= since]
    else:
        events = [one for one in events if one.at >= trigger.active_from or _is_same_day(one.at, trigger)]
    return askings_of(trigger, events)


def _is_same_day(at: dt.datetime, trigger: SurveyTrigger) -> bool:
    """Events that are known by their day alone count from the day on which the trigger was switched on."""
    by_day = {SurveyTrigger.Kind.GOAL_REACHED, SurveyTrigger.Kind.LOST}
    return trigger.kind in by_day and trigger.active_from is not None and at.date() >= trigger.active_from.date()


def occasion_of(trigger: SurveyTrigger, asking: Asking) -> str:
    """One event asks a person once."""
    return f"trigger:{trigger.pk}:{asking.event.ref}"


def _not_asked(trigger: SurveyTrigger, askings: list[Asking]) -> list[Asking]:
    """Without those who were asked before, by whichever version of the survey."""
    refs = {one.event.ref for one in askings}
    known = set(
        Invitation.objects.filter(
            trigger=trigger, source_ref__in=refs, contact__in={one.contact.pk for one in askings}
        ).values_list("contact_id", "source_ref")
    )
    return [one for one in askings if (one.contact.pk, one.event.ref) not in known]


def _one_per_person(askings: list[Asking]) -> list[list[Asking]]:
    """Split so that nobody stands twice in a part."""
    parts: list[dict[int, Asking]] = []
    for asking in askings:
        for part in parts:
            if asking.contact.pk not in part:
                part[asking.contact.pk] = asking
                break
        else:
            parts.append({asking.contact.pk: asking})
    return [list(part.values()) for part in parts]
