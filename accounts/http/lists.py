"""The lists of contacts, contracts, touches and tickets: their columns and filters."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.formulas.bands import arr_band
from accounts.models import Contact, Persona, Product, Segment, Subscription, Ticket, Touchpoint
from team.models import User
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.narrowing import narrow

Rows = QuerySet[Any]


def csm_choices(user: Any) -> list[tuple[str, str]]:
    """Active people who keep a book."""
    people = User.objects.filter(is_active=True, role__in=["csm", "manager", "admin"]).order_by("name")
    return [(str(person.pk), person.name) for person in people]


def segment_choices(user: Any) -> list[tuple[str, str]]:
    return [(segment.slug, segment.name) for segment in Segment.objects.all()]


def product_choices(user: Any) -> list[tuple[str, str]]:
    return [(product.code, product.name) for product in Product.objects.order_by("name")]


def sees_sums(user: Any) -> bool:
    """Department members know a band, never the sum."""
    return bool(user.role != "member")


def _joined(*paths: str) -> Callable[[Rows], Rows]:
    return lambda rows: rows.select_related(*paths)


def _of_account(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    condition = Q(pk__in=[])
    for value in values:
        condition |= Q(account__name__icontains=value)
    return rows.exclude(condition) if operator == "not" else rows.filter(condition)


def _that_wait(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    condition = Q(awaiting_reply_since__isnull=False, replied_at__isnull=True)
    return rows.filter(condition if values[-1] else ~condition)


ACCOUNT = Column("account", _("Account"), source="account.name", width="lg", rank=1, needs=_joined("account"))
OWNER = Column(
    "csm", _("CSM"), kind="person", source="account.csm", needs=_joined("account__csm"), rank=3, is_default=False
)
ACCOUNT_FILTERS = (
    Filter("account", _("Account"), "text", apply=_of_account),
    Filter("csm", _("CSM"), "person", path="account__csm_id", choices=csm_choices, can_be_blank=True),
    Filter("segment", _("Segment"), path="account__segment__slug", choices=segment_choices),
)

CONTACTS = ListSpec(
    name="contacts",
    label=_("Contacts"),
    default_sort="name",
    columns=(
        Column("name", _("Name"), sort="name", width="xl", rank=1, is_fixed=True),
        ACCOUNT,
        Column("title", _("Job title"), width="lg", rank=3),
        Column("persona", _("Persona"), source="get_persona_display", width="md"),
        Column("email", _("E-mail"), width="lg", rank=3),
        Column("strength", _("Strength"), kind="number", width="xs", rank=3, help=_("1 to 5.")),
        Column(
            "last_touch",
            _("Last touch"),
            kind="time",
            help=_("The last two-way touch."),
            source="last_two_way_at",
            sort="last_two_way_at",
            width="md",
            is_descending_first=True,
        ),
        Column("status", _("Status"), source="get_status_display", width="sm", rank=3),
        Column("phone", _("Phone"), width="md", is_default=False),
        Column("language", _("Language"), width="sm", is_default=False),
        OWNER,
    ),
    filters=(
        Filter("persona", _("Persona"), choices=Persona.choices),
        Filter("status", _("Status"), choices=Contact.Status.choices),
        Filter("strength", _("Strength"), "number", can_be_blank=True),
        Filter("last_touch", _("Last two-way touch"), "day", path="last_two_way_at", can_be_blank=True),
        Filter("language", _("Language"), "text"),
        *ACCOUNT_FILTERS,
    ),
    search=("name", "email", "account__name"),
    row_url=lambda row: reverse("contact", args=[row.pk]),
    empty=Empty(
        _("No contacts yet"),
        _("People at your customers: import them, or add the first one."),
        url=reverse_lazy("contact_add"),  # type: ignore[arg-type]
        action=_("Add a contact"),
        icon="users",
    ),
)


def contacts_of_view(*, query: str, user: User) -> tuple[QuerySet[Contact], list[str]]:
    """The contacts that the user may change and a saved view of this list holds, and what of it makes no sense any
    more; for settings.SAVED_VIEW_ROWS."""
    return narrow(CONTACTS, Contact.objects.editable_by(user), query, user)


SUBSCRIPTIONS = ListSpec(
    name="subscriptions",
    label=_("Subscriptions"),
    default_sort="-starts",
    columns=(
        Column(
            "name", _("Subscription"), source="listed_name", width="lg", rank=1, is_fixed=True, needs=_joined("product")
        ),
        ACCOUNT,
        Column("plan", _("Plan"), width="md", rank=3),
        Column("status", _("Status"), source="get_status_display", kind="badge", width="sm"),
        Column(
            "arr",
            _("ARR"),
            kind="money",
            currency="currency",
            sort="arr",
            width="sm",
            rank=1,
            is_descending_first=True,
            is_allowed=sees_sums,
        ),
        Column(
            "arr_band",
            _("ARR band"),
            cell=lambda row: arr_band(row.arr, row.currency),
            export=lambda row: arr_band(row.arr, row.currency),
            is_allowed=lambda user: not sees_sums(user),
        ),
        Column("seats", _("Seats"), kind="number", width="xs"),
        Column("starts", _("Starts"), kind="day", source="starts_on", sort="starts_on", is_descending_first=True),
        Column("renews", _("Renews"), kind="day", source="renews_on", sort="renews_on"),
        Column("ends", _("Ended"), kind="day", source="ends_on", rank=3),
        Column("billing", _("Billing"), source="get_billing_display", is_default=False),
        Column("trial", _("Trial"), kind="flag", source="is_trial", width="xs", is_default=False),
        Column("auto", _("Renews by itself"), kind="flag", source="is_auto_renewed", width="xs", is_default=False),
        Column("number", _("Contract number"), source="external_id", is_default=False),
        OWNER,
    ),
    filters=(
        Filter("status", _("Status"), choices=Subscription.Status.choices),
        Filter("product", _("Product"), path="product__code", choices=product_choices),
        Filter("plan", _("Plan"), "text"),
        Filter("arr", _("ARR"), "money", is_allowed=sees_sums),
        Filter("seats", _("Seats"), "number"),
        Filter("starts", _("Starts"), "day", path="starts_on"),
        Filter("renews", _("Renews"), "day", path="renews_on", can_be_blank=True),
        Filter("ends", _("Ended"), "day", path="ends_on", can_be_blank=True),
        Filter("trial", _("Trial"), "flag", path="is_trial"),
        Filter("auto", _("Renews by itself"), "flag", path="is_auto_renewed"),
        *ACCOUNT_FILTERS,
    ),
    search=("account__name", "plan", "external_id"),
    row_url=lambda row: reverse("subscription", args=[row.pk]),
    empty=Empty(
        _("No subscriptions yet"),
        _("Contracts give ARR, seats and renewals: import them, or add the first one."),
        url=reverse_lazy("subscription_add"),  # type: ignore[arg-type]
        action=_("Add a subscription"),
        icon="file-text",
    ),
)

TOUCHPOINTS = ListSpec(
    name="touchpoints",
    label=_("Touches"),
    default_sort="-when",
    columns=(
        Column("subject", _("Subject"), source="listed_name", width="xl", rank=1, is_fixed=True),
        ACCOUNT,
        Column("kind", _("Kind"), source="get_kind_display", width="sm"),
        Column("when", _("When"), kind="time", source="occurred_at", sort="occurred_at", is_descending_first=True),
        Column("outcome", _("Outcome"), source="get_outcome_display", width="sm", rank=3),
        Column("mood", _("Mood"), source="get_valence_display", width="sm", is_default=False),
        Column("asks_for", _("Asks for"), width="lg", rank=3),
        Column("due", _("By when"), kind="day", source="due_on", width="sm", rank=3),
        Column("minutes", _("Minutes"), kind="number", width="xs", is_default=False),
        Column("direction", _("Direction"), source="get_direction_display", is_default=False),
        Column("by", _("Logged by"), kind="person", source="logged_by", needs=_joined("logged_by"), rank=3),
        OWNER,
    ),
    filters=(
        Filter("kind", _("Kind"), choices=Touchpoint.Kind.choices),
        Filter("direction", _("Direction"), choices=Touchpoint.Direction.choices),
        Filter("outcome", _("Outcome"), choices=Touchpoint.Outcome.choices),
        Filter("mood", _("Mood"), path="valence", choices=Touchpoint.Valence.choices),
        Filter("when", _("When"), "day", path="occurred_at"),
        Filter("due", _("By when"), "day", path="due_on", can_be_blank=True),
        Filter("came", _("It came"), "day", path="got_it_at", can_be_blank=True),
        Filter("waits", _("Waits for a reply"), "flag", apply=_that_wait),
        Filter("by", _("Logged by"), "person", path="logged_by_id", choices=csm_choices),
        Filter("automated", _("Automated"), "flag", path="is_automated"),
        *ACCOUNT_FILTERS,
    ),
    search=("subject", "body", "account__name"),
    row_url=lambda row: reverse("touchpoint", args=[row.pk]),
    empty=Empty(
        _("Nothing logged yet"),
        _("Open an account and press L: a call, a mail, a note."),
        url=reverse_lazy("accounts"),  # type: ignore[arg-type]
        action=_("Go to the accounts"),
        icon="phone",
    ),
)

TICKETS = ListSpec(
    name="tickets",
    label=_("Tickets"),
    default_sort="-opened",
    columns=(
        Column("subject", _("Subject"), source="listed_name", width="xl", rank=1, is_fixed=True),
        ACCOUNT,
        Column("priority", _("Priority"), source="get_priority_display", width="sm", rank=1),
        Column("opened", _("Opened"), kind="time", source="opened_at", sort="opened_at", is_descending_first=True),
        Column("closed", _("Closed"), kind="time", source="closed_at"),
        Column("satisfaction", _("CSAT"), kind="number", width="xs", rank=3, help=_("Satisfaction with the answer")),
        Column("escalated", _("Escalated"), kind="flag", source="is_escalated", width="xs", rank=3),
        Column("agent", _("Agent"), rank=3),
        Column("reopened", _("Reopened"), kind="number", source="reopened_count", width="xs", is_default=False),
        Column("response", _("First response"), kind="time", source="first_response_at", is_default=False),
        OWNER,
    ),
    filters=(
        Filter("priority", _("Priority"), choices=Ticket.Priority.choices),
        Filter("opened", _("Opened"), "day", path="opened_at"),
        Filter("closed", _("Closed"), "day", path="closed_at", can_be_blank=True),
        Filter("satisfaction", _("Satisfaction"), "number", can_be_blank=True),
        Filter("escalated", _("Escalated"), "flag", path="is_escalated"),
        Filter("reopened", _("Reopened"), "number", path="reopened_count"),
        Filter("agent", _("Agent"), "text"),
        *ACCOUNT_FILTERS,
    ),
    search=("subject", "external_id", "account__name"),
    row_url=lambda row: reverse("ticket", args=[row.pk]),
    empty=Empty(
        _("No tickets yet"),
        _("Import them from your help desk, or write one down."),
        url=reverse_lazy("ticket_add"),  # type: ignore[arg-type]
        action=_("Add a ticket"),
        icon="ticket",
    ),
)
