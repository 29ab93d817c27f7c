"""What was done with a link in the last two minutes: kept in the cache, never in a row. A GET stores nothing."""

import logging
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from voc.formulas.humans import HEAD, MARKS_LIVE, TRAP_LINK

logger = logging.getLogger(__name__)
KINDS: Final = (HEAD, TRAP_LINK, *(str(number) for number in range(11)))
TRAP_PARAMETER: Final = "more"


def note_visit(request: HttpRequest, subject: str) -> None:
    """Remember that a link was asked for by HEAD, through the hidden link, or with a number of the mail.

    Without Redis nothing is remembered, and the other signs decide alone.
    """
    kinds = [HEAD] if request.method == "HEAD" else []
    if TRAP_PARAMETER in request.GET:
        kinds.append(TRAP_LINK)
    if (number := request.GET.get("a", "")) in KINDS and number.isdecimal():
        kinds.append(number)
    if not kinds:
        return
    try:
        cache.set_many({_key(subject, kind): 1 for kind in kinds}, timeout=MARKS_LIVE)
    except (RedisError, OSError) as error:
        logger.warning("visit not noted: %s", error)


def marks_of(subject: str) -> frozenset[str]:
    """What was noted lately; nothing while Redis is away."""
    keys = {_key(subject, kind): kind for kind in KINDS}
    try:
        return frozenset(keys[key] for key in cache.get_many(keys))
    except (RedisError, OSError) as error:
        logger.warning("visits not read: %s", error)
        return frozenset()


def _key(subject: str, kind: str) -> str:
    return f"visit:{subject[:20]}:{kind}"
