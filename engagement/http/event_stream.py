"""The live stream as a list page: its columns and filters, and the way from an address to what is asked."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from engagement.models import EventKind, QuarantinedEvent, WriteKey
from engagement.selectors.events.receipts import key_choices
from engagement.selectors.events.stream import (
    DUPLICATE,
    FAILED,
    LIMIT,
    QUARANTINED,
    REJECTED,
    STORED,
    TAKEN,
    WAITING,
    Entry,
    Place,
    Stream,
    Wanted,
    read_stream,
)
from team.models import User
from ui import formats
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListPage, ListSpec
from ui.lists.address import read_address
from ui.lists.cells import BLANK, export_value
from ui.lists.keyset import Cursor
from ui.lists.terms import BadFilter

TONES = {STORED: "good", QUARANTINED: "watch", REJECTED: "critical", FAILED: "critical"}
OUTCOMES: tuple[tuple[str, Any], ...] = (
    (STORED, _("Stored")),
    (DUPLICATE, _("Duplicate")),
    (REJECTED, _("Rejected")),
    (QUARANTINED, _("Quarantined")),
    (WAITING, _("Waiting")),
    (FAILED, _("Failed")),
    (TAKEN, _("Taken")),
)
WORDS = dict(OUTCOMES)
RANKS = 3
EXPORTED = 5_000


def entry_url(entry: Entry) -> str:
    """The page of an entry: the event, the one in quarantine, or the receipt."""
    if entry.batch is not None:
        return reverse("event_receipt", args=[entry.batch.pk])
    if entry.outcome == QUARANTINED:
        return reverse("event_held", args=[entry.pk])
    return reverse("event_seen", args=[entry.micros, entry.pk])


def receipt_words(entry: Entry) -> str:
    """What a receipt says in one line: `batch of 100: 97 new, 3 rejected`."""
    batch = entry.batch
    assert batch is not None
    counted = (
        (batch.accepted, _now("%(n)s new")),
        (batch.duplicates, _now("%(n)s known already")),
        (batch.rejected, _now("%(n)s rejected")),
        (batch.quarantined, _now("%(n)s quarantined")),
    )
    said = ", ".join(words % {"n": formats.number(n)} for n, words in counted if n)
    head = batch.call
    if batch.events > 1:
        head = _now("%(call)s of %(n)s") % {"call": batch.call, "n": formats.number(batch.events)}
    return f"{head}: {said}" if said else head


def _name(entry: Entry) -> object:
    css = "muted" if entry.batch is not None else "strong"
    name = format_html('<a class="{}" href="{}">{}</a>', css, entry_url(entry), _plain_name(entry))
    whose = _plain_whose(entry)
    # On phones the column of the account leaves.
    return format_html('{}<span class="is-phone clip muted small">{}</span>', name, whose) if whose else name


def _plain_name(entry: Entry) -> str:
    return receipt_words(entry) if entry.batch is not None else entry.name


def _kind(entry: Entry) -> str:
    return _now("Receipt") if entry.batch is not None else entry.kind


def hint_words(hint: str, value: str) -> str:
    """An identifier as people call it: `Mail domain: acme.example`."""
    label = str(QuarantinedEvent.Hint(hint).label)
    return f"{label}: {value}" if value else label


def _whose(entry: Entry) -> object:
    if entry.account is not None:
        url = reverse("account", args=[entry.account.pk])
        return format_html('<a class="link" href="{}">{}</a>', url, entry.account)
    if entry.hint:
        return format_html('<span class="muted">{}</span>', hint_words(entry.hint, entry.hint_value))
    return BLANK


def _plain_whose(entry: Entry) -> str:
    if entry.account is not None:
        return entry.account.name
    return hint_words(entry.hint, entry.hint_value) if entry.hint else ""


def _outcome(entry: Entry) -> object:
    return badge(WORDS[entry.outcome], tone=TONES.get(entry.outcome, ""))


STREAM = ListSpec(
    name="events",
    label=_("Events"),
    default_sort="-at",
    page_size=LIMIT,
    most_rows=LIMIT,
    keeps=("paused",),
    peek_url=entry_url,
    columns=(
        Column("name", _("Name"), cell=_name, export=_plain_name, width="xl", rank=1, is_fixed=True),
        Column("outcome", _("Outcome"), cell=_outcome, export=lambda row: row.outcome, width="md", rank=1),
        Column("kind", _("Kind"), cell=_kind, export=_kind, width="sm", rank=3),
        Column("account", _("Account"), cell=_whose, export=_plain_whose, width="fill", rank=2),
        Column("user", _("User"), source="user_key", width="lg", rank=3),
        Column("key", _("Key"), source="key.name", width="md", rank=3),
        Column("happened", _("Happened"), kind="time", source="happened_at", width="sm", is_default=False),
        Column("at", _("Came"), kind="time", source="at", width="sm", rank=1),
    ),
    filters=(
        Filter("outcome", _("Outcome"), choices=OUTCOMES),
        Filter("key", _("Key"), choices=lambda user: key_choices()),
        Filter("kind", _("Kind"), choices=EventKind.choices),
        Filter("name", _("Name"), "text"),
        Filter("account", _("Account"), "text"),
        Filter("user", _("User"), "text"),
    ),
    search=("name",),
    empty=Empty(_("Nothing has come yet"), icon="activity"),
)


def read_wanted(page: ListPage) -> Wanted:
    """The filters of the address; what the stream cannot do is named among the page's problems."""
    wanted = Wanted()
    for term in list(page.terms):
        if term.operator != "is":
            page.terms.remove(term)
            page.problems.append(_now("The stream knows no “not”: pick what you want to see."))
        elif term.key == "outcome":
            wanted.outcomes = frozenset(_choices(page, term.key, term.values))
        elif term.key == "kind":
            wanted.kinds = tuple(_choices(page, term.key, term.values))
        elif term.key == "key":
            keys = WriteKey.objects.filter(source__in=_choices(page, term.key, term.values))
            wanted.key_ids = tuple(keys.values_list("pk", flat=True))
        else:
            setattr(wanted, f"{term.key}s", term.values)
    if page.words:
        wanted.names = (*wanted.names, page.words)
    return wanted


