"""Receipts, keys and quarantine groups as lists."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from engagement.models import EventBatch, QuarantinedEvent, WriteKey
from engagement.selectors.events.quarantine import MOST_COUNTED, Group, read_groups
from engagement.selectors.events.receipts import key_choices
from ui import formats
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListPage, ListSpec
from ui.lists.address import read_address
from ui.lists.cells import BLANK
from ui.lists.filtering import split_words
from ui.lists.keyset import Cursor

State = EventBatch.State
STATE_TONES = {State.DONE: "good", State.FAILED: "critical", State.WAITING: "watch"}


def state_badge(batch: EventBatch) -> object:
    """Where a request stands."""
    return badge(batch.get_state_display(), tone=STATE_TONES[State(batch.state)])


def byte_words(size: int) -> str:
    """1.2 kB, 3.4 MB."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{formats.number(size / factor, 1)} {unit}"
    return f"{size} B"


def _receipt(batch: EventBatch) -> object:
    url = reverse("event_receipt", args=[batch.pk])
    short = str(batch.receipt)[:8]
    return format_html('<a href="{}">{}</a> <code class="muted">{}</code>', url, batch.call, short)


def _count(name: str, label: Any, tone: str, rank: Any) -> Column:
    """A column of a count that is worth a colour where it is not 0."""

    def cell(batch: EventBatch) -> object:
        value = getattr(batch, name)
        return format_html('<span class="{}">{}</span>', tone, formats.number(value)) if value else BLANK

    return Column(name, label, "number", cell=cell, export=lambda row: getattr(row, name), width="sm", rank=rank)


RECEIPTS = ListSpec(
    name="receipts",
    label=_("Receipts"),
    default_sort="-came",
    peek_url=lambda batch: reverse("event_receipt", args=[batch.pk]),
    columns=(
        Column(
            "receipt",
            _("Request"),
            cell=_receipt,
            export=lambda row: str(row.receipt),
            width="lg",
            rank=1,
            is_fixed=True,
        ),
        Column("state", _("State"), cell=state_badge, export=lambda row: row.state, width="sm", rank=1),
        Column("events", _("Events"), "number", width="sm"),
        Column("accepted", _("New"), "number", width="sm", rank=1),
        _count("duplicates", _("Duplicates"), "muted", 3),
        _count("rejected", _("Rejected"), "critical", 2),
        _count("quarantined", _("Quarantined"), "watch", 3),
        Column(
            "size", _("Size"), cell=lambda row: byte_words(row.size), export=lambda row: row.size, width="sm", rank=3
        ),
        Column("key", _("Key"), source="key.name", width="md", rank=3),
        Column("client", _("Client"), width="lg", is_default=False),
        Column("came", _("Came"), kind="time", source="received_at", sort="id", width="sm", is_descending_first=True),
    ),
    filters=(
        Filter("state", _("State"), choices=State.choices),
        Filter("key", _("Key"), path="key__source", choices=lambda user: key_choices()),
        Filter("rejected", _("Rejected"), "number"),
        Filter("quarantined", _("Quarantined"), "number"),
        Filter("import", _("Import"), "flag", path="is_import"),
        Filter("received", _("Came"), "day", path="received_at"),
    ),
    empty=Empty(
        _("No receipts yet"),
        _("Each request that sends events leaves one: what was new, known already or refused, and why."),
        icon="receipt",
    ),
)


def _scopes(key: WriteKey) -> str:
    names = dict(WriteKey.Scope.choices)
    return ", ".join(str(names.get(scope, scope)).partition(" (")[0] for scope in key.scopes)


def _key_state(key: WriteKey) -> object:
    return badge(_now("revoked"), tone="critical") if key.revoked_at else badge(_now("works"), tone="good")


def _opener(url: str, words: str, css: str) -> object:
    return format_html(
        '<a class="button is-small {0}" href="{1}" hx-get="{1}" hx-target="#dialog">{2}</a>', css, url, words
    )


def _key_actions(key: WriteKey) -> object:
    if key.revoked_at:
        return BLANK
    show = _opener(reverse("event_key", args=[key.pk]), _now("Show"), "")
    revoke = _opener(reverse("event_key_revoke", args=[key.pk]), _now("Revoke"), "is-ghost")
    return format_html('<span class="row is-nowrap">{}{}</span>', show, revoke)


def key_list(*, is_admin: bool) -> ListSpec:
    """Write keys; admins open and revoke them."""
    actions = Column("actions", _("Actions"), cell=_key_actions, is_exported=False, width="lg", rank=1)
    return ListSpec(
        name="event-keys",
        label=_("Write keys"),
        default_sort="name",
        row_url=(lambda key: reverse("event_key", args=[key.pk])) if is_admin else None,
        columns=(
            Column("name", _("Name"), sort="name", width="lg", rank=1, is_fixed=True),
            Column("source", _("Source"), sort="source", width="md", rank=2),
            Column("scopes", _("It may"), cell=_scopes, export=_scopes, width="fill", rank=3),
            Column("limit", _("Per second"), "number", source="events_per_second", width="sm", rank=3),
            Column(
                "used",
                _("Last used"),
                "day",
                source="last_used_on",
                sort="last_used_on",
                width="md",
                rank=2,
                is_descending_first=True,
            ),
            Column("made", _("Made"), "day", source="created_at", width="md", is_default=False),
            Column("by", _("Made by"), "person", source="created_by", width="md", is_default=False),
            Column(
                "state",
                _("State"),
                cell=_key_state,
                export=lambda row: "revoked" if row.revoked_at else "works",
                width="sm",
                # Where there is room for one thing, an admin sees what to do with it.
                rank=2 if is_admin else 1,
            ),
            *((actions,) if is_admin else ()),
        ),
        filters=(Filter("revoked", _("Revoked"), "flag", apply=_revoked), Filter("source", _("Source"), "text")),
        search=("name", "source"),
        empty=Empty(
            _("No write key yet"),
            _("A write key lets your product send events. It can read nothing."),
            reverse("event_key_add") if is_admin else "",
            _("Make the first key") if is_admin else "",
            "key",
        ),
    )


