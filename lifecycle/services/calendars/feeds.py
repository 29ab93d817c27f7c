"""The feed that a person subscribes to elsewhere: given, renewed, revoked."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from lifecycle.formulas.feed_links import new_nonce
from lifecycle.models import CalendarFeed
from team.models import User

SEEN_EVERY = dt.timedelta(minutes=10)


def open_feed(*, user: User) -> CalendarFeed:
    """Give the person a fresh address; the one before, if any, leads nowhere from now on."""
    feed, _is_new = CalendarFeed.objects.update_or_create(user=user, defaults={"nonce": new_nonce(), "read_at": None})
    return feed


def revoke_feed(*, user: User) -> bool:
    """End the address; False when there was none."""
    return CalendarFeed.objects.filter(user=user).delete()[0] > 0


def see_feed(*, feed: CalendarFeed) -> bool:
    """Note that a calendar asked for it, at most every ten minutes."""
    moment = timezone.now()
    stale = Q(read_at__isnull=True) | Q(read_at__lt=moment - SEEN_EVERY)
    return CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=moment) == 1
