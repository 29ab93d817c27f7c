"""What the account page says beyond the account's own rows."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import Promise

from accounts.formulas.bands import arr_band
from accounts.models import Account, AccountGrant, Contact, Persona
from accounts.models.accounts import AccountQuerySet
from engagement.selectors.board import StandCard, stand_of
from engagement.selectors.risk_pages import AccountRisks, risks_of
from lifecycle.models import Stage
from team.clock import today
from team.models import User
from ui import formats
from workspace.formulas.signals import AccountFacts, Brief, Person, Signal, beside_risks, brief_of, signals_of

# The seats that a vendor wants filled at each customer, in the order of the map.
SEATS = (Persona.EXECUTIVE, Persona.DECISION_MAKER, Persona.CHAMPION, Persona.USER, Persona.INFLUENCER)
PEOPLE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Seat:
    """One role at the customer and who sits there; an empty seat has nobody."""

    persona: str
    label: str | Promise
    people: list[Contact]

    @property
    def is_empty(self) -> bool:
        return not self.people


@dataclass(frozen=True, slots=True)
class Overview:
    """The first tab of an account, judged and worded."""

    facts: AccountFacts
    signals: list[Signal]
    brief: Brief
    seats: list[Seat]
    left: list[Contact]
    risks: AccountRisks
    stand: StandCard | None


def with_stage_target(accounts: AccountQuerySet) -> AccountQuerySet:
    """Each account says as `stage_target_days` how long its present stage should take."""
    targets = Stage.objects.filter(journey__is_active=True, name=OuterRef("summary__stage"))
    own_first = targets.order_by(F("journey__segment").asc(nulls_last=True))
    fitting = own_first.filter(Q(journey__segment=OuterRef("segment")) | Q(journey__segment=None))
    return accounts.annotate(stage_target_days=Subquery(fitting.values("target_days")[:1]))


def local_day(moment: dt.datetime | None) -> dt.date | None:
    """The calendar day of a moment in the user's zone."""
    return timezone.localdate(moment) if moment else None


def arr_words(*, account: Account, user: User, currency: str) -> str:
    """ARR as the user may know it: the sum, or a band for department members."""
    arr = account.summary.arr
    return arr_band(arr, currency) if user.role == "member" else formats.compact_money(arr, currency)


def read_people(account: Account) -> list[Contact]:
    """The account's contacts, who is active and in touch first; one query."""
    return list(account.contacts.order_by("status", F("last_two_way_at").desc(nulls_last=True), "id")[:PEOPLE_SHOWN])


def seats_of(people: Iterable[Contact]) -> list[Seat]:
    """The stakeholder map: the wanted seats, empty ones too, then detractors and people without a role."""
    active = [person for person in people if person.status != Contact.Status.LEFT]
    labels = dict(Persona.choices)
    seats = [Seat(persona, labels[persona], [one for one in active if one.persona == persona]) for persona in SEATS]
    detractors = [one for one in active if one.persona == Persona.DETRACTOR]
    if detractors:
        seats.append(Seat(Persona.DETRACTOR, labels[Persona.DETRACTOR], detractors))
    others = [one for one in active if not one.persona]
    return [*seats, Seat("", "", others)] if others else seats


def facts_of(*, account: Account, user: User, people: Sequence[Contact], currency: str) -> AccountFacts:
    """Gather what signals and brief are made from; no query for an account of `with_stage_target`."""
    summary = account.summary
    return AccountFacts(
        today=today(),
        name=account.name,
        arr_words=arr_words(account=account, user=user, currency=currency),
        health=summary.health,
        state=summary.health_state,
        delta=summary.health_delta,
        coverage=summary.health_coverage,
        renews_on=summary.renews_on,
        last_touch_on=local_day(summary.last_touch_at),
        awaiting_reply_on=local_day(summary.awaiting_reply_since),
        rhythm_days=account.segment.touch_every_days if account.segment else 30,
        open_tickets=summary.open_tickets,
        nps=summary.nps,
        stage=summary.stage,
        stage_entered_on=summary.stage_entered_on,
        stage_target_days=getattr(account, "stage_target_days", None),
        open_insights=summary.open_insights,
        next_step=summary.next_step,
        next_step_on=summary.next_step_on,
        people=[
            Person(
                name=one.name,
                persona=one.persona,
                is_active=one.status != Contact.Status.LEFT,
                last_two_way_on=local_day(one.last_two_way_at),
                left_on=one.left_on,
            )
            for one in people
        ],
    )


def read_overview(*, account: Account, user: User, people: Sequence[Contact], currency: str) -> Overview:
    """All blocks of the overview that are worded here: people, risks, signals, brief, say and do; a few queries."""
    facts = facts_of(account=account, user=user, people=people, currency=currency)
    risks = risks_of(account, user)
    found = signals_of(facts)
    is_judged = account.summary.health_at is not None
    signals = beside_risks(found, risk_signals(risks), is_judged=is_judged)
    return Overview(
        facts=facts,
        signals=beside_risks(found, (), is_judged=is_judged),
        brief=brief_of(facts, signals),
        seats=seats_of(people),
        left=[one for one in people if one.status == Contact.Status.LEFT],
        risks=risks,
        stand=stand_of(account, user, pieces=2),
    )


def risk_signals(risks: AccountRisks) -> list[Signal]:
    """The open risks as signs of the account, for the brief and the preview."""
    return [
        Signal(line.risk.kind, line.tone, line.risk.words or line.label, "overview", line.risk.opened_on)
        for line in risks.open
    ]


def signals_with_risks(*, account: Account, user: User, facts: AccountFacts) -> list[Signal]:
    """What the facts say and what the rules found, each once; one query."""
    is_judged = account.summary.health_at is not None
    return beside_risks(signals_of(facts), risk_signals(risks_of(account, user)), is_judged=is_judged)


def why_visible(*, account: Account, user: User) -> list[AccountGrant]:
    """The grants that let a department member see the account; empty for everybody who sees it by role."""
    if user.role != "member":
        return []
    grants = AccountGrant.objects.live().filter(account=account, department__memberships__user=user)
    return list(grants.select_related("department").order_by("until", "id")[:3])
