"""Calls of the tracking API, read one by one: what happened, when, who did it, and what speaks against it.

The field names and their meaning are those of Segment's specification (Spec: Common Fields, Track, Page, Screen,
Identify, Group, Alias).
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from engagement.formulas.segment_bodies import EVENT_BYTES
from engagement.formulas.segment_uses import EPOCH, MICROSECOND, Uses

KEY_LENGTH = 120
VALUE_LENGTH = 200
NAME_LENGTH = 120
# Below it a difference between the sender's clock and ours is the way that the request took.
SKEW = dt.timedelta(seconds=60)
AHEAD = dt.timedelta(hours=24)
EARLIEST = dt.datetime(2, 1, 1, tzinfo=dt.UTC)
USES = {"track": "", "page": "Page: ", "screen": "Screen: "}
MEETINGS = ("identify", "group", "alias")
WORD = {str, type(None)}
# So many calls are read at once: what they need stays near the processor; of 500 each costs half as much again.
PART = 100
USUAL = itemgetter("type", "event", "userId", "messageId", "timestamp", "properties", "context")
UNUSUAL = (AttributeError, KeyError, TypeError, ValueError)
PARTING = secrets.token_hex(16)

# What is said about a call that is refused or put aside.
WORDS = {
    "not_an_object": "It is not a JSON object.",
    "too_large": f"Its properties have more than {EVENT_BYTES} bytes.",
    "unknown_type": "Its type is none of track, page, screen, identify, group, alias.",
    "not_allowed": "The key may not send calls of this type.",
    "no_name": "It names no event.",
    "no_user": "It has neither userId nor anonymousId nor a group.",
    "bad_value": "A field has a value of the wrong type.",
    "bad_timestamp": "Its timestamp is not a time (ISO 8601).",
    "too_old": "It is older than the window; send it as an import.",
    "in_the_future": "It happened more than a day after it came.",
    "no_group": "It names no group.",
    "no_previous": "It names no previousId.",
    "unknown_account": "Nobody knows whose it is: it waits in the quarantine.",
    "ambiguous_account": "More than one account fits: it waits in the quarantine.",
}


class Meeting(NamedTuple):
    """Who is who: one identify, group or alias call."""

    place: int
    kind: str
    user: str
    group: str
    email: str
    previous: str
    domain: str


class Refused(NamedTuple):
    """A call that is not taken; `code` is one of WORDS."""

    place: int
    code: str


class Reader:
    """Reads the calls of one request into the columns of its claim. `window` None takes any age (imports)."""

    def __init__(
        self,
        *,
        uses: Uses,
        request: int,
        source: str,
        key_id: int,
        received_at: dt.datetime,
        sent_at: dt.datetime | None,
        window: dt.timedelta | None,
        scopes: frozenset[str],
        fallback: str,
    ) -> None:
        skew = received_at - sent_at if sent_at and window else dt.timedelta(0)
        self.skew = skew if abs(skew) > SKEW else dt.timedelta(0)
        self.uses = uses
        self.request = request
        self.source = source
        self.salt = b"%d:" % key_id
        self.received_at = received_at
        self.oldest = received_at - window if window else None
        self.latest = received_at + AHEAD
        self.arrival = (received_at - EPOCH) // MICROSECOND
        self.earliest = ((self.oldest or EARLIEST) - EPOCH) // MICROSECOND
        self.may_use = bool(scopes & {"track", "import"})
        self.may_meet = bool(scopes & {"identify", "import"})
        self.fallback = fallback

    def read_all(self, calls: Iterable[Any]) -> tuple[int, list[Meeting | Refused]]:
        """How many calls there are, and those that are no uses; the uses stand in `uses`, in order."""
        others: list[Meeting | Refused] = []
        first, left = 0, iter(calls)
        while part := list(islice(left, PART)):
            try:
                self._read_usual(first, part)
            except UNUSUAL:
                found = (self.read(place, call) for place, call in enumerate(part, first))
                others += [each for each in found if each is not None]
            first += len(part)
        return first, others

    def _read_usual(self, first: int, part: list[Any]) -> None:
        """Adds calls column by column, in half the time, when all of them are track calls in the usual words.

        Raises one of UNUSUAL, and adds nothing, where a call needs a look of its own: `read` says what is wrong with
        it, if anything.
        """
        uses = self.uses
        kinds, events, users, message_ids, stamps, properties, contexts = zip(*map(USUAL, part), strict=True)
        if self.skew or not self.may_use or set(kinds) != {"track"} or {*map(type, properties + contexts)} != {dict}:
            raise ValueError
        if not all(users) or not all(message_ids) or any(context.get("traits") for context in contexts):
            raise ValueError
        groups = [call.get("groupId") or context.get("groupId") for call, context in zip(part, contexts, strict=True)]
        names = [uses.tracked.get(event, -1) for event in events]
        people = [uses.known.get(said, -1) for said in zip(repeat(self.source), groups, users)]
        for at in [at for at, name in enumerate(names) if name < 0]:
            names[at] = self._name("track", part[at], properties[at])
        for at in [at for at, person in enumerate(people) if person < 0]:
            people[at] = self._person(groups[at], users[at], None)
        words = "".join(message_ids)
        if min(names) < 0 or min(people) < 0 or max(map(len, message_ids)) > KEY_LENGTH:
            raise ValueError
        if " " in words or not words.isprintable():
            raise ValueError
        happened = self._microseconds(stamps)
        written = _written_apart(properties)
        digests = [blake2b(self.salt + each.encode(), digest_size=16).digest() for each in message_ids]
        uses.request += [self.request] * len(part)
        uses.place += range(first, first + len(part))
        uses.kind += kinds
        uses.name += names
        uses.person += people
        uses.happened += happened
        uses.stated += happened
        uses.digest += digests
        uses.message_id += message_ids
        uses.properties += written

    def _microseconds(self, stamps: Iterable[Any]) -> list[int]:
        """When calls happened; an error where one names no zone, is too old or lies ahead of us."""
        read = dt.datetime.fromisoformat
        moments = [(read(stamp) - EPOCH) // MICROSECOND for stamp in stamps]
        if min(moments) < self.earliest or max(moments) > self.arrival:
            raise ValueError
        return moments

    def read(self, place: int, call: Any) -> Meeting | Refused | None:
        """One call; what is wrong with it comes as Refused, never as an error. None: a use, it stands in `uses`."""
        if not isinstance(call, dict):
            return Refused(place, "not_an_object")
        kind = call.get("type")
        try:
            if kind in USES:
                code = self._use(place, kind, call) if self.may_use else "not_allowed"
                return Refused(place, code) if code else None
            if kind in MEETINGS:
                return self._meeting(place, kind, call) if self.may_meet else Refused(place, "not_allowed")
        except TypeError:  # an unhashable or nested value where a word belongs
            return Refused(place, "bad_value")
        return Refused(place, "unknown_type")

    def _use(self, place: int, kind: str, call: dict[str, Any]) -> str:
        """Adds a use to the columns, or says what is wrong with it. The bulk of all calls goes through here."""
        uses, get = self.uses, call.get
        properties = get("properties") or {}
        context = get("context") or {}
        if type(properties) is not dict or type(context) is not dict:
            return "bad_value"
        name = uses.tracked.get(get("event")) if kind == "track" else None
        if name is None:
            name = self._name(kind, call, properties)
        traits = context.get("traits")
        group = get("groupId") or context.get("groupId") or (_company(traits) if traits else None)
        user = get("userId") or get("anonymousId")
        # Most people say no more and come again.
        person = None if traits else uses.known.get((self.source, group, user))
        if person is None:
            person = self._person(group, user, traits)
        if name < 0 or person < 0:
            return "no_name" if name < 0 else "no_user"
        stated = happened = self.received_at
        stamp = get("timestamp") or get("originalTimestamp")
        if stamp:
            said = read_time(stamp)
            found = self._by_our_clock(said) if said else "bad_timestamp"
            if said is None or isinstance(found, str):
                return str(found)
            stated, happened = said, found
        message_id = get("messageId") or self._own_id(place, call, has_time=bool(stamp))
        if type(message_id) is not str:
            return "bad_value"
        written = orjson.dumps(properties)
        if len(written) > EVENT_BYTES:
            return "too_large"
        if b"\\u0000" in written:
            written = orjson.dumps(_without_nul(properties))
        if not stamp:
            uses.timeless.append(len(uses))
        microseconds = (happened - EPOCH) // MICROSECOND
        uses.request.append(self.request)
        uses.place.append(place)
        uses.kind.append(kind)
        uses.name.append(name)
        uses.person.append(person)
        uses.happened.append(microseconds)
        uses.stated.append(microseconds if stated is happened else (stated - EPOCH) // MICROSECOND)
        uses.digest.append(blake2b(self.salt + message_id.encode(), digest_size=16).digest())
        uses.message_id.append(_text(message_id, KEY_LENGTH))
        # Copied: what orjson returns keeps a thousand bytes.
        uses.properties.append(memoryview(written).tobytes())
        return ""

    def _by_our_clock(self, stated: dt.datetime) -> dt.datetime | str:
        """When it happened by our clock, or the code of what is wrong with it."""
        happened_at = stated
        if self.skew:
            try:
                happened_at += self.skew
            except OverflowError:  # a clock thousands of years off
                return "bad_timestamp"
        if happened_at > self.received_at:
            return self.received_at if happened_at <= self.latest else "in_the_future"
        if self.oldest is not None and happened_at < self.oldest:
            return "too_old"
        return happened_at

    def _meeting(self, place: int, kind: str, call: dict[str, Any]) -> Meeting | Refused:
        traits = call.get("traits") or {}
        if type(traits) is not dict:
            return Refused(place, "bad_value")
        user = _identity(call.get("userId") or call.get("anonymousId"), KEY_LENGTH)
        if kind == "alias":
            previous = _identity(call.get("previousId"), KEY_LENGTH)
            missing = "no_user" if not user else "no_previous"
            return Meeting(place, kind, user, "", "", previous, "") if user and previous else Refused(place, missing)
        context = call.get("context") or {}
        inherited = context.get("groupId") if type(context) is dict else None
        group = _identity(call.get("groupId") or inherited or _company(traits), VALUE_LENGTH)
        if kind == "group":
            return Meeting(place, kind, user, group, "", "", _site(traits)) if group else Refused(place, "no_group")
        if not user:
            return Refused(place, "no_user")
        anonymous = _identity(call.get("anonymousId"), KEY_LENGTH)
        previous = anonymous if anonymous != user else ""
        return Meeting(place, kind, user, group, _mail(traits.get("email"), user), previous, "")

    def _name(self, kind: str, call: dict[str, Any], properties: dict[str, Any]) -> int:
        """The number of the feature's name, the event's, or the page's or screen's behind its prefix; -1 without."""
        if kind == "track":
            said = call.get("event")
        else:
            said = call.get("name") or properties.get("name") or properties.get("path") or call.get("category")
        words = " ".join(_text(said, 1000).split())
        number = self.uses.names[(USES[kind] + words)[:NAME_LENGTH]] if words else -1
        if kind == "track" and type(said) is str:
            self.uses.tracked[said] = number
        return number

    def _person(self, group: object, user: object, traits: object) -> int:
        """The number of who did it: the key's source, group, user and mail, each may be empty; -1 for nobody."""
        group_id, user_key = _identity(group, VALUE_LENGTH), _identity(user, KEY_LENGTH)
        if not (user_key or group_id):
            return -1
        email = _mail(traits.get("email") if type(traits) is dict else None, user_key)
        number = self.uses.people[self.source, group_id, user_key, email]
        if not traits and {type(group), type(user)} <= WORD:
            self.uses.known[self.source, group, user] = number
        return number

    def _own_id(self, place: int, call: dict[str, Any], *, has_time: bool) -> str:
        """For a call without a message id: the same content at the same stated time is the same call."""
        if not has_time:
            return f"{self.fallback}:{place}"
        plain = {name: value for name, value in call.items() if name not in {"sentAt", "receivedAt"}}
        return blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _written_apart(properties: Sequence[dict[str, Any]]) -> list[bytes]:
    """Each as JSON, written at once and parted at a word that nobody knows. ValueError where one is too large or holds
    what cannot be kept."""
    with_words: list[Any] = [PARTING] * (2 * len(properties) - 1)
    with_words[::2] = properties
    together = orjson.dumps(with_words)
    written = together[1:-1].split(b',"%b",' % PARTING.encode())
    if b"\\u0000" in together or max(map(len, written)) > EVENT_BYTES:
        raise ValueError
    return written


