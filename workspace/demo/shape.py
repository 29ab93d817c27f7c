"""How one account of the demo world is: its size, how it goes, how much it talks. Stories fix some of it."""

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

from workspace.demo.names import Company


@dataclass
class Shape:
    """Everything that the writers need to know about one account. Numbers in 0..1 unless said otherwise."""

    number: int
    company: Company
    segment: str
    csm_id: int
    signed_on: dt.date
    seats: int
    arr: Decimal
    currency: str
    renews_on: dt.date
    mood: float  # what they feel, -1 to 1: sets answers and valence
    momentum: float  # how usage goes, -1 (dies) to 1 (doubles)
    adoption: float  # share of the seats that are active
    touch_every: int  # days between touches with people
    last_touch_days: int  # days since the last two-way touch
    ticket_rate: float  # tickets per month
    answer_rate: float
    story: str = ""
    contact_ids: list[int] = field(default_factory=list)
    contact_languages: list[str] = field(default_factory=list)
    personas: list[str] = field(default_factory=list)
    user_mails: list[str] = field(default_factory=list)  # of those who work in the product
    account_id: int = 0
    planted: set[str] = field(default_factory=set)  # kinds of risk that this world has put here


SEGMENTS = {
    # slug: (name, touch model, days between touches, share, seats, ARR per seat)
    "enterprise": ("Enterprise", "high", 21, 0.15, (120, 900), (420, 900)),
    "mid-market": ("Mid-market", "low", 45, 0.35, (30, 150), (380, 720)),
    "small-business": ("Small business", "tech", 90, 0.50, (4, 35), (300, 600)),
}
CURRENCIES = {"DK": "DKK", "GB": "GBP", "DE": "EUR"}


def draw_shape(rng: random.Random, *, number: int, company: Company, csm_id: int, today: dt.date) -> Shape:
    """An ordinary account; mood, momentum and contact are correlated, as they are in life."""
    segment = rng.choices(list(SEGMENTS), [spec[3] for spec in SEGMENTS.values()])[0]
    _name, _touch, every, _share, seat_range, price_range = SEGMENTS[segment]
    seats = rng.randint(*seat_range)
    age = min(2600, int(rng.expovariate(1 / 620)) + 12)
    signed_on = today - dt.timedelta(days=age)
    latent = max(-1.0, min(1.0, rng.gauss(0.25, 0.45)))
    years = age // 365 + 1
    renews_on = safe_anniversary(signed_on, years)
    quiet = rng.expovariate(1 / (every * (0.7 if latent > 0 else 1.4)))
    return Shape(
        number=number,
        company=company,
        segment=segment,
        csm_id=csm_id,
        signed_on=signed_on,
        seats=seats,
        arr=Decimal(seats * rng.randint(*price_range)).quantize(Decimal("1")) // 100 * 100 + 100,
        currency="USD",
        renews_on=renews_on,
        mood=max(-1.0, min(1.0, latent + rng.gauss(0, 0.3))),
        momentum=max(-1.0, min(1.0, latent * 0.6 + rng.gauss(0, 0.3))),
        adoption=max(0.04, min(0.98, 0.55 + latent * 0.3 + rng.gauss(0, 0.12))),
        touch_every=every,
        last_touch_days=min(int(quiet) + 1, max(1, age - 1)),
        ticket_rate=max(0.05, (0.9 if segment == "enterprise" else 0.35) - latent * 0.3),
        answer_rate=0.34 + latent * 0.15,
    )


def safe_anniversary(day: dt.date, years: int) -> dt.date:
    """The same day some years on; 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
