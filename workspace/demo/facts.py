"""Accounts, people, contracts, touchpoints and tickets of the demo world."""

import datetime as dt
import random
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from accounts.models import (
    Account,
    AccountSummary,
    Contact,
    Subscription,
    SubscriptionVersion,
    Ticket,
    Touchpoint,
    TouchpointContact,
)
from workspace.demo.names import COUNTRIES, TITLES, make_person, slug_of
from workspace.demo.shape import CURRENCIES, SEGMENTS, Shape, safe_anniversary
from workspace.demo.sheets import Sheet, next_free_id
from workspace.demo.texts import ASKS, CALLS, CONTEXTS, MAILS, OUTCOMES, SOURCES, TICKETS

UTC = ZoneInfo("UTC")
WORKING = {"champion", "user", "influencer"}
UNKNOWN_INTENT = {"zombie", "bungled-handover", "dark"}


@dataclass
class FactSheets:
    """The sheets of the accounts app, and the ids that the others refer to."""

    today: dt.date
    segment_ids: dict[str, int]
    product_id: int
    account: Sheet = field(init=False)

    def __post_init__(self) -> None:
        self.account = Sheet(Account, first_id=next_free_id(Account))
        self.summary = Sheet(AccountSummary)
        self.contact = Sheet(Contact, first_id=next_free_id(Contact))
        self.subscription = Sheet(Subscription, first_id=next_free_id(Subscription))
        self.version = Sheet(SubscriptionVersion, first_id=next_free_id(SubscriptionVersion))
        self.touchpoint = Sheet(Touchpoint, first_id=next_free_id(Touchpoint))
        self.seat = Sheet(TouchpointContact, first_id=next_free_id(TouchpointContact))
        self.ticket = Sheet(Ticket, first_id=next_free_id(Ticket))

    def all(self) -> list[Sheet]:
        """In the order in which foreign keys want them written."""
        return [
            self.account,
            self.summary,
            self.contact,
            self.subscription,
            self.version,
            self.touchpoint,
            self.seat,
            self.ticket,
        ]


def at_hour(rng: random.Random, day: dt.date) -> dt.datetime:
    """A moment in working hours of a day."""
    return dt.datetime(
        day.year, day.month, day.day, rng.randint(7, 15), rng.choice((0, 10, 20, 30, 40, 50)), tzinfo=UTC
    )


