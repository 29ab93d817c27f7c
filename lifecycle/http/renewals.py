"""The list of renewals, and the span of the board as it stands in the address."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.http.lists import ACCOUNT_FILTERS, csm_choices
from lifecycle.formulas.forecasts import disagreement
from lifecycle.models import Renewal
from lifecycle.selectors.renewals import Board, disagreeing
from team.clock import today
from team.models import User
from ui import formats
from ui.components.fields import inline_edit
from ui.components.marks import badge, health
from ui.http import id_in
from ui.lists import Column, Empty, Filter, ListSpec
from ui.lists.cells import BLANK

TONES = {"commit": "good", "likely": "", "risk": "risk", "lost": "critical"}
STATE_TONES = {"won": "good", "lost": "critical", "open": "", "void": ""}
SPANS = (3, 6, 12)
MOST_OWNERS = 30


def _call_cell(renewal: Renewal, shown: object, words: str, **extra: Any) -> object:
    if renewal.state != Renewal.State.OPEN or not getattr(renewal, "may_edit", False):
        return shown or BLANK
    label = f"{words}: {renewal.account.name}"
    return inline_edit(shown, reverse("renewal_call", args=[renewal.pk]), label, **extra)


def category_badge(renewal: Renewal) -> SafeString:
    """Open ones by category, closed ones by outcome."""
    if renewal.state != Renewal.State.OPEN:
        return badge(renewal.get_state_display(), tone=STATE_TONES[renewal.state])
    return badge(renewal.get_category_display(), tone=TONES[renewal.category])


def _category(renewal: Renewal) -> object:
    return _call_cell(renewal, category_badge(renewal), _now("Category"), data_key="s")


def _csm(renewal: Renewal) -> object:
    shown = None if renewal.csm_chance is None else formats.percent(Decimal(renewal.csm_chance) / 100)
    return _call_cell(renewal, shown, _now("CSM's call"))


def _forecast(renewal: Renewal) -> object:
    amount = renewal.forecast_arr if renewal.final_arr is None else renewal.final_arr
    return _call_cell(renewal, formats.compact_money(amount, renewal.currency), _now("Forecast"))


def _gap(renewal: Renewal) -> object:
    gap = disagreement(csm_percent=renewal.csm_chance, model=renewal.model_chance)
    if gap is None:
        return BLANK
    points = formats.signed(gap * 100)
    return badge(_now("%(points)s pts") % {"points": points}, tone="watch")


def _gap_points(renewal: Renewal) -> object:
    gap = disagreement(csm_percent=renewal.csm_chance, model=renewal.model_chance)
    return "" if gap is None else gap * 100


def _health(renewal: Renewal) -> object:
    summary = renewal.account.summary
    return health(
        score=summary.health, delta=summary.health_delta, state=summary.health_state, tone=summary.health_band
    )


def _due(renewal: Renewal) -> object:
    shown = formats.day(renewal.due_on, today=today())
    if renewal.state == Renewal.State.OPEN and renewal.due_on < today():
        return format_html('<span class="critical">{} {}</span>', shown, _now("overdue"))
    return shown


def _joined(*paths: str) -> Any:
    return lambda rows: rows.select_related(*paths)


def _disagree(rows: QuerySet[Any], operator: str, values: list[Any], user: Any) -> QuerySet[Any]:
    return rows.filter(disagreeing()) if values[-1] else rows.exclude(disagreeing())


RENEWALS = ListSpec(
    name="renewals",
    label=_("Renewals"),
    default_sort="due",
    columns=(
        Column(
            "account",
            _("Account"),
            source="account.name",
            width="xl",
            rank=1,
            is_fixed=True,
            needs=_joined("account__summary"),
        ),
        Column("due", _("Due"), kind="day", source="due_on", sort="due_on", cell=_due, width="sm", rank=1),
        Column(
            "arr", _("Due ARR"), kind="money", currency="currency", sort="arr", width="sm", is_descending_first=True
        ),
        Column("category", _("Category"), source="get_category_display", cell=_category, width="sm", rank=1),
        Column("csm_chance", _("CSM's call"), kind="number", cell=_csm, width="sm"),
        Column("model_chance", _("Model's call"), kind="percent", width="sm", rank=3),
        Column("gap", _("Apart"), cell=_gap, export=_gap_points, width="sm", rank=3),
        Column("forecast", _("Forecast"), kind="money", source="forecast_arr", cell=_forecast, width="md"),
        Column("health", _("Health"), source="account.summary.health", cell=_health, width="sm"),
        Column(
            "product",
            _("Product"),
            source="subscription.listed_name",
            rank=3,
            is_default=False,
            needs=_joined("subscription__product"),
        ),
        Column("owner", _("Owner"), kind="person", source="owner", needs=_joined("owner"), width="md", rank=3),
        Column("state", _("State"), source="get_state_display", width="sm", is_default=False),
        Column("closed", _("Decided"), kind="day", source="closed_on", width="sm", is_default=False),
        Column("comment", _("Comment"), width="lg", is_default=False),
    ),
    filters=(
        Filter("state", _("State"), choices=Renewal.State.choices),
        Filter("category", _("Category"), choices=Renewal.Category.choices),
        Filter("due", _("Due"), "day", path="due_on"),
        Filter("arr", _("Due ARR"), "money"),
        Filter("owner", _("Owner"), "person", path="owner_id", choices=csm_choices, can_be_blank=True),
        Filter("chance", _("CSM's call"), "number", path="csm_chance", can_be_blank=True),
        Filter("apart", _("CSM and model disagree"), "flag", apply=_disagree),
        Filter("closed", _("Decided"), "day", path="closed_on", can_be_blank=True),
        *ACCOUNT_FILTERS,
    ),
    search=("account__name", "subscription__plan", "subscription__external_id"),
    row_url=lambda row: reverse("renewal", args=[row.pk]),
    empty=Empty(
        _("No renewals here"),
        _("They are made by themselves, 180 days before a contract renews."),
        url="/subscriptions/",
        action=_("Look at the contracts"),
        icon="repeat",
    ),
)


def span_of(params: QueryDict) -> tuple[dt.date, int]:
    """First month and number of months of the board; what makes no sense falls back to now and six."""
    try:
        first = dt.date.fromisoformat(f"{params.get('from', '')}-01")
    except ValueError:
        first = today().replace(day=1)
    given = id_in(params.get("months", ""))
    count = given if given in SPANS else SPANS[1]
    return first, count


def board_words(board: Board, *, owner: str, segment: str) -> dict[str, Any]:
    """What the board says and links to beside its sums."""
    whole = board.total
    gap = whole.gap
    first, last = board.months[0].month, board.months[-1].ends_on
    filters = "".join(f"&{key}={value}" for key, value in (("owner", owner), ("segment", segment)) if value)
    listed = reverse("renewal_list")
    span = f"due.from={first}&due.to={last}{filters}"
    return {
        "last_month": board.months[-1].month,
        "lock_query": f"?from={first}&to={last}",
        "filter_query": filters,
        "count_words": ngettext("%(count)s renewal", "%(count)s renewals", whole.total.count)
        % {"count": formats.number(whole.total.count)},
        "forecast_words": _now("%(money)s renewed")
        % {"money": formats.compact_money(whole.won.forecast, board.currency)},
        "gap_words": _now("%(money)s against target") % {"money": _signed_money(gap, board.currency)}
        if gap is not None
        else _now("no target set"),
        "gap_tone": "" if gap is None else ("good" if gap >= 0 else "critical"),
        "apart_words": ngettext("%(count)s apart from the model", "%(count)s apart from the model", board.disagreeing)
        % {"count": formats.number(board.disagreeing)},
        "uncalled_url": f"{listed}?state=open&chance.none=yes&{span}",
        "apart_url": f"{listed}?state=open&apart=yes&{span}",
        "owners_shown": board.owners[:MOST_OWNERS],
    }


def _signed_money(amount: Decimal, currency: str) -> str:
    shown = formats.compact_money(amount, currency)
    return f"+{shown}" if amount > 0 else shown


def owner_choices(user: User) -> list[tuple[str, str]]:
    """Whose renewals the board may show."""
    return csm_choices(user)
