"""Write keys: made, shown to those who may see them, found again, revoked."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from engagement.formulas.write_keys import NONCE_LENGTH, mac_of, same_mac
from engagement.models import WriteKey
from team.models import User

# A revoked key is refused by every process after so many seconds.
KNOWN_SECONDS = 10.0
_known: dict[str, tuple[float, "FoundKey | None"]] = {}
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class FoundKey:
    """What a request needs of its key; `events_per_second` is the key's own limit or the install's."""

    pk: int
    scopes: frozenset[str]
    events_per_second: int


def make_write_key(
    *,
    name: str,
    source: str,
    scopes: Iterable[str] = WriteKey.Scope.values,
    actor: User | None = None,
    events_per_second: int | None = None,
) -> WriteKey:
    """Make a key; its text is `key_text(key)` now and later. Raises IntegrityError for a source that is taken."""
    return WriteKey.objects.create(
        name=name,
        source=source,
        nonce=secrets.token_hex(NONCE_LENGTH // 2),
        scopes=sorted(set(scopes)),
        events_per_second=events_per_second,
        created_by=actor,
    )


def key_text(key: WriteKey) -> str:
    """What a client sends. SECURITY: made of the nonce and the server's secret; the database alone tells no key."""
    return key.nonce + mac_of(key.nonce, settings.SECRET_KEY)


def find_write_key(text: str) -> FoundKey | None:
    """The living key of a text, or None. Remembered by this process for ten seconds, also that there is none."""
    moment = time.monotonic()
    known = _known.get(text)
    if known is not None and known[0] > moment:
        return known[1]
    found = _look_up(text)
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[text] = (moment + KNOWN_SECONDS, found)
    return found


def forget_known_keys() -> None:
    """This process asks the database again for every key."""
    _known.clear()


def revoke_write_key(*, key: WriteKey) -> bool:
    """End a key for good; True the first time. Other processes follow within ten seconds."""
    forget_known_keys()
    return WriteKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()) == 1


def _look_up(text: str) -> FoundKey | None:
    nonce, mac = text[:NONCE_LENGTH], text[NONCE_LENGTH:]
    if not mac or not text.isascii() or not text.isprintable():
        return None
    key = WriteKey.objects.filter(nonce=nonce, revoked_at__isnull=True).first()
    # SECURITY: compared also when there is no such nonce, and in constant time.
    fits = [same_mac(mac, nonce, str(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    if key is None or not any(fits):
        return None
    return FoundKey(
        pk=key.pk,
        scopes=frozenset(key.scopes),
        events_per_second=key.events_per_second or settings.EVENTS_PER_SECOND,
    )
