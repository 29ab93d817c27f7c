"""Initiatives: who asks for them and what that weighs, as far as the reader may know."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import BooleanField, DecimalField, ExpressionWrapper, IntegerField, OrderBy, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from accounts.models import Account, AccountSummary, FactDefinition
from team.models import Department, Role, User
from ui.formats import NOTHING, compact_money
from ui.hooks import default_currency
from voc.models import DepartmentRule, Initiative, InitiativeVoter, Insight, Theme
from voc.selectors.queue import arr_words

# Sums over fewer accounts would tell one account's ARR.
LEAST_IN_SUM = 5
SHOWN = 100
# Accounts that ask: by an insight, by one that went into it, or because somebody said so on their behalf.
_VOTERS = """
    SELECT ask.initiative_id, insight.account_id FROM voc_initiativeinsight ask
      JOIN voc_insight insight ON insight.id = ask.insight_id {of_one_ask}
     UNION
    SELECT ask.initiative_id, merged.account_id FROM voc_initiativeinsight ask
      JOIN voc_insight merged ON merged.merged_into_id = ask.insight_id {of_one_ask}
     UNION
    SELECT vote.initiative_id, vote.account_id FROM voc_initiativevoter vote {of_one_vote}
"""
# Added up once for all rows of the list: what stands in the WITH does not look at the row.
_TOLD = """(WITH told AS MATERIALIZED (
    SELECT voter.initiative_id, count(*) AS number, sum(summary.arr) AS arr
      FROM ({voters}) voter
      JOIN accounts_account account ON account.id = voter.account_id AND account.deleted_at IS NULL
      JOIN accounts_accountsummary summary ON summary.account_id = voter.account_id
     GROUP BY voter.initiative_id)
    SELECT coalesce(max(told.{what}), 0) FROM told WHERE told.initiative_id = "voc_initiative"."id")"""
_EVERY = _VOTERS.format(of_one_ask="", of_one_vote="")
_COUNT = _TOLD.format(what="number", voters=_EVERY)
_WEIGHT = _TOLD.format(what="arr", voters=_EVERY)
# No join and no GROUP BY in the list's own query: the sums would be taken once for each insight that asks.
_ASKS = '(SELECT count(*) FROM voc_initiativeinsight ask WHERE ask.initiative_id = "voc_initiative"."id")'
_OF_ONE = _VOTERS.format(
    of_one_ask="WHERE ask.initiative_id = %(initiative)s", of_one_vote="WHERE vote.initiative_id = %(initiative)s"
)
_IDS = f"SELECT voter.account_id FROM ({_OF_ONE}) voter"  # noqa: S608 constants


@dataclass(frozen=True)
class VoterLine:
    """An account that asks. `rank`: its place by ARR among all that ask; `arr` is a band for department members."""

    rank: int
    account: Account
    arr: str
    insight: Insight | None
    vote: InitiativeVoter | None

    @property
    def words(self) -> str:
        """What they said, where somebody said it for them."""
        return self.vote.words if self.vote else ""


@dataclass(frozen=True)
class Voters:
    """Who asks: the accounts that the reader sees, heaviest first, and how many others there are."""

    count: int
    weight: str
    lines: list[VoterLine]
    hidden: int
    is_cut: bool


@dataclass(frozen=True)
class Asks:
    """The insights that ask, as far as the reader sees them."""

    rows: list[Insight]
    hidden: int
    is_cut: bool


def with_weight(rows: QuerySet[Initiative]) -> QuerySet[Initiative]:
    """With `voter_count`, `weight` (their ARR in the install's currency) and `ask_count`, in the same query."""
    return rows.annotate(
        voter_count=RawSQL(_COUNT, (), output_field=IntegerField()),  # noqa: S611 a constant
        weight=RawSQL(_WEIGHT, (), output_field=DecimalField(max_digits=18, decimal_places=2)),  # noqa: S611 a constant
        ask_count=RawSQL(_ASKS, (), output_field=IntegerField()),  # noqa: S611 a constant
    )


def weight_words(*, weight: Decimal, count: int, user: User) -> str:
    """The sum in words.

    SECURITY: who does not see every account gets sums over five accounts or more, and one digit of them: else a single
    ARR is told by a small sum, or by what a sum loses when one account is taken away.
    """
    if user.sees_everything:
        return compact_money(weight, default_currency())
    if count < LEAST_IN_SUM:
        return NOTHING
    rough = weight.quantize(Decimal(1).scaleb(weight.adjusted())) if weight else weight
    return f"~{compact_money(rough, default_currency())}"


def voter_ids(initiative: Initiative) -> list[int]:
    """The accounts that ask."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, {"initiative": initiative.pk})
        return [row[0] for row in cursor.fetchall()]


def read_voters(*, initiative: Initiative, user: User) -> Voters:
    """Who asks, with their weight; five queries whatever their number."""
    ranked = list(
        AccountSummary.objects.filter(account__in=voter_ids(initiative), account__deleted_at__isnull=True)
        .order_by("-arr", "account_id")
        .values_list("account_id", "arr")
    )
    places = {pk: place for place, (pk, _arr) in enumerate(ranked, 1)}
    visible = Account.objects.visible_to(user).filter(pk__in=list(places)).select_related("summary", "segment")
    found = list(visible.order_by("-summary__arr", "pk")[: SHOWN + 1])
    seen = len(found) if len(found) <= SHOWN else visible.count()
    shown = [account.pk for account in found[:SHOWN]]
    insights = {
        insight.account_id: insight
        for insight in Insight.objects.visible_to(user).filter(ask__initiative=initiative, account__in=shown)
    }
    votes = {
        vote.account_id: vote
        for vote in initiative.voters.filter(account__in=shown).select_related("contact", "added_by")
    }
    weight = sum((arr for _pk, arr in ranked), Decimal(0))
    return Voters(
        count=len(ranked),
        weight=weight_words(weight=weight, count=len(ranked), user=user),
        lines=[
            VoterLine(
                places[account.pk], account, arr_words(account, user), insights.get(account.pk), votes.get(account.pk)
            )
            for account in found[:SHOWN]
        ],
        hidden=len(ranked) - seen,
        is_cut=len(found) > SHOWN,
    )


def read_asks(*, initiative: Initiative, user: User) -> Asks:
    """The insights that ask for it, most pressing first."""
    every = Insight.objects.of_living_accounts().filter(ask__initiative=initiative)
    mine = Insight.objects.visible_to(user).filter(ask__initiative=initiative)
    rows = list(
        mine.select_related("account", "theme", "department").order_by("priority", "-mentions", "id")[: SHOWN + 1]
    )
    seen = len(rows) if len(rows) <= SHOWN else mine.count()
    return Asks(rows[:SHOWN], every.count() - seen, len(rows) > SHOWN)


def read_rules(*, initiative: Initiative, user: User) -> list[DepartmentRule]:
    """Rules that departments gave themselves for it."""
    return list(DepartmentRule.objects.visible_to(user).filter(initiative=initiative).select_related("department"))


def may_take(user: User) -> QuerySet[Insight]:
    """Insights that the user may put into an initiative: those of the own departments that ask for nothing yet."""
    rows = Insight.objects.decidable_by(user).filter(ask__isnull=True, is_praise=False)
    return rows.exclude(state__in=[Insight.State.MERGED, Insight.State.VERIFIED])


def open_for(user: User) -> QuerySet[Initiative]:
    """Work that is not over and that the user may add insights to."""
    return Initiative.objects.editable_by(user).exclude(state__in=Initiative.OVER).order_by("title", "pk")


def takeable(*, initiative: Initiative, user: User) -> QuerySet[Insight]:
    """Insights that may be added, those on the same themes first."""
    is_near = ExpressionWrapper(Q(theme__in=themes_of(initiative)), BooleanField())
    rows = may_take(user).select_related("account", "theme")
    return rows.order_by(OrderBy(is_near, descending=True, nulls_last=True), "priority", "id")


def themes_of(initiative: Initiative) -> set[int]:
    """What it is about: its own theme, and those of the insights that ask."""
    rows = Insight.objects.filter(ask__initiative=initiative, theme__isnull=False).order_by()
    found = set(rows.values_list("theme_id", flat=True).distinct())
    return found | ({initiative.theme_id} if initiative.theme_id else set())


def departments_to_lead(user: User) -> QuerySet[Department]:
    """Departments for which the user may begin a piece of work."""
    if user.role in {Role.ADMIN, Role.MANAGER}:
        return Department.objects.all()
    return Department.objects.filter(pk__in=user.department_ids())


def may_begin(user: User) -> bool:
    """Whether the user may begin one at all."""
    return user.role in {Role.ADMIN, Role.MANAGER} or (user.role != Role.VIEWER and bool(user.department_ids()))


def people_to_own(user: User) -> QuerySet[User]:
    """Who can own one: members of the departments that the user may lead."""
    members = User.objects.filter(is_active=True, memberships__department__in=departments_to_lead(user))
    return (members | User.objects.filter(pk=user.pk)).distinct().order_by("name")


def fact_choices(user: User) -> list[tuple[str, str]]:
    """Facts with a number, which can be compared before and after. SECURITY: members choose none that is money."""
    rows = FactDefinition.objects.filter(type=FactDefinition.Type.NUMBER).order_by("label", "name")
    rows = rows.exclude(unit="money") if user.role == Role.MEMBER else rows
    return [(f"fact.{name}", _(label) if label else name) for name, label in rows.values_list("name", "label")]


def fact_words(name: str) -> str:
    """The label of a fact."""
    label = FactDefinition.objects.filter(name=name.removeprefix("fact.")).values_list("label", flat=True).first()
    return _(label) if label else name


def initiative_of(insight: Insight, user: User) -> Initiative | None:
    """The work that an insight asks for, as far as the reader may know."""
    return Initiative.objects.visible_to(user).filter(asks__insight=insight).first()


def theme_choices() -> QuerySet[Theme]:
    """Themes in use, by name."""
    return Theme.objects.in_use().select_related("department")
