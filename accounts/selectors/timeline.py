"""What happened on an account, merged from every app, newest first."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db.models import Q, Window
from django.db.models.functions import Lag
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AccountFile, SubscriptionVersion, Ticket, Touchpoint
from team.clock import today
from team.models import User
from ui import formats

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened. `key` (`<prefix>-<id>`) is unique and its anchor; `kind` is the chip that it answers to.

    `ask` and `actions` are for touchpoints that asked for something: (URL to POST to, words, icon).
    """

    key: str
    kind: str
    kind_label: str
    icon: str
    at: dt.datetime
    title: str
    text: str = ""
    who: str = ""
    url: str = ""
    edit_url: str = ""
    tone: str = ""
    is_private: bool = False
    note: str = ""
    actions: tuple[tuple[str, str, str], ...] = ()

    @property
    def order(self) -> tuple[dt.datetime, str, int]:
        return order_of(self.at, self.key)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry that was shown; the next page starts after it."""

    at: dt.datetime
    key: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.key}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Read a cursor from a URL; None for an empty or broken one (the first page)."""
        moment, _tilde, key = text.partition("~")
        try:
            at = dt.datetime.fromisoformat(moment)
            order_of(at, key)
            return cls(at.astimezone(dt.UTC), key) if at.tzinfo else None
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the cursor behind the last of them when there are more."""

    rows: tuple[T, ...]
    next: str | None


Source = Callable[..., list[TimelineEntry]]

# The chips of this app: {kind: words}. Upper apps add theirs with their source in settings.TIMELINE_SOURCES.
OWN_KINDS = {
    "call": gettext_lazy("Calls"),
    "meeting": gettext_lazy("Meetings"),
    "mail": gettext_lazy("Mail"),
    "note": gettext_lazy("Notes"),
    "other": gettext_lazy("Other touches"),
    "ticket": gettext_lazy("Tickets"),
    "file": gettext_lazy("Files"),
    "contract": gettext_lazy("Contract"),
}
_ICONS = {
    "call": "phone",
    "meeting": "users",
    "mail": "mail",
    "chat": "message-square",
    "note": "sticky-note",
    "community": "message-square",
    "event": "calendar",
    "reference": "megaphone",
    "invoice": "receipt",
    "course": "graduation-cap",
    "news": "globe",
}
_MAIN_KINDS = {"call", "meeting", "mail", "note"}
_TONES = {"positive": "good", "negative": "critical"}


def order_of(at: dt.datetime, key: str) -> tuple[dt.datetime, str, int]:
    """What entries are sorted by, descending: time, then prefix, then id. ValueError for a key of another shape."""
    prefix, _dash, number = key.rpartition("-")
    if not prefix:
        raise ValueError(key)
    return at, prefix, int(number)


def older_than(before: Cursor | None, *, at: str, prefix: str) -> Q:
    """The condition under which a source's rows come after a cursor; `at` is the field of their time.

    Every source of the timeline filters by it, so that rows of the same instant are neither lost nor repeated.
    """
    if before is None:
        return Q()
    moment, shown_prefix, number = order_of(before.at, before.key)
    if prefix == shown_prefix:
        return Q(**{f"{at}__lt": moment}) | Q(**{at: moment, "pk__lt": number})
    return Q(**{f"{at}__lt" if prefix > shown_prefix else f"{at}__lte": moment})


def timeline_kinds() -> dict[str, str]:
    """All chips: {kind: words}."""
    extra = {kind: str(words) for kind, (words, _path) in settings.TIMELINE_SOURCES.items()}
    return {kind: str(words) for kind, words in OWN_KINDS.items()} | extra


def read_timeline(
    *, account: Account, user: User, before: Cursor | str | None = None, kinds: Iterable[str] = (), limit: int = 30
) -> Page[TimelineEntry]:
    """One page of what the user may see, newest first; `kinds` (none: all) are keys of `timeline_kinds()`.

    A few queries per source, however long the history is.
    """
    cursor = Cursor.parse(before) if isinstance(before, str) else before
    wanted = set(kinds) & set(timeline_kinds())
    entries: list[TimelineEntry] = []
    for read in _sources(wanted):
        entries.extend(read(account=account, user=user, before=cursor, limit=limit + 1))
    entries.sort(key=lambda entry: entry.order, reverse=True)
    shown = tuple(entries[:limit])
    is_more = len(entries) > limit
    return Page(shown, str(Cursor(shown[-1].at, shown[-1].key)) if is_more and shown else None)


def _sources(wanted: set[str]) -> list[Source]:
    touch_kinds = wanted & {*_MAIN_KINDS, "other"}
    sources: list[Source] = []
    if touch_kinds or not wanted:
        sources.append(lambda **asked: _touchpoints(kinds=touch_kinds, **asked))
    own: dict[str, Source] = {"ticket": _tickets, "file": _files, "contract": _contract}
    sources += [read for kind, read in own.items() if kind in wanted or not wanted]
    for kind, (_words, path) in settings.TIMELINE_SOURCES.items():
        if kind in wanted or not wanted:
            sources.append(import_string(path))
    return sources


def _touchpoints(
    *, account: Account, user: User, before: Cursor | None, limit: int, kinds: set[str]
) -> list[TimelineEntry]:
    rows = Touchpoint.objects.visible_to(user).filter(account=account).select_related("logged_by")
    if kinds:
        choice = Q(kind__in=kinds & _MAIN_KINDS)
        rows = rows.filter(choice | ~Q(kind__in=_MAIN_KINDS) if "other" in kinds else choice)
    rows = rows.filter(older_than(before, at="occurred_at", prefix="touchpoint"))
    found = rows.prefetch_related("participants__contact").order_by("-occurred_at", "-pk")[:limit]
    return [touchpoint_entry(row, can_edit=user.can_edit) for row in found]


def touchpoint_entry(row: Touchpoint, *, can_edit: bool) -> TimelineEntry:
    """A touchpoint as the timeline shows it; `participants__contact` should be prefetched."""
    people = ", ".join(seat.contact.name for seat in row.participants.all())
    writer = str(row.logged_by) if row.logged_by else (_("automatic") if row.is_automated else row.source)
    label = row.get_kind_display()
    if row.outcome:
        label = f"{label} · {row.get_outcome_display()}"
    return TimelineEntry(
        key=f"touchpoint-{row.pk}",
        kind=row.kind if row.kind in _MAIN_KINDS else "other",
        kind_label=label,
        icon=_ICONS[row.kind],
        at=row.occurred_at,
        title=row.subject,
        text="" if row.body.strip() == row.subject else row.body,
        who=" · ".join(part for part in (people, writer) if part),
        url=reverse("touchpoint", args=[row.pk]),
        edit_url=reverse("touchpoint_edit", args=[row.pk]) if can_edit else "",
        tone=_TONES.get(row.valence, ""),
        is_private=row.is_private,
        note=_note(row),
        actions=_actions(row) if can_edit else (),
    )


def _note(row: Touchpoint) -> str:
    if row.asks_for and row.got_it_at:
        return _("Asked for “%(what)s”: it came") % {"what": row.asks_for}
    if row.asks_for and row.due_on:
        words = {"what": row.asks_for, "day": formats.day(row.due_on, today=today())}
        is_late = row.due_on < today()
        return (_("Overdue since %(day)s: “%(what)s”") if is_late else _("Asks for “%(what)s” by %(day)s")) % words
    if row.asks_for:
        return _("Asks for “%(what)s”") % {"what": row.asks_for}
    if row.awaiting_reply_since and not row.replied_at:
        return _("Waiting for a reply")
    return ""


def _actions(row: Touchpoint) -> tuple[tuple[str, str, str], ...]:
    actions = []
    if row.asks_for and not row.got_it_at:
        actions.append((reverse("touchpoint_got", args=[row.pk]), _("It came"), "check"))
    if row.awaiting_reply_since and not row.replied_at:
        actions.append((reverse("touchpoint_replied", args=[row.pk]), _("Replied"), "reply"))
    return tuple(actions)


def _tickets(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    rows = Ticket.objects.visible_to(user).filter(account=account)
    rows = rows.filter(older_than(before, at="opened_at", prefix="ticket")).order_by("-opened_at", "-pk")[:limit]
    return [
        TimelineEntry(
            key=f"ticket-{row.pk}",
            kind="ticket",
            kind_label=_("Ticket %(priority)s") % {"priority": row.priority.upper()},
            icon="ticket",
            at=row.opened_at,
            title=row.subject or row.external_id or "",
            who=row.agent,
            url=reverse("ticket", args=[row.pk]),
            edit_url=reverse("ticket_edit", args=[row.pk]) if user.can_edit else "",
            tone="critical" if not row.closed_at and row.priority in {"p1", "p2"} else "",
            note=_("Closed") if row.closed_at else _("Open"),
        )
        for row in rows
    ]


def _files(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    rows = AccountFile.objects.visible_to(user).filter(account=account).select_related("uploaded_by")
    rows = rows.filter(older_than(before, at="created_at", prefix="file")).order_by("-created_at", "-pk")[:limit]
    return [
        TimelineEntry(
            key=f"file-{row.pk}",
            kind="file",
            kind_label=_("File"),
            icon="paperclip",
            at=row.created_at,
            title=row.name,
            who=str(row.uploaded_by),
            url=reverse("file_download", args=[row.pk]),
        )
        for row in rows
    ]


def _contract(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    # SECURITY: contract versions tell the ARR; departments see none.
    if user.role == "member":
        return []
    former: dict[str, Any] = {"partition_by": "subscription", "order_by": ["effective_on", "pk"]}
    rows = (
        SubscriptionVersion.objects.filter(account=account, subscription__deleted_at__isnull=True)
        .filter(day_older_than(before, day="effective_on", prefix="contract"))
        .annotate(
            former_arr=Window(Lag("arr"), **former),
            former_status=Window(Lag("status"), **former),
        )
        .select_related("subscription__product")
        .order_by("-effective_on", "-pk")[:limit]
    )
    return [_version_entry(row, can_edit=user.can_edit) for row in rows]


def _version_entry(row: Any, *, can_edit: bool) -> TimelineEntry:
    subscription = row.subscription
    name = str(subscription.product or row.plan or subscription.external_id or _("Subscription"))
    now_worth = formats.money(row.arr, row.currency)
    tone, kind_label = "", _("Contract changed")
    if row.former_arr is None:
        kind_label, text = (_("Trial started") if row.is_trial else _("Contract started")), now_worth
    elif row.status not in {row.former_status, "active"}:
        kind_label, text, tone = _("Contract ended"), formats.money(row.former_arr, row.currency), "critical"
    elif row.arr != row.former_arr:
        text = f"{formats.money(row.former_arr, row.currency)} → {now_worth}"
        tone = "good" if row.arr > row.former_arr else "critical"
    else:
        text = now_worth
    return TimelineEntry(
        key=f"contract-{row.pk}",
        kind="contract",
        kind_label=kind_label,
        icon="file-text",
        at=midnight(row.effective_on),
        title=f"{name}: {text}",
        who="" if row.reason == "created" else row.reason,
        url=reverse("subscription", args=[subscription.pk]),
        edit_url=reverse("subscription_edit", args=[subscription.pk]) if can_edit else "",
        tone=tone,
    )


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def day_older_than(before: Cursor | None, *, day: str, prefix: str) -> Q:
    """`older_than` for rows that have a day and stand at its midnight (UTC)."""
    if before is None:
        return Q()
    moment = before.at.astimezone(dt.UTC)
    date = moment.date()
    if moment != midnight(date):
        return Q(**{f"{day}__lte": date})
    _at, shown_prefix, number = order_of(before.at, before.key)
    if prefix == shown_prefix:
        return Q(**{f"{day}__lt": date}) | Q(**{day: date, "pk__lt": number})
    return Q(**{f"{day}__lt" if prefix > shown_prefix else f"{day}__lte": date})
