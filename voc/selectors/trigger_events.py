"""What a trigger of a survey asks about: events in a span of time, and the people that it asks about each."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Mod
from django.utils import timezone

from accounts.formulas.conditions import parse_conditions
from accounts.models import Account, Contact, Ticket
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from lifecycle.models import Goal, Movement, Renewal, StageVisit
from voc.formulas.lots import EPOCH, SPREAD, is_in_share, last_turn
from voc.formulas.sampling import lot
from voc.models import Invitation, SurveyTrigger
from voc.selectors import causes

Kind = SurveyTrigger.Kind
# So many events are read at once at most; a sweep takes the rest next time.
MOST_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at an account; `contact_id`: the one person whom it concerns, if any."""

    ref: str
    account_id: int
    at: dt.datetime
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """One person to be asked about one event."""

    contact: Contact
    event: Event


def events_between(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    """The events whose time to ask lies in (first, last], oldest first. Two queries at most; a rhythm has no events."""
    wait = dt.timedelta(days=trigger.days)
    found = _READERS[trigger.kind](trigger, first - wait, last - wait)
    return [one for one in found if is_in_share(seed=trigger.pk, number=_number(one), share=trigger.share)]


def _number(event: Event) -> int:
    return int(event.ref.rpartition(":")[2])


def _entered(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    visits = StageVisit.objects.whole().filter(
        stage=trigger.stage_id, entered_at__gt=first, entered_at__lte=last, is_back_step=False
    )
    rows = visits.order_by("entered_at", "pk").values_list("pk", "account_id", "entered_at")[:MOST_EVENTS]
    return [Event(causes.cause_ref(causes.STAGE_ENTERED, pk), account_id, at) for pk, account_id, at in rows]


def _left(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    visits = StageVisit.objects.whole().filter(
        stage=trigger.stage_id, left_at__gt=first, left_at__lte=last, outcome=StageVisit.Outcome.ONWARD
    )
    rows = visits.order_by("left_at", "pk").values_list("pk", "account_id", "left_at")[:MOST_EVENTS]
    return [Event(causes.cause_ref(causes.STAGE_LEFT, pk), account_id, at) for pk, account_id, at in rows if at]


def _renewal(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    """`days` before the renewal; the caller has moved the span back by them already, so it moves on by twice."""
    ahead = dt.timedelta(days=2 * trigger.days)
    due = Renewal.objects.filter(
        due_on__gt=timezone.localdate(first + ahead),
        due_on__lte=timezone.localdate(last + ahead),
        state__in=[Renewal.State.OPEN, Renewal.State.WON],
    )
    rows = due.order_by("due_on", "pk").values_list("pk", "account_id", "due_on")[:MOST_EVENTS]
    return [Event(causes.cause_ref(causes.RENEWAL, pk), account_id, morning_of(day)) for pk, account_id, day in rows]


def _ticket(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    closed = Ticket.objects.filter(closed_at__gt=first, closed_at__lte=last, contact__isnull=False)
    rows = closed.order_by("closed_at", "pk").values_list("pk", "account_id", "closed_at", "contact_id")[:MOST_EVENTS]
    return [
        Event(causes.cause_ref(causes.TICKET, pk), account_id, at, contact_id)
        for pk, account_id, at, contact_id in rows
        if at
    ]


def _goal(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    reached = Goal.objects.filter(
        state=Goal.State.REACHED,
        closed_on__isnull=False,
        closed_on__gt=timezone.localdate(first),
        closed_on__lte=timezone.localdate(last),
    )
    rows = reached.order_by("closed_on", "pk").values_list("pk", "account_id", "closed_on")[:MOST_EVENTS]
    return [
        Event(causes.cause_ref(causes.GOAL, pk), account_id, morning_of(day)) for pk, account_id, day in rows if day
    ]


def _lost(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Event]:
    churned = Movement.objects.live().filter(
        kind=Movement.Kind.CHURN,
        closing=0,
        effective_on__gt=timezone.localdate(first),
        effective_on__lte=timezone.localdate(last),
    )
    rows = churned.order_by("effective_on", "pk").values_list("pk", "account_id", "effective_on")[:MOST_EVENTS]
    return [Event(causes.cause_ref(causes.LOST, pk), account_id, morning_of(day)) for pk, account_id, day in rows]


_READERS: dict[str, Callable[[SurveyTrigger, dt.datetime, dt.datetime], list[Event]]] = {
    Kind.STAGE_ENTERED: _entered,
    Kind.STAGE_LEFT: _left,
    Kind.RENEWAL: _renewal,
    Kind.TICKET_CLOSED: _ticket,
    Kind.GOAL_REACHED: _goal,
    Kind.LOST: _lost,
}


def morning_of(day: dt.date) -> dt.datetime:
    """The first moment of a day where the install is."""
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_default_timezone())


def askings_of(trigger: SurveyTrigger, events: Iterable[Event]) -> list[Asking]:
    """The people whom the trigger asks about each event: active ones of its personas at accounts that meet its
    conditions now, at most so many per account. Two queries."""
    known = list(events)
    people = _people(trigger, {one.account_id for one in known})
    by_account: dict[int, list[Contact]] = defaultdict(list)
    for person in people:
        by_account[person.account_id].append(person)
    found = []
    for event in known:
        here = by_account[event.account_id]
        if event.contact_id is not None:
            here = [one for one in here if one.pk == event.contact_id]
        here = sorted(here, key=lambda one: lot(_number(event), one.pk))
        found += [Asking(one, event) for one in here[: trigger.per_account or None]]
    return found


def turns_between(trigger: SurveyTrigger, first: dt.datetime, last: dt.datetime) -> list[Asking]:
    """Whose turn of a rhythm lies in (first, last] and who has not been noted for it: customers alone, and the newest
    turn of each. Two queries, over those alone whose turn it is."""
    every = max(trigger.days, 1)
    day = timezone.localdate(last)
    reached = (day - EPOCH).days + every
    since = Mod(Value(reached) - Mod(F("pk") * SPREAD, Value(every)), Value(every))
    asked = Invitation.objects.filter(trigger=trigger, contact=OuterRef("pk"), created_at__gt=first)
    whose = (
        _people(trigger, None)
        .annotate(days_since=since)
        .filter(~Exists(asked), days_since__lte=(day - timezone.localdate(first)).days)
    )
    found = []
    for person in whose:
        number, on = last_turn(contact_id=person.pk, every_days=every, day=day)
        if first < morning_of(on) <= last and is_in_share(seed=trigger.pk, number=person.pk, share=trigger.share):
            found.append(Asking(person, Event(f"turn:{number}", person.account_id, morning_of(on))))
    if not trigger.per_account:
        return found
    chosen = _chosen(trigger, {one.contact.account_id for one in found})
    return [one for one in found if one.contact.pk in chosen]


def _chosen(trigger: SurveyTrigger, account_ids: set[int]) -> set[int]:
    """The people of these accounts that the rhythm asks: always the same ones, so many per account."""
    by_account: dict[int, list[int]] = defaultdict(list)
    for pk, account_id in _people(trigger, account_ids).values_list("pk", "account_id"):
        by_account[account_id].append(pk)
    return {
        pk
        for ids in by_account.values()
        for pk in sorted(ids, key=lambda one: lot(trigger.pk, one))[: trigger.per_account]
    }


def _people(trigger: SurveyTrigger, account_ids: set[int] | None) -> QuerySet[Contact]:
    accounts: QuerySet[Account] = Account.objects.all()
    if account_ids is not None:
        accounts = accounts.filter(pk__in=account_ids)
    if trigger.kind == Kind.CADENCE:
        accounts = accounts.filter(status=Account.Status.CUSTOMER)
    if trigger.conditions:
        accounts = accounts.filter(matching(parse_conditions(trigger.conditions, condition_catalogue())))
    wanted = Q(persona__in=trigger.personas) if trigger.personas else Q()
    people = Contact.objects.reachable().filter(wanted, account__in=accounts).select_related("account")
    return people.order_by("account_id", "pk")
