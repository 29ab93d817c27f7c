"""The list of accounts by use case, and its chart."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.http.lists import csm_choices, segment_choices
from engagement.models import UseCase, UseCaseState
from engagement.selectors.use_cases import UseCaseFigures, words_of
from team.models import Role
from ui.charts import Figure, Series, line
from ui.components.marks import badge
from ui.lists import Column, Empty, Filter, ListSpec

REACHED = (("yes", _("Reached")), ("no", _("Not reached")))


def _account(state: UseCaseState) -> object:
    return format_html('<a href="{}">{}</a>', reverse("account_usage", args=[state.account_id]), state.account.name)


def _stands(state: UseCaseState) -> object:
    if state.is_reached:
        return badge(_now("reached"), tone="good")
    return badge(_now("lost again"), tone="risk") if state.reached_on else badge(_now("not reached"))


def _stands_words(state: UseCaseState) -> str:
    if state.is_reached:
        return _now("reached")
    return _now("lost again") if state.reached_on else _now("not reached")


def _by_state(rows: QuerySet[Any], operator: str, values: list[Any], user: Any) -> QuerySet[Any]:
    wanted = {value == "yes" for value in values}
    return rows.exclude(is_reached__in=wanted) if operator == "not" else rows.filter(is_reached__in=wanted)


def accounts_spec(use_case: UseCase) -> ListSpec:
    """The list of one use case: what each account lacks is told in the words of its criteria."""
    criteria = list(use_case.criteria.select_related("feature").order_by("pk"))

    def lacks(state: UseCaseState) -> str:
        found = [(one, state.met.get(str(one.pk))) for one in criteria]
        return "; ".join(
            _now("%(words)s: %(value)s of %(least)s")
            % {"words": words_of(one), "value": met[0] if met else 0, "least": one.least}
            for one, met in found
            if not met or not met[1]
        )

    return ListSpec(
        name="use_case_accounts",
        label=_("Accounts by use case"),
        default_sort="account",
        columns=(
            Column(
                "account",
                _("Account"),
                source="account.name",
                sort="account__name",
                cell=_account,
                width="lg",
                rank=1,
                is_fixed=True,
            ),
            Column("state", _("Stands"), cell=_stands, export=_stands_words, width="md", rank=1),
            Column("lacks", _("What it lacks"), cell=lacks, export=lacks, width="fill", rank=2),
            Column("reached", _("First reached"), kind="day", source="reached_on", sort="reached_on", width="sm"),
            Column("segment", _("Segment"), source="account.segment.name", width="md", rank=3),
            Column("csm", _("CSM"), kind="person", source="account.csm", width="md", rank=3),
            Column(
                "tickets", _("Open tickets"), kind="number", source="account.summary.open_tickets", width="sm", rank=3
            ),
            Column(
                "arr",
                _("ARR"),
                kind="money",
                source="account.summary.arr",
                sort="account__summary__arr",
                width="sm",
                rank=3,
                is_allowed=lambda user: user.role != Role.MEMBER,
                is_descending_first=True,
            ),
        ),
        filters=(
            Filter("reached", _("Reached"), choices=REACHED, apply=_by_state),
            Filter("segment", _("Segment"), path="account__segment__slug", choices=segment_choices),
            Filter("csm", _("CSM"), "person", path="account__csm_id", choices=csm_choices, can_be_blank=True),
        ),
        search=("account__name",),
        row_url=lambda row: reverse("account_usage", args=[row.account_id]),
        empty=Empty(
            _("No account yet"),
            _("Accounts are judged by the next recompute; the use case may also apply to nobody you see."),
            icon="target",
        ),
    )


def trend_chart(figures: UseCaseFigures) -> Figure | None:
    """The share of the base that had reached it for the first time, by week."""
    if not figures.weeks:
        return None
    return line(
        [Series(_now("Share of the base"), figures.weeks)],
        title=_now("Reached for the first time"),
        unit=_now("per cent of the accounts it applies to"),
        slot="m",
        low=0,
        high=100,
    )