def read_time(value: object) -> dt.datetime | None:
    """A time of the sender in UTC; None when it is none. Without a zone it is UTC."""
    if type(value) is not str:
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not dt.UTC:
            moment = moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= EARLIEST else None


def _text(value: object, length: int) -> str:
    """A word: control signs go, ends are trimmed, too long ones are cut. Raises TypeError for what is no word."""
    if type(value) is not str:
        if value is None:
            return ""
        if type(value) not in (int, float):
            raise TypeError
        value = str(value)
    if not value.isprintable():
        value = "".join(sign for sign in value if sign.isprintable())
    return value[:length].strip()


def _identity(value: object, length: int) -> str:
    """An identifier. One that is too long ends in a digest of the whole: two that begin alike stay two."""
    word = _text(value, EVENT_BYTES)
    if len(word) <= length:
        return word
    return f"{word[: length - 17]}~{blake2b(word.encode(), digest_size=8).hexdigest()}"


def _company(traits: object) -> object:
    """The company's id in identify traits: `company.id`, or `companyId`, `groupId`, `accountId`."""
    if type(traits) is not dict:
        return None
    company = traits.get("company")
    if type(company) is dict:
        company = company.get("id")
    elif company is not None and type(company) is not str:
        company = None
    return traits.get("groupId") or traits.get("accountId") or traits.get("companyId") or company


def _mail(said: object, user: str) -> str:
    """The person's mail address, in small letters: the trait, or a user id that is one."""
    found = said if type(said) is str and "@" in said else user
    return found.strip().lower()[:254] if "@" in found and found.isprintable() else ""


def _site(traits: dict[str, Any]) -> str:
    """The host of a group's website or domain, or of its mail address."""
    said = traits.get("domain") or traits.get("website") or traits.get("email")
    if type(said) is not str or not said.isprintable():
        return ""
    host = said.strip().lower().rpartition("@")[2].partition("://")[2] or said.strip().lower().rpartition("@")[2]
    return host.partition("/")[0].partition(":")[0].removeprefix("www.")[:VALUE_LENGTH]


def _without_nul(value: Any) -> Any:
    """JSON without the sign that PostgreSQL cannot keep."""
    if type(value) is str:
        return value.replace("\x00", "")
    if type(value) is dict:
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return [_without_nul(each) for each in value] if type(value) is list else value
