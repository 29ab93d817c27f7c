"""The chat of a department: where it is, and lines for it, gathered rather than one by one."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from outbox.services import InvalidRecipient, enqueue_chat
from outbox.services.enqueue import lane_of
from team.models import ChatLine, ChatRoom, Department
from team.services.sealing import seal, unseal

MOST_LINES = 20
LONGEST_LINE = 300
ROOMS_AT_ONCE = 50
PURPOSE = "perennial.chat"
REFERENCE = "room:"


class BadAddress(ValueError):
    """The address cannot be a chat's; the message says why, for people."""


@transaction.atomic
def save_room(*, department: Department, address: str, every_minutes: int, is_active: bool) -> ChatRoom:
    """Where the department chats; an empty address keeps the one that is there. Raises BadAddress.

    SECURITY: https alone, as whoever reads the address can write in the room; what may be reached is judged when the
    call leaves (outbox.services.calls), not here, since names change.
    """
    room = ChatRoom.objects.select_for_update().filter(department=department).first() or ChatRoom(department=department)
    if address:
        try:
            lane = lane_of(address)
        except InvalidRecipient as error:
            raise BadAddress(_("This is no web address.")) from error
        if not address.startswith("https://") and lane not in settings.OUTBOX_PRIVATE_RECEIVERS:
            raise BadAddress(_("The address must begin with https://."))
        room.address, room.host = seal(address, purpose=PURPOSE), lane.rpartition(":")[0]
    if not room.address:
        raise BadAddress(_("Give the address of the chat's incoming webhook."))
    room.every_minutes, room.is_active = every_minutes, is_active
    room.save()
    return room


def remove_room(*, department: Department) -> bool:
    """No chat any more; lines that wait are forgotten. False when there was none."""
    return ChatRoom.objects.filter(department=department).delete()[0] > 0


def tell_room(*, department_id: int, text: str, url: str = "", dedupe_key: str) -> bool:
    """A line for the department's chat; False without one. A repeat changes nothing (one_chat_line_per_reason).

    SECURITY: a room has readers whom we do not know: nothing but titles without personal data goes there.
    """
    room = ChatRoom.objects.filter(department=department_id, is_active=True).first()
    if room is None:
        return False
    line = ChatLine(room=room, text=text[:LONGEST_LINE], url=url, dedupe_key=dedupe_key[:120])
    ChatLine.objects.bulk_create([line], ignore_conflicts=True)
    return True


def post_gathered() -> int:
    """One message for each room whose pause is over and for which lines wait. Returns how many messages were made.

    Safe beside others: whoever posts holds the room, and the lines are marked in the same transaction.
    """
    moment = timezone.now()
    waiting = ChatLine.objects.filter(room=OuterRef("pk"), posted_at__isnull=True)
    is_over = Q(posted_at__isnull=True) | Q(
        posted_at__lte=Value(moment) - F("every_minutes") * Value(dt.timedelta(minutes=1))
    )
    with transaction.atomic():
        rooms = ChatRoom.objects.filter(is_over, Exists(waiting), is_active=True)
        held = list(rooms.select_for_update(skip_locked=True, no_key=True).order_by("posted_at", "pk")[:ROOMS_AT_ONCE])
        return sum(_post(room, moment) for room in held)


@transaction.atomic
def purge_lines(*, before: dt.datetime, limit: int) -> int:
    """Lines that were posted before the moment."""
    ids = list(ChatLine.objects.filter(posted_at__lt=before).values_list("pk", flat=True)[:limit])
    return ChatLine.objects.filter(pk__in=ids).delete()[0]


def _post(room: ChatRoom, moment: dt.datetime) -> bool:
    lines = list(ChatLine.objects.filter(room=room, posted_at__isnull=True).order_by("pk"))
    if not lines:
        return False
    enqueue_chat(
        kind="notices",
        url=unseal(room.address, purpose=PURPOSE),
        address_ref=f"{REFERENCE}{room.pk}",
        text=compose(lines),
        dedupe_key=f"room:{room.pk}:{lines[-1].pk}",
    )
    ChatLine.objects.filter(pk__in=[line.pk for line in lines]).update(posted_at=moment)
    ChatRoom.objects.filter(pk=room.pk).update(posted_at=moment)
    return True


def compose(lines: Sequence[ChatLine]) -> str:
    """The message: at most twenty lines, each with its address, and how many more there are."""
    shown = [
        f"• {plain(line.text)}\n  {settings.BASE_URL}{line.url}" if line.url else f"• {plain(line.text)}"
        for line in lines[:MOST_LINES]
    ]
    more = len(lines) - MOST_LINES
    if more > 0:
        shown.append(_("… and %(number)d more") % {"number": more})
    return "\n".join(shown)


def plain(text: str) -> str:
    """SECURITY: words of customers call nobody (<!channel>, @all) and make no links of their own in a chat."""
    cleaned = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return cleaned.replace("@", "@\u200b").replace("](", "]\u200b(")


def address_of(reference: str) -> str | None:
    """The address behind `room:7` at the moment of the call; None when the chat was taken away or switched off.

    For settings.OUTBOX_ADDRESS_BOOK: the outbox keeps the reference, never the address.
    """
    key = reference.removeprefix(REFERENCE)
    room = ChatRoom.objects.filter(pk=int(key), is_active=True).first() if key.isdigit() else None
    return unseal(room.address, purpose=PURPOSE) if room else None
