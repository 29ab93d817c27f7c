"""Conditions on accounts as sets: the accounts that meet them, now or at a past time."""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.expressions import Expression, Func
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf, TruncDate
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.formulas.conditions import (
    DAY_OPERATORS,
    BadCondition,
    Condition,
    day_span,
)
from accounts.models import (
    Account,
    ExchangeRate,
    Fact,
    Subscription,
    SubscriptionVersion,
    Ticket,
    Touchpoint,
)
from accounts.selectors.condition_names import ACCOUNT_NAMES
from team.clock import today

_MONEY: Any = DecimalField(max_digits=20, decimal_places=6)
_ONE = Value(Decimal(1), output_field=_MONEY)
# Plain fields of the account, whose past values the audit keeps, and what means empty there.
_FIELDS: dict[str, tuple[str, object]] = {
    "account.segment": ("segment__slug", None),
    "account.status": ("status", ""),
    "account.intent": ("intent", ""),
    "account.signed_on": ("signed_on", None),
    "account.country": ("country", ""),
    "account.industry": ("industry", ""),
    "account.currency": ("currency", ""),
    "account.tags": ("tags", []),
}
# Columns of the summary now; their past values are the facts of that name.
_PUSHED: dict[str, tuple[str, object]] = {
    "account.health": ("health", None),
    "account.health_band": ("health_band", ""),
    "account.nps": ("nps", None),
}
# The audit's models are made by its library; they have the tracked fields under the same names.
_EVENTS: QuerySet[Any] = Account.pgh_event_model.objects.all()  # type: ignore[attr-defined]
_CONTRACT_EVENTS: QuerySet[Any] = Subscription.pgh_event_model.objects.all()  # type: ignore[attr-defined]
_COMPARE = {
    "eq": Exact,
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
}


def matching(conditions: Iterable[Condition], *, at: dt.datetime | None = None) -> Q:
    """A filter for querysets of Account: those that meet all conditions, now or as it was known `at` that time.

    Then: facts from their history, fields from the audit (where it kept any; else the present value), revenue from the
    versions of the subscriptions, touches and tickets from their own times. What was not known then meets nothing.

    Raises:
        BadCondition: for a name that accounts cannot answer.
    """
    day = timezone.localdate(at) if at else today()
    found = Q()
    for condition in conditions:
        found &= _one(condition, at, day)
    return found


def _one(condition: Condition, at: dt.datetime | None, day: dt.date) -> Q:
    family, _dot, name = condition.name.partition(".")
    if family == "fact":
        return _by_fact(name, condition, at, day)
    if family == "custom":
        return _by_field(_by_expression(_custom(name, condition), condition, day), at)
    if condition.name in _FIELDS:
        path, empty = _FIELDS[condition.name]
        return _by_field(_by_path(path, condition, day, empty=empty), at)
    if condition.name not in ACCOUNT_NAMES:
        raise BadCondition(
            _("“%(name)s” is nothing to ask about; choose from the list.") % {"name": condition.name[:80]}
        )
    return _by_summary(condition, at, day)


def _by_summary(condition: Condition, at: dt.datetime | None, day: dt.date) -> Q:
    """What the account's summary shows now, and other rows tell of the past."""
    if condition.name == "account.stage":
        return _by_fact("stage", condition, at, day)
    if condition.name == "account.days_in_stage":
        return _by_days_in_stage(condition, at, day)
    if condition.name in _PUSHED:
        column, empty = _PUSHED[condition.name]
        if at:
            return _by_fact(column, condition, at, day)
        return _by_path(f"summary__{column}", condition, day, empty=empty)
    known = _SUMMARY[condition.name] if at is None else _DERIVED[condition.name](at, day)
    return _by_expression(known, condition, day)


def _by_path(path: str, condition: Condition, day: dt.date, *, empty: object = None) -> Q:
    """Compare a column; `path` comes from this module, never from the condition. `empty`: what else is not known."""
    operator, value = condition.operator, condition.value
    known = Q((f"{path}__isnull", False))
    if empty is not None:
        known &= ~Q((path, empty))
    if operator in ("is_set", "is_unset"):
        return known if operator == "is_set" else ~known
    if operator in DAY_OPERATORS:
        return _between(path, *day_span(condition, day))
    if operator == "ne":
        return known & ~Q((path, value))
    lookups: dict[str, tuple[str, Any]] = {
        "eq": (path, value),
        "in": (f"{path}__in", value),
        "contains": (f"{path}__contains", [value]) if empty == [] else (f"{path}__icontains", value),
    }
    return known & Q(lookups.get(operator, (f"{path}__{operator}", value)))