def write_account(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """The account with its intent, contacts and contract."""
    company = shape.company
    knows_intent = (shape.segment == "enterprise" or rng.random() < 0.55) and shape.story not in UNKNOWN_INTENT
    shape.currency = CURRENCIES.get(company.country, "USD")
    shape.account_id = sheets.account.add(
        name=company.name,
        domains=[company.domain],
        segment_id=sheets.segment_ids[shape.segment],
        industry=company.industry,
        country=company.country,
        csm_id=shape.csm_id,
        currency=shape.currency,
        signed_on=shape.signed_on,
        source=rng.choice(SOURCES),
        created_at=at_hour(rng, shape.signed_on),
        tags=rng.choice(([], [], [], ["pilot"], ["multi-site"], ["reference"])),
        intent=rng.choice(Account.Intent.values) if knows_intent else "",
        desired_outcomes=rng.choice(OUTCOMES) if knows_intent else "",
        decision_context=rng.choice(CONTEXTS) if knows_intent else "",
        intent_reviewed_on=sheets.today - dt.timedelta(days=rng.randint(5, 300)) if knows_intent else None,
    )
    if shape.story != "dark":
        _write_contacts(sheets, rng, shape)
    _write_contract(sheets, rng, shape)


def _write_contacts(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    company = shape.company
    wanted = {"enterprise": 7, "mid-market": 4, "small-business": 2}[shape.segment]
    personas = ["champion", "executive", "user", "decision_maker", "user", "influencer", "user", "detractor"]
    count = max(1, wanted + rng.choice((-1, 0, 0, 1)))
    if shape.story in {"zombie", "bungled-handover"}:
        personas = ["user", "user", "influencer", "user", "detractor", "user"]
    taken: set[str] = set()
    for index in range(count):
        persona = personas[index % len(personas)]
        language = company.language if rng.random() < 0.8 else "en"
        if shape.story in {"bungled-handover", "ticket-pressure"}:
            language = COUNTRIES[company.country][0]
        name, local = make_person(rng, language)
        while local in taken:
            name, local = make_person(rng, language)
        taken.add(local)
        left = shape.story == "champion-left" and persona == "champion"
        contact_id = sheets.contact.add(
            account_id=shape.account_id,
            name=name,
            email=f"{local}@{company.domain}",
            title=rng.choice(TITLES[persona]),
            persona=persona,
            language=language,
            time_zone=company.time_zone,
            status="left" if left else "active",
            left_on=sheets.today - dt.timedelta(days=24) if left else None,
            strength=max(1, min(5, round(3 + shape.mood * 1.6 + rng.gauss(0, 0.6)))),
            created_at=at_hour(rng, shape.signed_on),
            strength_set_on=sheets.today - dt.timedelta(days=rng.randint(3, 200)),
        )
        if not left:
            shape.contact_ids.append(contact_id)
            shape.contact_languages.append(language)
            shape.personas.append(persona)
            if persona in WORKING:
                shape.user_mails.append(f"{local}@{company.domain}")


def _write_contract(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """One running contract, renewed each year; its versions tell the growth."""
    common = {"account_id": shape.account_id, "currency": shape.currency}
    subscription_id = sheets.subscription.add(
        product_id=sheets.product_id,
        source="demo",
        external_id=f"C-{shape.account_id}",
        plan={"enterprise": "Enterprise", "mid-market": "Business", "small-business": "Team"}[shape.segment],
        seats=shape.seats,
        arr=shape.arr,
        starts_on=shape.signed_on,
        created_at=at_hour(rng, shape.signed_on),
        renews_on=shape.renews_on,
        is_auto_renewed=rng.random() < 0.4,
        **common,
    )
    years = max(0, (sheets.today - shape.signed_on).days // 365)
    share = 1.0 - 0.11 * min(years, 5) * (1 if shape.mood > 0 else -0.5)
    for year in range(years + 1):
        part = 1.0 if year == years else max(0.3, share + (1 - share) * year / max(1, years))
        sheets.version.add(
            subscription_id=subscription_id,
            effective_on=safe_anniversary(shape.signed_on, year),
            recorded_at=at_hour(rng, safe_anniversary(shape.signed_on, year)),
            plan="",
            seats=max(1, round(shape.seats * part)),
            arr=round(shape.arr * round(part * 100) / 100, 2),
            status="active",
            reason="signed" if year == 0 else "renewed",
            **common,
        )


def write_touchpoints(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """A year of contact: two-way calls and meetings at the account's rhythm, mails between, notes, one ask in five."""
    today, horizon = sheets.today, min(365, (sheets.today - shape.signed_on).days)
    if not shape.contact_ids or shape.last_touch_days > horizon:
        return
    age = shape.last_touch_days
    while age <= horizon:
        _write_talk(sheets, rng, shape, age)
        if rng.random() < 0.8:
            _write_mail(sheets, rng, shape, age + rng.randint(1, 6))
        age += max(4, int(rng.gauss(shape.touch_every, shape.touch_every / 4)))
    if shape.story == "silent" or "silent" in shape.planted:
        _write_attempts(sheets, rng, shape)
    if shape.story == "refused-reference":
        for days, outcome in ((150, "stalled"), (80, "no"), (20, "no")):
            _write_reference(sheets, rng, shape, days, outcome)
    elif shape.story == "advocate":
        _write_reference(sheets, rng, shape, 60, "yes")
        _write_reference(sheets, rng, shape, 12, "yes")
    if shape.story == "zombie":
        sheets.touchpoint.add(
            account_id=shape.account_id,
            kind="news",
            direction="none",
            valence="negative",
            source="demo",
            logged_by_id=shape.csm_id,
            subject="Their planning lead was seen at a competitor's user day",
            body="Two of their managers posted about a trial of another planning tool.",
            occurred_at=at_hour(rng, today - dt.timedelta(days=13)),
        )


def _write_talk(sheets: FactSheets, rng: random.Random, shape: Shape, age: int) -> None:
    day = sheets.today - dt.timedelta(days=age)
    subject, body = rng.choice(CALLS)
    asks = rng.random() < 0.22
    happened_at = at_hour(rng, day)
    came = asks and rng.random() < (0.5 + shape.mood * 0.3 if age < 60 else 0.97)
    touch = sheets.touchpoint.add(
        account_id=shape.account_id,
        kind=rng.choice(("call", "call", "meeting")),
        direction="two_way",
        outcome="reached",
        valence=_valence(rng, shape.mood),
        subject=subject,
        body=body,
        occurred_at=happened_at,
        created_at=happened_at,
        minutes=rng.choice((20, 30, 30, 45, 60)),
        asks_for=rng.choice(ASKS) if asks else "",
        due_on=day + dt.timedelta(days=14) if asks else None,
        got_it_at=at_hour(rng, min(sheets.today, day + dt.timedelta(days=rng.randint(2, 13)))) if came else None,
        is_proactive=rng.random() < 0.55 + shape.mood * 0.2,
        logged_by_id=shape.csm_id,
        source="demo",
    )
    for contact in rng.sample(shape.contact_ids, k=min(len(shape.contact_ids), rng.choice((1, 1, 2)))):
        sheets.seat.add(touchpoint_id=touch, contact_id=contact)


def _write_mail(sheets: FactSheets, rng: random.Random, shape: Shape, age: int) -> None:
    if age >= (sheets.today - shape.signed_on).days:
        return
    day = sheets.today - dt.timedelta(days=age)
    subject, body = rng.choice(MAILS)
    replied = rng.random() < 0.35 + shape.mood * 0.3
    sent_at = at_hour(rng, day)
    touch = sheets.touchpoint.add(
        account_id=shape.account_id,
        kind="mail",
        direction="two_way" if replied else "out",
        subject=subject,
        body=body,
        occurred_at=sent_at,
        created_at=sent_at,
        minutes=10,
        replied_at=min(sent_at + dt.timedelta(hours=rng.randint(2, 60)), at_hour(rng, sheets.today))
        if replied
        else None,
        awaiting_reply_since=None if replied or age > 30 else sent_at,
        is_proactive=True,
        logged_by_id=shape.csm_id,
        source="demo",
    )
    sheets.seat.add(touchpoint_id=touch, contact_id=rng.choice(shape.contact_ids))


def _write_attempts(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """Nobody answers: calls that reach nobody and mails without a reply, on two channels."""
    for index, age in enumerate((88, 71, 55, 40, 27, 16, 6)):
        is_call = index % 2 == 0
        when = at_hour(rng, sheets.today - dt.timedelta(days=age))
        touch = sheets.touchpoint.add(
            account_id=shape.account_id,
            kind="call" if is_call else "mail",
            direction="out",
            outcome=("voicemail" if index % 4 else "no_answer") if is_call else "",
            subject="Tried to reach them" if is_call else "Are we still on for the review?",
            occurred_at=when,
            created_at=when,
            minutes=5,
            awaiting_reply_since=when,
            is_proactive=True,
            logged_by_id=shape.csm_id,
            source="demo",
        )
        sheets.seat.add(touchpoint_id=touch, contact_id=shape.contact_ids[0])


def _write_reference(sheets: FactSheets, rng: random.Random, shape: Shape, age: int, outcome: str) -> None:
    touch = sheets.touchpoint.add(
        account_id=shape.account_id,
        kind="reference",
        direction="two_way" if outcome != "stalled" else "out",
        outcome=outcome,
        subject="Asked to be a reference for a prospect",
        logged_by_id=shape.csm_id,
        source="demo",
        valence={"yes": "positive", "no": "negative"}.get(outcome, "neutral"),
        occurred_at=at_hour(rng, sheets.today - dt.timedelta(days=age)),
    )
    sheets.seat.add(touchpoint_id=touch, contact_id=shape.contact_ids[0])


def write_tickets(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """A year of support."""
    months = min(12.0, (sheets.today - shape.signed_on).days / 30)
    count = int(shape.ticket_rate * months + rng.random())
    for number in range(min(count, 60)):
        age = rng.randint(0, max(1, int(months * 30) - 1))
        if shape.story == "ticket-pressure" and number < 5:
            age = (2, 4, 9, 15, 24)[number]
        opened_at = at_hour(rng, sheets.today - dt.timedelta(days=age + 1))
        grave = shape.story == "ticket-pressure" and number < 3
        hours = max(1, int(rng.expovariate(1 / (30 - shape.mood * 12))))
        closed_at = opened_at + dt.timedelta(hours=hours)
        still_open = grave or closed_at.date() >= sheets.today or (age < 20 and rng.random() < 0.25)
        satisfied = rng.random() < 0.5 and not still_open
        sheets.ticket.add(
            account_id=shape.account_id,
            contact_id=rng.choice(shape.contact_ids) if shape.contact_ids else None,
            source="demo",
            external_id=f"T-{shape.account_id}-{number}",
            subject=rng.choice(TICKETS),
            priority="p1" if grave else rng.choices(("p1", "p2", "p3", "p4"), (6, 20, 54, 20))[0],
            agent=rng.choice(("Priya Nair", "Tom Becker", "Ines Costa", "Li Na")),
            opened_at=opened_at,
            created_at=opened_at,
            first_response_at=opened_at + dt.timedelta(minutes=rng.randint(6, 240)),
            closed_at=None if still_open else closed_at,
            reopened_count=2 if grave and number < 2 else int(rng.random() < 0.07),
            is_escalated=grave,
            satisfaction=max(1, min(5, round(3.4 + shape.mood * 1.5 + rng.gauss(0, 0.7)))) if satisfied else None,
        )


def _valence(rng: random.Random, mood: float) -> str:
    drawn = mood + rng.gauss(0, 0.5)
    return "positive" if drawn > 0.5 else "negative" if drawn < -0.5 else "neutral"


def segment_rows() -> list[tuple[str, str, str, int]]:
    """(slug, name, touch model, days between touches) of the demo's segments."""
    return [(slug, spec[0], spec[1], spec[2]) for slug, spec in SEGMENTS.items()]


def mail_of(name: str) -> str:
    """A mail address at the vendor for a made-up CSM."""
    return f"{slug_of(name).replace('-', '.')}@team.example"
