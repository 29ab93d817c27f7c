"""How many events a key may send: counted in Redis, by all processes together. Without Redis everything passes."""

import logging
import time

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
WINDOW = 10
SILENT_SECONDS = 5.0
_counter: redis.Redis | None = None
_silent_until = 0.0


def take_events(*, key_id: int, events: int, per_second: int) -> int:
    """0 when the events may pass, else the seconds until the next window of ten.

    A request passes while its window has room left, so one large batch may go over; of many at once no more pass than
    fit. What did not pass is given back.
    """
    global _silent_until  # noqa: PLW0603 - how long this process spares itself a dead counter
    moment = time.time()
    if moment < _silent_until:
        return 0
    name = f"events:{key_id}:{int(moment) // WINDOW}"
    try:
        counter = _connected()
        taken = int(counter.incrby(name, events))
        if taken == events:
            counter.expire(name, 2 * WINDOW)
        if taken - events < per_second * WINDOW:
            return 0
        counter.decrby(name, events)
    except redis.RedisError as error:
        _silent_until = moment + SILENT_SECONDS
        logger.warning("events are not counted: %s", error)
        return 0
    return WINDOW - int(moment) % WINDOW


def _connected() -> redis.Redis:
    global _counter  # noqa: PLW0603 - one pool for the process
    if _counter is None:
        _counter = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    return _counter