def _between(path: str, first: dt.date | None, last: dt.date | None) -> Q:
    found = Q((f"{path}__isnull", False))
    if first is not None:
        found &= Q((f"{path}__gte", first))
    if last is not None:
        found &= Q((f"{path}__lte", last))
    return found


def _by_expression(known: Expression | F, condition: Condition, day: dt.date) -> Q:
    """Compare something computed; NULL is what is not known."""
    operator, value = condition.operator, condition.value
    is_known = Q(IsNull(known, False))
    if operator in ("is_set", "is_unset"):
        return is_known if operator == "is_set" else Q(IsNull(known, True))
    if operator == "contains":
        return Q(IContains(known, value))
    if operator in DAY_OPERATORS:
        first, last = day_span(condition, day)
        found = is_known
        if first is not None:
            found &= Q(GreaterThanOrEqual(known, _literal(first)))
        if last is not None:
            found &= Q(LessThanOrEqual(known, _literal(last)))
        return found
    if operator == "in":
        values = value if isinstance(value, tuple) else (value,)
        return Q(In(known, [_literal(item) for item in values]))
    if operator == "ne":
        return is_known & ~Q(Exact(known, _literal(value)))
    return Q(_COMPARE[operator](known, _literal(value)))


def _literal(value: object) -> Value:
    if isinstance(value, bool):
        return Value("true" if value else "false", output_field=TextField())
    if isinstance(value, Decimal):
        return Value(value, output_field=_MONEY)
    return Value(value, output_field=DateField() if isinstance(value, dt.date) else TextField())


def _by_field(test: Q, at: dt.datetime | None) -> Q:
    """The test on the account's own row, or on the newest row that the audit had of it then."""
    if at is None:
        return test
    earlier = _EVENTS.filter(pgh_obj=OuterRef("pk"), pgh_created_at__lte=at)
    of_same = _EVENTS.filter(pgh_obj=OuterRef("pgh_obj"), pgh_created_at__lte=at)
    newest = Subquery(of_same.order_by("-pgh_id").values("pgh_id")[:1])
    return Q(Exists(earlier.filter(test, pgh_id=newest))) | (~Q(Exists(earlier)) & test)


def _custom(key: str, condition: Condition) -> Expression:
    """A declared field as what its value is compared with; JSON of another shape is not known.

    SECURITY: the key reaches SQL as a parameter.
    """
    text: Expression = KeyTextTransform(key, "custom")
    sample = condition.value[0] if isinstance(condition.value, tuple) else condition.value
    if condition.operator in DAY_OPERATORS or isinstance(sample, dt.date):
        return Cast(_only(text, r"^\d{4}-\d{2}-\d{2}$"), DateField())
    if isinstance(sample, Decimal):
        return Cast(_only(text, r"^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$"), _MONEY)
    return NullIf(text, Value("", output_field=TextField()))


def _only(text: Expression, pattern: str) -> Func:
    return Func(text, Value(pattern), function="substring", output_field=TextField())


def _by_fact(name: str, condition: Condition, at: dt.datetime | None, day: dt.date) -> Q:
    """Compare the current value of a fact, or the newest one observed by then."""
    sample = condition.value[0] if isinstance(condition.value, tuple) else condition.value
    rows = Fact.objects.filter(account=OuterRef("pk"), definition__name=name)
    if at is None:
        rows = rows.current()
    else:
        then = Fact.objects.filter(
            account=OuterRef("account"), definition=OuterRef("definition"), observed_at__lte=at
        ).order_by("-observed_at", "-id")
        rows = rows.filter(pk=Subquery(then.values("pk")[:1]))
    if condition.operator in ("is_set", "is_unset"):
        known = Exists(rows.filter(Q(number__isnull=False) | ~Q(text="") | Q(day__isnull=False)))
        return Q(known) if condition.operator == "is_set" else ~Q(known)
    column = "text"
    if condition.operator in DAY_OPERATORS or isinstance(sample, dt.date):
        column = "day"
    elif isinstance(sample, Decimal | bool):
        column = "number"
    if isinstance(sample, bool):
        condition = Condition(condition.name, condition.operator, Decimal(int(sample)))
    return Q(Exists(rows.filter(_by_path(column, condition, day, empty="" if column == "text" else None))))