def _choices(page: ListPage, key: str, values: tuple[str, ...]) -> list[str]:
    """Values of the choices, also where the address has their words."""
    known = {str(label).lower(): value for value, label in page.filters[key].choices_for(page.user)}
    return [known.get(value.lower(), value.lower()) for value in values]


def build_stream(request: HttpRequest, user: User) -> tuple[ListPage, Wanted, Stream]:
    """The page that the address asks for, with its entries."""
    params = request.GET.copy()
    params.pop("seen", None)
    filters = {one.key: one for one in STREAM.filters}
    asked = read_address(params, STREAM, STREAM.columns, filters, user)
    page = ListPage(
        spec=STREAM,
        request=request,
        columns=list(STREAM.columns),
        chosen=asked.columns,
        filters=filters,
        terms=asked.terms,
        words=asked.words,
        typed=asked.typed,
        sort=STREAM.default_sort,
        problems=asked.problems,
        is_continued=asked.cursor is not None,
        keeps=_kept(params),
    )
    wanted = read_wanted(page)
    before = asked.attempt(lambda: _place(asked.cursor), None)
    stream = read_stream(user=user, wanted=wanted, before=before)
    page.objects = stream.entries  # type: ignore[assignment]
    if stream.next is not None:
        page.next = Cursor(stream.next.pk * RANKS + stream.next.rank, stream.next.at.isoformat())
    return page, wanted, stream


def _kept(params: QueryDict) -> list[tuple[str, str]]:
    return [("paused", "1")] if params.get("paused") else []


def _place(cursor: Cursor | None) -> Place | None:
    if cursor is None:
        return None
    try:
        at = dt.datetime.fromisoformat(cursor.value or "")
    except ValueError as error:
        raise BadFilter(_now("The address is damaged; start from the first page.")) from error
    if at.tzinfo is None:
        raise BadFilter(_now("The address is damaged; start from the first page."))
    pk, rank = divmod(cursor.pk, RANKS)
    return Place(at, rank, pk)


def export_lines(page: ListPage, wanted: Wanted, user: User) -> Iterator[list[Any]]:
    """The newest entries as rows of a file, some 5,000."""
    before, written = None, 0
    while written < EXPORTED:
        stream = read_stream(user=user, wanted=wanted, before=before, limit=500)
        for entry in stream.entries:
            yield [export_value(entry, column) for column in page.shown_columns]
        written += len(stream.entries)
        before = stream.next
        if before is None or not stream.entries:
            return
