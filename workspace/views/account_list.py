"""What the account list is made of: columns, filters, presets."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.formulas.bands import arr_band
from accounts.models import Account
from engagement.models import Risk, RiskKind, SayDo
from team.clock import today
from team.models import User
from ui import formats
from ui.components.fields import inline_edit
from ui.components.marks import health, spark
from ui.hooks import default_currency
from ui.lists.cells import BLANK
from ui.lists.narrowing import narrow
from ui.lists.spec import Column, Empty, Filter, ListSpec
from ui.tones import TONE_WORDS
from workspace.formulas.names import short_name
from workspace.formulas.signals import short_risk
from workspace.selectors.choices import ListChoices, read_choices

TIE = "summary__account_id"
Cell = Callable[[Account], object]


def _name(account: Account) -> SafeString:
    return format_html('<a class="account-name" href="{}">{}</a>', reverse("account", args=[account.pk]), account.name)


def _health(account: Account) -> SafeString:
    summary = account.summary
    return health(
        score=summary.health,
        delta=summary.health_delta,
        state=summary.health_state,
        tone=summary.health_band,
        coverage=summary.health_coverage,
    )


def _spark(account: Account) -> object:
    summary = account.summary
    if not summary.health_spark:
        return BLANK
    return spark(summary.health_spark, tone=summary.health_band, label=_now("Health of the last 12 weeks"))


def _renewal(account: Account) -> object:
    day = account.summary.renews_on
    if day is None:
        return BLANK
    is_near = 0 <= (day - today()).days <= 30
    shown = formats.day(day, today=today())
    return format_html('<span class="critical">{}</span>', shown) if is_near else shown


def _risk(account: Account) -> object:
    """The gravest open risk; before the first judgement, what the summary alone says."""
    if account.summary.top_risk:
        return format_html('<span class="risk">{}</span>', account.summary.top_risk)
    if account.summary.health_at is not None:
        return BLANK
    rhythm = account.segment.touch_every_days if account.segment else 30
    found = short_risk(today=today(), summary=account.summary, rhythm_days=rhythm)
    return format_html('<span class="{}">{}</span>', *found) if found else BLANK


def _risk_words(account: Account) -> str:
    if account.summary.health_at is not None:
        return account.summary.top_risk
    rhythm = account.segment.touch_every_days if account.segment else 30
    found = short_risk(today=today(), summary=account.summary, rhythm_days=rhythm)
    return account.summary.top_risk or (found[1] if found else "")


def _editable(user: User) -> Callable[[Account], bool]:
    """Whether the user may change a row, without a query per row."""
    if user.role in {"admin", "manager"}:
        return lambda account: True
    mine = set(user.book_owner_ids()) if user.role == "csm" else set()
    return lambda account: account.csm_id in mine


def _field(user: User, field: str, label: str, read: Callable[[Account], Any]) -> Cell:
    """A cell that opens its editor where the user may edit, and is plain text elsewhere."""
    may_edit = _editable(user)

    def cell(account: Account) -> object:
        shown = read(account)
        if not may_edit(account):
            return shown or BLANK
        name = "stage_enter" if field == "stage" else "account_field"
        arguments = [account.pk] if field == "stage" else [account.pk, field]
        return inline_edit(shown, reverse(name, args=arguments), f"{label}: {account.name}")

    return cell


def _stage(account: Account) -> object:
    """The stage in the width of a column: initials where the name is long, the name itself on hover and in exports."""
    name = account.summary.stage
    short = short_name(name)
    return format_html('<abbr title="{}">{}</abbr>', name, short) if short != name else name


def _next_step(account: Account) -> str:
    summary = account.summary
    if not summary.next_step_on:
        return summary.next_step
    return f"{formats.day(summary.next_step_on, today=today())} · {summary.next_step}"


def _next_step_words(account: Account) -> str:
    day = account.summary.next_step_on
    return f"{day.isoformat()} {account.summary.next_step}" if day else account.summary.next_step


def _arr(user: User, currency: str) -> Column:
    if user.role != "member":
        return Column("arr", _("ARR"), "money", **_at("arr"), width="sm", rank=1, is_descending_first=True)

    def band(account: Account) -> str:
        return arr_band(account.summary.arr, currency)

    return Column("arr", _("ARR"), width="md", rank=1, cell=band, export=band)


def _at(name: str, **extra: Any) -> dict[str, Any]:
    """A column of the summary row, sorted by its index."""
    return {"source": f"summary.{name}", "sort": f"summary__{name}", "tie": TIE, **extra}


def _judged() -> tuple[Column, ...]:
    return (
        Column("health", _("Health"), width="sm", rank=1, cell=_health, **_at("health")),
        Column("trend", _("12 weeks"), width="sm", rank=3, cell=_spark, is_exported=False, **_at("health_delta")),
    )


def _edited(user: User) -> tuple[Column, ...]:
    stage = _field(user, "stage", _now("Stage"), _stage)
    touch = _at("last_touch_at", is_descending_first=True)
    step = _field(user, "next_step", _now("Next step"), _next_step)
    owner = _field(user, "csm", _now("Owner"), lambda row: row.csm.name if row.csm else "")
    return (
        Column("stage", _("Stage"), width="sm", cell=stage, **_at("stage")),
        Column("touch", _("Last touch"), kind="time", width="sm", **touch),
        Column("risk", _("Top risk"), width="md", rank=3, cell=_risk, export=_risk_words),
        Column("next", _("Next step"), width="xl", rank=3, cell=step, export=_next_step_words, **_at("next_step_on")),
        Column("owner", _("Owner"), source="csm.name", width="md", is_default=user.role != "csm", cell=owner),
    )


_FURTHER = (
    Column("segment", _("Segment"), source="segment.name", width="sm", is_default=False),
    Column("status", _("Status"), source="get_status_display", width="sm", is_default=False),
    Column("industry", _("Industry"), width="md", is_default=False),
    Column("country", _("Country"), width="xs", is_default=False),
    Column("seats", _("Seats"), kind="number", source="summary.seats", width="xs", is_default=False),
    Column("tickets", _("Open tickets"), kind="number", source="summary.open_tickets", width="xs", is_default=False),
    Column("contacts", _("Contacts"), kind="number", source="summary.contacts", width="xs", is_default=False),
    Column("insights", _("Open insights"), kind="number", source="summary.open_insights", width="xs", is_default=False),
)


def _columns(user: User, currency: str) -> tuple[Column, ...]:
    help_nps = _("The last answer, 0 to 10")
    return (
        Column("name", _("Account"), sort="name", width="lg", rank=1, cell=_name, is_fixed=True),
        *_judged(),
        _arr(user, currency),
        Column("renewal", _("Renewal"), kind="day", width="sm", cell=_renewal, **_at("renews_on")),
        Column("nps", _("NPS"), kind="number", width="xs", rank=3, help=help_nps, **_at("nps")),
        *_edited(user),
        *_FURTHER,
    )


_BANDS = tuple(TONE_WORDS.items())


def _filters(user: User, choices: ListChoices) -> tuple[Filter, ...]:
    shown = (
        Filter("owner", _("Owner"), "person", path="csm", choices=choices.owners, can_be_blank=True),
        Filter("health", _("Health"), "number", path="summary__health", can_be_blank=True),
        Filter("band", _("Band"), "choice", path="summary__health_band", choices=_BANDS),
        Filter("delta", _("4-week change"), "number", path="summary__health_delta"),
        Filter("arr", _("ARR"), "money", path="summary__arr"),
        Filter("renewal", _("Renewal"), "day", path="summary__renews_on", can_be_blank=True),
        Filter("stage", _("Stage"), "choice", path="summary__stage", choices=choices.stages),
        Filter("segment", _("Segment"), "choice", path="segment", choices=choices.segments, can_be_blank=True),
        Filter("touch", _("Last touch"), "day", path="summary__last_touch_at", can_be_blank=True),
        Filter("nps", _("NPS"), "number", path="summary__nps", can_be_blank=True),
        Filter("risk", _("Risk"), choices=RiskKind.choices, apply=_with_risk),
        Filter("field", _("Say and do"), "choice", path="say_do__field", choices=SayDo.Field.choices),
        Filter("tickets", _("Open tickets"), "number", path="summary__open_tickets"),
        Filter("status", _("Status"), "choice", path="status", choices=Account.Status.choices),
        Filter("country", _("Country"), "text", path="country"),
        Filter("industry", _("Industry"), "text", path="industry"),
        Filter("tag", _("Tag"), "text", apply=lambda rows, operator, values, _user: (
            rows.exclude(tags__overlap=values) if operator == "not" else rows.filter(tags__overlap=values)
        )),
        Filter("next", _("Next step by"), "day", path="summary__next_step_on", can_be_blank=True),
    )  # fmt: skip
    # SECURITY: a filter by ARR would tell a department member the sum by halving; they know bands alone.
    return tuple(one for one in shown if one.key != "arr" or user.role != "member")


def _with_risk(rows: QuerySet[Account], operator: str, values: list[Any], _user: Any) -> QuerySet[Account]:
    awake = Risk.objects.awake(today()).filter(account=OuterRef("pk"), kind__in=values)
    return rows.filter(~Exists(awake) if operator == "not" else Exists(awake))


def account_list(*, user: User, choices: ListChoices, currency: str) -> ListSpec:
    """The list as this user may see it: what they cannot change is plain text, ARR a band for department members."""
    return ListSpec(
        name="accounts",
        label=_("Accounts"),
        columns=_columns(user, currency),
        filters=_filters(user, choices),
        default_sort="name",
        search=("name",),
        row_url=lambda account: reverse("account", args=[account.pk]),
        peek_url=lambda account: reverse("account_peek", args=[account.pk]),
        is_selectable=user.can_edit,
        empty=_empty(user),
    )


def accounts_of_view(*, query: str, user: User) -> tuple[QuerySet[Account], list[str]]:
    """The accounts that the user may change and a saved view of this list holds, and what of it makes no sense any
    more; for settings.SAVED_VIEW_ROWS."""
    spec = account_list(user=user, choices=read_choices(), currency=default_currency())
    return narrow(spec, Account.objects.editable_by(user), query, user)


def _empty(user: User) -> Empty:
    if user.role == "member":
        return Empty(
            _("No account is open to your department"),
            _("An account shows up here while an insight of your department is about it."),
            reverse("insights"),
            _("Look at the insights"),
            "lightbulb",
        )
    if user.role == "csm":
        return Empty(
            _("Your book is empty"),
            _("Accounts stand here once they are yours. Import them with a CSM column, or have a manager assign them."),
            reverse("imports"),
            _("Import accounts"),
            "building-2",
        )
    if not user.can_edit:
        return Empty(_("There are no accounts yet"), icon="building-2")
    return Empty(
        _("There are no accounts yet"),
        _("Bring them in from a file: a preview comes first, and every import can be undone."),
        reverse("imports"),
        _("Import accounts"),
        "building-2",
    )


def presets(user: User) -> list[tuple[str, str, str]]:
    """The tabs above the list: (words, query, key); each is an address like any other."""
    mine = ("" if user.role == "csm" else "owner=me") if user.role in {"csm", "manager", "admin"} else None
    shown = [(_now("My book"), mine, "1")] if mine is not None else []
    if mine != "":
        shown.append((_now("All"), "", "2"))
    return [
        *shown,
        (_now("Renewals"), "renewal.from=today&renewal.to=+90d&sort=renewal", "3"),
        (_now("At risk"), "health.under=60&sort=health", "4"),
        (_now("Silent"), "touch.under=-30d&sort=touch", "5"),
    ]