def _by_days_in_stage(condition: Condition, at: dt.datetime | None, day: dt.date) -> Q:
    """Days are not stored, the first day is: compare with that."""
    if at is None:
        since: Any = F("summary__stage_entered_on")
    else:
        then = Fact.objects.filter(
            account=OuterRef("pk"), definition__name="stage_entered_on", observed_at__lte=at
        ).order_by("-observed_at", "-id")
        since = Subquery(then.values("day")[:1])
    if condition.operator in ("is_set", "is_unset"):
        return _by_expression(since, condition, day)
    today_then = Value(day, output_field=DateField())
    # In PostgreSQL a day minus a day is a whole number.
    return _by_expression(_Days(today_then, since), condition, day)


class _Days(Func):
    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def _contracts_then(at: dt.datetime, day: dt.date) -> QuerySet[Subscription]:
    """Paid contracts that ran on that day, as their newest version by then has them."""
    versions = SubscriptionVersion.objects.filter(subscription=OuterRef("pk"), effective_on__lte=day)
    newest = versions.order_by("-effective_on", "-id")
    audited = _CONTRACT_EVENTS.filter(pgh_obj=OuterRef("pk"), pgh_created_at__lte=at).order_by("-pgh_id")
    active = Subscription.Status.ACTIVE
    return (
        Subscription.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), account=OuterRef("pk"), starts_on__lte=day)
        .annotate(
            status_then=Coalesce(Subquery(newest.values("status")[:1]), Value(active)),
            trial_then=Coalesce(Subquery(newest.values("is_trial")[:1]), F("is_trial")),
            arr_then=Coalesce(Subquery(newest.values("arr")[:1]), F("arr")),
            currency_then=Coalesce(Subquery(newest.values("currency")[:1]), F("currency")),
            renews_then=Coalesce(Subquery(audited.values("renews_on")[:1]), F("renews_on")),
        )
        .filter(status_then=active, trial_then=False)
        .order_by()
    )


def _arr_then(at: dt.datetime, day: dt.date) -> Expression:
    """At that day's rates; 0 without a running contract, as in the summary."""
    rates = ExchangeRate.objects.filter(currency=OuterRef("currency_then"), valid_from__lte=day)
    rate = Coalesce(Subquery(rates.order_by("-valid_from").values("rate")[:1]), _ONE, output_field=_MONEY)
    worth = Sum(Cast(F("arr_then"), _MONEY) * rate, output_field=_MONEY)
    total = _contracts_then(at, day).values("account").annotate(total=worth).values("total")
    return Coalesce(Subquery(total, output_field=_MONEY), Value(Decimal(0), output_field=_MONEY))


def _renewal_then(at: dt.datetime, day: dt.date) -> Any:
    first = _contracts_then(at, day).values("account").annotate(first=Min("renews_then")).values("first")
    return Subquery(first, output_field=DateField())


def _touch_then(at: dt.datetime, day: dt.date) -> Any:
    touches = Touchpoint.objects.filter(
        account=OuterRef("pk"), direction=Touchpoint.Direction.TWO_WAY, is_automated=False, occurred_at__lte=at
    )
    newest = touches.order_by().values("account").annotate(newest=Max(TruncDate("occurred_at"))).values("newest")
    return Subquery(newest, output_field=DateField())


def _tickets_then(at: dt.datetime, day: dt.date) -> Expression:
    tickets = Ticket.objects.filter(Q(closed_at=None) | Q(closed_at__gt=at), account=OuterRef("pk"), opened_at__lte=at)
    number = tickets.order_by().values("account").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))


_SUMMARY: dict[str, Any] = {
    "account.arr": F("summary__arr"),
    "account.renews_on": F("summary__renews_on"),
    "account.last_touch_on": TruncDate("summary__last_touch_at"),
    "account.open_tickets": F("summary__open_tickets"),
}
_DERIVED: dict[str, Callable[[dt.datetime, dt.date], Any]] = {
    "account.arr": _arr_then,
    "account.renews_on": _renewal_then,
    "account.last_touch_on": _touch_then,
    "account.open_tickets": _tickets_then,
}