def _revoked(rows: Any, operator: str, values: list[Any], user: Any) -> Any:
    return rows.filter(revoked_at__isnull=not values[-1])


def group_url(group: Group, name: str = "quarantine_group") -> str:
    """A group's page, or one of its actions; what it is called stands in the query, for it may hold any sign."""
    return f"{reverse(name)}?{urlencode({'hint': group.hint, 'value': group.value})}"


def count_words(group: Group) -> str:
    """How many wait: exactly, or that it is more."""
    return f"{formats.number(MOST_COUNTED)}+" if group.is_more else formats.number(group.count)


def _group(group: Group) -> object:
    words = group.value or _now("Neither user, group nor domain")
    return format_html('<a class="strong" href="{}">{}</a>', group_url(group), words)


def _press(group: Group, name: str, words: str) -> object:
    """A small form; the page's token goes with every request of htmx."""
    return format_html(
        '<form method="post" action="{0}" hx-post="{0}" hx-swap="none">'
        '<button class="button is-small is-ghost" type="submit">{1}</button></form>',
        group_url(group, name),
        words,
    )


def _waiting_actions(group: Group) -> object:
    if group.is_mapped:
        return format_html('<span class="muted">{}</span>', _now("on the way to its account"))
    drop = _press(group, "quarantine_drop", _now("Drop"))
    if group.hint == QuarantinedEvent.Hint.NOBODY:
        return drop
    opener = _opener(group_url(group, "quarantine_map"), _now("Map"), "is-primary")
    return format_html('<span class="row is-nowrap">{}{}</span>', opener, drop)


def _dropped_actions(group: Group) -> object:
    return _press(group, "quarantine_restore", _now("Bring back"))


def quarantine_list(*, is_admin: bool, is_dropped: bool) -> ListSpec:
    """Groups of events that wait, or that were dropped."""
    cell = _dropped_actions if is_dropped else _waiting_actions
    actions = Column("actions", _("Actions"), cell=cell, is_exported=False, width="lg", rank=1)
    return ListSpec(
        name="quarantine",
        label=_("Quarantine"),
        default_sort="-last",
        keeps=("tab",),
        page_size=50,
        most_rows=50,
        columns=(
            Column("value", _("Identifier"), cell=_group, export=str, width="xl", rank=1, is_fixed=True),
            Column("hint", _("What it is"), source="label", width="md", rank=2),
            Column("events", _("Events"), "number", cell=count_words, export=lambda row: row.count, width="sm", rank=1),
            Column(
                "names",
                _("For example"),
                cell=lambda row: ", ".join(row.names[:3]) or BLANK,
                export=lambda row: ", ".join(row.names),
                width="fill",
                rank=3,
            ),
            Column("first", _("First came"), "time", source="first_at", width="sm", rank=3),
            Column("last", _("Last came"), "time", source="last_at", width="sm", rank=2),
            *((actions,) if is_admin else ()),
        ),
        filters=(
            Filter("hint", _("What it is"), choices=QuarantinedEvent.Hint.choices),
            Filter("text", _("Identifier"), "text"),
        ),
        search=("value",),
        empty=_nothing(is_dropped),
    )


def _nothing(is_dropped: bool) -> Empty:
    if is_dropped:
        return Empty(_("Nothing was dropped"), _("What is nobody's can be dropped, and brought back."), icon="check")
    return Empty(
        _("Every event found its account"),
        _("Events whose group, user or mail domain nobody knows wait here until somebody says whose they are."),
        reverse("events"),
        _("Watch them come"),
        "check-check",
    )


def build_quarantine(request: HttpRequest, *, is_admin: bool, is_dropped: bool) -> tuple[ListPage, bool]:
    """The page of groups, and whether there are more groups than are looked at."""
    spec = quarantine_list(is_admin=is_admin, is_dropped=is_dropped)
    filters = {one.key: one for one in spec.filters}
    asked = read_address(request.GET, spec, spec.columns, filters, request.user)
    page = ListPage(
        spec=spec,
        request=request,
        columns=list(spec.columns),
        chosen=asked.columns,
        filters=filters,
        terms=[term for term in asked.terms if term.operator == "is"],
        words=asked.words,
        typed=asked.typed,
        sort=spec.default_sort,
        problems=asked.problems,
        is_continued=asked.cursor is not None,
        keeps=[("tab", "dropped")] if is_dropped else [],
    )
    held = {term.key: term.values for term in page.terms}
    labels = {str(label).lower(): value for value, label in QuarantinedEvent.Hint.choices}
    found = read_groups(
        is_dropped=is_dropped,
        hints=[labels.get(value.lower(), value.lower()) for value in held.get("hint", ())],
        words=[*split_words(page.words), *held.get("text", ())],
        before_id=asked.cursor.pk if asked.cursor else None,
    )
    page.objects = found.groups  # type: ignore[assignment]
    page.next = Cursor(found.next_id) if found.next_id is not None else None
    return page, found.is_cut
