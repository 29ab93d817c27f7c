"""Support's list of tickets: beside each how the customer stands."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.http.lists import ACCOUNT_FILTERS, sees_sums
from accounts.models import Ticket
from team.models import User
from ui.components.marks import badge, health
from ui.lists import Column, Empty, Filter, ListSpec
from voc.models import Insight
from voc.selectors.queue import arr_words

Rows = QuerySet[Any]
_TONES = {Ticket.Priority.P1: "critical", Ticket.Priority.P2: "risk"}


def with_account(rows: Rows) -> Rows:
    """The account with its numbers, in the same query."""
    return rows.select_related("account__summary")


def with_open_insights(rows: Rows) -> Rows:
    """How many open insights rest on the account, in the same query."""
    open_ones = Insight.objects.open().filter(account=OuterRef("account"), is_praise=False).order_by()
    number = open_ones.values("account").annotate(n=Count("pk")).values("n")
    found: Rows = rows.annotate(open_insights=Coalesce(Subquery(number), 0))
    return found


def _escalated(row: Ticket) -> object:
    words = row.get_priority_display()
    return badge(words, tone=_TONES.get(Ticket.Priority(row.priority), ""))


def support_list(user: User) -> ListSpec:
    """Open tickets, oldest first. SECURITY: revenue as a band for department members, and no sorting by it."""
    return ListSpec(
        name="support",
        label=_("Open tickets"),
        default_sort="opened",
        columns=(
            Column("subject", _("Ticket"), source="listed_name", width="fill", rank=1, is_fixed=True),
            Column("account", _("Account"), source="account.name", width="lg", rank=1, needs=with_account),
            Column(
                "health", _("Health"), kind="custom", width="md", needs=with_account,
                cell=lambda row: health(row.account.summary.health, state=row.account.summary.health_state),
                export=lambda row: row.account.summary.health,
                sort="account__summary__health",
            ),
            Column(
                "renewal", _("Renewal"), kind="day", source="account.summary.renews_on", width="sm", needs=with_account,
                sort="account__summary__renews_on",
            ),
            Column(
                "arr", _("ARR"), kind="custom", width="md", needs=with_account, is_descending_first=True,
                cell=lambda row: arr_words(row.account, user), export=lambda row: arr_words(row.account, user),
                sort="account__summary__arr" if sees_sums(user) else "",
            ),
            Column("priority", _("Priority"), cell=_escalated, export=_escalated, sort="priority", width="md", rank=1),
            Column("opened", _("Open since"), kind="time", source="opened_at", sort="opened_at", width="sm"),
            Column("agent", _("Agent"), width="md", rank=3),
            Column(
                "insights", _("Insights"), kind="number", source="open_insights", width="sm", rank=3,
                needs=with_open_insights,
            ),
            Column("escalated", _("Escalated"), kind="flag", source="is_escalated", width="xs", is_default=False),
        ),
        filters=(
            Filter("priority", _("Priority"), choices=Ticket.Priority.choices),
            Filter("agent", _("Agent"), "text"),
            Filter("escalated", _("Escalated"), "flag", path="is_escalated"),
            Filter("opened", _("Opened"), "day", path="opened_at"),
            *ACCOUNT_FILTERS,
        ),
        search=("subject", "external_id", "account__name"),
        row_url=lambda row: reverse("ticket", args=[row.pk]),
        peek_url=lambda row: reverse("account_peek", args=[row.account_id]),
        keeps=("tab",),
        empty=Empty(
            _("No open tickets"), _("Tickets of accounts that you see stand here until they are closed."), icon="ticket"
        ),
    )  # fmt: skip
