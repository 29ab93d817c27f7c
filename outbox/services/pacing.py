"""How fast mail may go to each receiving domain, and over this installation as a whole. All workers obey one table."""

import datetime as dt

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from outbox.formulas.pace import hold_seconds, rate_of, step
from outbox.models import EVERYBODY, Message, Pace


def take_turns(message: Message) -> bool:
    """Use one place in the pace of the message's domain and one in that of the whole installation; False when either
    has none left. Call it in the transaction of the claim and roll that back on False. Locks the paces, in one order.
    """
    limits = {EVERYBODY: settings.OUTBOX_PER_MINUTE}
    if message.domain:
        limits[message.domain] = rate_of(message.domain, settings.OUTBOX_DOMAIN_RATES)
    return all(take_turn(domain, rate) for domain, rate in sorted(limits.items()) if rate)


def take_turn(domain: str, per_minute: int) -> bool:
    """One message more to a domain, now; False when its turn has not come."""
    now = timezone.now()
    pace = Pace.objects.select_for_update().filter(domain=domain).first() or begin_pace(domain, now)
    if pace.free_at > now or (pace.held_until is not None and pace.held_until > now):
        return False
    after = step(ready_at=pace.ready_at, at=now, per_minute=per_minute)
    Pace.objects.filter(pk=pace.pk).update(ready_at=after.ready_at, free_at=after.free_at)
    return True


def begin_pace(domain: str, now: dt.datetime) -> Pace:
    """The locked row of a domain that had none; another worker may make it in the same instant."""
    Pace.objects.bulk_create([Pace(domain=domain, ready_at=now, free_at=now)], ignore_conflicts=True)
    return Pace.objects.select_for_update().get(domain=domain)


def hold_domain(*, domain: str, reason: str) -> dt.datetime:
    """The domain's server asked for patience: nothing goes there for 1, 2, 4 ... 60 minutes. Returns until when.

    Messages keep their place and their time; those to other domains go on.
    """
    now = timezone.now()
    begin_pace(domain, now)
    Pace.objects.filter(domain=domain).update(holds=F("holds") + 1)
    pace = Pace.objects.get(domain=domain)
    until = now + dt.timedelta(seconds=hold_seconds(pace.holds))
    Pace.objects.filter(pk=pace.pk).update(held_until=until, reason=reason[:300])
    return until


def end_holds(*, domain: str) -> None:
    """The domain takes mail again: the next time it asks for patience counts as the first. Idempotent."""
    Pace.objects.filter(domain=domain, holds__gt=0).update(holds=0, held_until=None, reason="")
