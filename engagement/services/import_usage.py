"""Usage from another system: each row is kept as it came, and the sums per day stay exact."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import ImportRow, Subscription
from accounts.services.imports.records import pk_of, row_hash
from accounts.services.imports.references import account_field, find_accounts
from accounts.services.imports.registry import CREATED, REJECTED, UNCHANGED, Context, Field, Outcome, Row
from engagement.models import UsageRecord
from engagement.services.usage import UsageRow, forget_usage, record_usage

PRECEDES, FOLLOWS = "precedes_subscription", "follows_subscription"
# Twenty such rows of one day still add up; what is more is an id in the wrong column.
_COUNT = 100_000_000
# (id, account, start, end) of a subscription.
_Contract = tuple[int, int, dt.date, dt.date | None]


class UsageKind:
    """A row is known by all that it says: an id that recurs on other rows tells nothing, the same row twice is one."""

    name = "usage"
    label = _lazy("Usage")
    description = _lazy("What customers did in your product: per account or subscription, feature and day.")
    one_of = (("subscription", "account"),)
    _fields = (
        Field("external_id", _lazy("Id in the source"), max_length=120, aliases=("usage_id", "id", "event_id")),
        Field(
            "subscription",
            _lazy("Subscription (id)"),
            max_length=120,
            aliases=("subscription_id", "contract_id"),
            help=_lazy("Its account is the row's account."),
        ),
        account_field(),
        Field("day", _lazy("Day"), "date", is_required=True, aliases=("usage_date", "date", "event_date", "used_on")),
        Field(
            "feature",
            _lazy("Feature"),
            is_required=True,
            max_length=120,
            aliases=("feature_name", "event", "event_name", "module"),
            help=_lazy("A feature that does not exist yet is learned."),
        ),
        Field(
            "events",
            _lazy("How often"),
            "integer",
            minimum=0,
            maximum=_COUNT,
            aliases=("usage_count", "count", "event_count"),
            help=_lazy("Once, when no column says it."),
        ),
        Field(
            "seconds",
            _lazy("Seconds"),
            "integer",
            minimum=0,
            maximum=_COUNT,
            aliases=("usage_duration_secs", "duration"),
        ),
        Field("errors", _lazy("Errors"), "integer", minimum=0, maximum=_COUNT, aliases=("error_count",)),
        Field("user", _lazy("User of your product"), max_length=120, aliases=("user_id", "user_email", "login")),
        Field("is_beta", _lazy("Beta feature"), "boolean", aliases=("is_beta_feature", "beta")),
    )

    def fields(self) -> tuple[Field, ...]:
        return self._fields

    def key_of(self, row: Row) -> str:
        return row_hash(row)

    def apply_batch(self, rows: Sequence[Row], *, context: Context) -> list[Outcome]:
        """Store what is new. A row that is in already, by this or an earlier import, changes nothing."""
        contracts = _contracts(rows, context.source)
        accounts = find_accounts((str(row.get("account") or "") for row in rows), source=context.source)
        keys = {row.number: self.key_of(row) for row in rows}
        known = set(
            UsageRecord.objects.filter(source=context.source, row_key__in=keys.values()).values_list(
                "row_key", flat=True
            )
        )
        outcomes: list[Outcome] = []
        fresh: dict[str, tuple[UsageRow, Outcome]] = {}
        for row in rows:
            place = _place(row, contracts, accounts)
            outcome = Outcome(row.number, REJECTED, place.reason, account_id=place.account_id)
            outcomes.append(outcome)
            if place.account_id is None:
                continue
            outcome.outcome = UNCHANGED if keys[row.number] in known else CREATED
            if outcome.outcome == CREATED:
                known.add(keys[row.number])
                made = _usage_row(row, keys[row.number], place, context.source)
                fresh[made.row_key] = (made, outcome)
        if fresh and not context.is_dry:
            record_usage(rows=[made for made, _outcome in fresh.values()])
            stored = UsageRecord.objects.filter(source=context.source, row_key__in=fresh)
            for pk, key in stored.values_list("pk", "row_key"):
                fresh[key][1].object_ref = f"usagerecord:{pk}"
        return outcomes

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        return []

    def refuse_undo(self, rows: Sequence[ImportRow]) -> list[str]:
        return []

    def undo(self, rows: Sequence[ImportRow]) -> None:
        """Take the records away and subtract them from the days; days that other rows filled keep theirs."""
        forget_usage(record_ids=[pk_of(row) for row in rows if row.outcome == CREATED])


def _contracts(rows: Sequence[Row], source: str) -> dict[str, _Contract]:
    """(id, account, start, end) of subscriptions by their id in the source."""
    wanted = {row.get("subscription") for row in rows if row.get("subscription")}
    if not wanted:
        return {}
    found = Subscription.objects.filter(source=source, external_id__in=wanted, account__deleted_at__isnull=True)
    return {
        str(name): (pk, account_id, start, end)
        for name, pk, account_id, start, end in found.values_list(
            "external_id", "pk", "account_id", "starts_on", "ends_on"
        )
    }


@dataclass(frozen=True)
class _Place:
    """Whose usage it is; `reason` says why nobody's, or in words what `flag` says."""

    account_id: int | None
    subscription_id: int | None = None
    reason: str = ""
    flag: str = ""


def _place(row: Row, contracts: dict[str, _Contract], accounts: dict[str, int | None]) -> _Place:
    if name := row.get("subscription"):
        if name not in contracts:
            return _Place(None, reason=_("No subscription %(name)r: import the subscriptions first.") % {"name": name})
        return _place_in(contracts[name], row.values["day"])
    if not (named := row.get("account")):
        return _Place(None, reason=_("It names neither a subscription nor an account."))
    account_id = accounts.get(named)
    reason = "" if account_id else _("No account %(name)r: import the accounts first.") % {"name": named}
    return _Place(account_id, reason=reason)


def _place_in(contract: _Contract, day: dt.date) -> _Place:
    pk, account_id, start, end = contract
    if day < start:
        return _Place(account_id, pk, _("It precedes its subscription: kept."), PRECEDES)
    if end is not None and day > end:
        return _Place(account_id, pk, _("It follows the end of its subscription: kept."), FOLLOWS)
    return _Place(account_id, pk)


def _usage_row(row: Row, key: str, place: _Place, source: str) -> UsageRow:
    assert place.account_id is not None
    events = row.get("events")
    return UsageRow(
        account_id=place.account_id,
        feature=row.values["feature"],
        day=row.values["day"],
        row_key=key,
        source=source,
        events=1 if events is None else events,
        seconds=row.get("seconds") or 0,
        errors=row.get("errors") or 0,
        external_id=row.get("external_id") or "",
        user_key=row.get("user") or "",
        subscription_id=place.subscription_id,
        flag=place.flag,
        is_beta=bool(row.get("is_beta")),
    )


USAGE = UsageKind()
