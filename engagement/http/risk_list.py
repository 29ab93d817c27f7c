"""The queue of risks: columns, filters and the order of each tab."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.formulas.bands import arr_band
from accounts.http.lists import ACCOUNT_FILTERS, csm_choices, sees_sums
from engagement.models import Risk, RiskKind
from engagement.selectors.risk_pages import TONES
from team.clock import today
from team.models import User
from ui import formats
from ui.components.marks import badge
from ui.hooks import default_currency
from ui.html import attributes
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK

Rows = QuerySet[Any]


def _with_account(rows: Rows) -> Rows:
    return rows.select_related("account__summary", "account__segment", "account__csm", "handled_by")


def _severity(risk: Risk) -> SafeString:
    return badge(risk.get_severity_display(), tone=TONES[risk.severity])


def _finding() -> Callable[[Risk], SafeString]:
    """The kind, what was found, and on phones whose it is; the first nine rows open by their number."""
    numbers = iter(range(1, 10))

    def cell(risk: Risk) -> SafeString:
        number = next(numbers, None)
        key = {"data_key": str(number), "data_key_label": _now("Open line %(n)s") % {"n": number}} if number else {}
        return format_html(
            '<a class="title said" href="{}"{}>{}</a> <span class="sub muted small">'
            '<span class="is-phone">{} · {} · </span>{}</span>',
            reverse("risk", args=[risk.pk]),
            attributes(key),
            risk.get_kind_display(),
            risk.account.name,
            _age(risk),
            risk.words,
        )

    return cell


def _account(risk: Risk) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("account", args=[risk.account_id]), risk.account.name)


def _arr(user: User) -> Callable[[Risk], object]:
    if sees_sums(user):
        return lambda risk: formats.compact_money(risk.account.summary.arr, default_currency())
    return lambda risk: arr_band(risk.account.summary.arr, default_currency())


def _exported_arr(user: User) -> Callable[[Risk], object]:
    """The sum itself, to reckon with; the band for those who see none."""
    return (lambda risk: risk.account.summary.arr) if sees_sums(user) else _arr(user)


def _until(user: User) -> Callable[[Risk], object]:
    def cell(risk: Risk) -> object:
        if risk.snoozed_until is None or risk.snoozed_until <= today():
            return BLANK
        shown = formats.day(risk.snoozed_until, today=today())
        return format_html('<span title="{}">{}</span>', risk.snooze_reason if sees_sums(user) else "", shown)

    return cell


def _age(risk: Risk) -> str:
    return _now("%(days)s d") % {"days": (today() - risk.opened_on).days}


def _columns(user: User, tab: str) -> tuple[Column, ...]:
    # SECURITY: reasons are words among the success team, as those of judgements by hand.
    reason = Column("reason", _("Reason"), source="snooze_reason", width="lg", rank=3, is_allowed=sees_sums)
    shared = (
        Column("severity", _("Severity"), cell=_severity, export=lambda risk: risk.get_severity_display(),
               sort="severity", width="sm", rank=1, is_descending_first=True),
        Column("risk", _("Risk"), cell=_finding(), export=lambda risk: risk.get_kind_display(), width="fill", rank=1,
               is_fixed=True, needs=_with_account),
        Column("found", _("What was found"), source="words", width="lg", is_default=False),
        Column("account", _("Account"), cell=_account, export=lambda risk: risk.account.name, width="lg"),
        Column("arr", _("ARR"), cell=_arr(user), export=_exported_arr(user), kind="custom", is_descending_first=True,
               width="sm" if sees_sums(user) else "md", sort="account__summary__arr" if sees_sums(user) else ""),
        Column("renewal", _("Renewal"), kind="day", source="account.summary.renews_on", width="md", rank=3),
        Column("age", _("Open for"), cell=_age, export=lambda risk: (today() - risk.opened_on).days, sort="opened_on",
               width="sm"),
        Column("by", _("Seen to by"), kind="person", source="handled_by", width="md", rank=3),
        Column("csm", _("CSM"), kind="person", source="account.csm", width="md", is_default=False),
        Column("segment", _("Segment"), source="account.segment.name", width="sm", is_default=False),
        Column("opened", _("Opened"), kind="day", source="opened_on", width="sm", is_default=False),
    )  # fmt: skip
    if tab == "snoozed":
        until = Column("until", _("Until"), cell=_until(user), export=lambda risk: risk.snoozed_until,
                       sort="snoozed_until", width="sm")  # fmt: skip
        return (*shared, until, reason)
    return (*shared, reason) if tab == "alarms" else shared


def _taken(rows: Rows, operator: str, values: list[Any], user: Any) -> Rows:
    return rows.filter(handled_by__isnull=not values[-1])


FILTERS = (
    Filter("kind", _("Risk"), path="kind", choices=RiskKind.choices),
    Filter("severity", _("Severity"), path="severity", choices=[(str(key), words) for key, words in
                                                                Risk.Severity.choices]),
    Filter("by", _("Seen to by"), "person", path="handled_by_id", choices=csm_choices, can_be_blank=True),
    Filter("taken", _("Taken"), "flag", apply=_taken),
    Filter("opened", _("Opened"), "day", path="opened_on"),
    Filter("renewal", _("Renewal"), "day", path="account__summary__renews_on", can_be_blank=True),
    *ACCOUNT_FILTERS,
)  # fmt: skip
EMPTY = {
    "open": Empty(
        _("No risk is open"),
        _("Rules look at every account as soon as something changes. What they watch stands in the settings."),
        icon="circle-check",
    ),
    "mine": Empty(_("You see to no risk"), _("E takes the one you are at."), icon="circle-check"),
    "snoozed": Empty(_("Nothing is snoozed"), _("H lets a risk rest until a day, with a reason."), icon="clock"),
    "alarms": Empty(_("No false alarm was called"), _("W says what a rule did not see."), icon="flag"),
}


def risk_list(*, user: User, tab: str) -> ListSpec:
    """One tab of the queue as this person may see it.

    SECURITY: members cannot sort by revenue: the address of the next page would tell it.
    """
    return ListSpec(
        name="risks",
        label=_("Risks"),
        columns=_columns(user, tab),
        filters=FILTERS,
        default_sort="-severity",
        search=("account__name", "words"),
        row_url=None,
        peek_url=lambda risk: reverse("risk_peek", args=[risk.pk]),
        is_selectable=user.can_edit and tab in {"open", "mine"},
        keeps=("tab",),
        empty=EMPTY[tab],
    )
