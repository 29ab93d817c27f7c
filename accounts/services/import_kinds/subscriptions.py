"""Contracts, with the versions that movements are derived from."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import ImportRow, Subscription, SubscriptionVersion
from accounts.services.import_kinds.churn import refresh_conflicts
from accounts.services.imports.records import Draft, RecordKind, filled, pk_of
from accounts.services.imports.references import account_field, learn_products, resolve_accounts
from accounts.services.imports.registry import UPDATED, Context, Field

_PLAIN = ("plan", "seats", "arr", "currency", "billing", "ends_on", "renews_on", "is_auto_renewed", "is_trial")
_VERSIONED = {"plan", "seats", "arr", "currency", "status", "is_trial", "starts_on", "ends_on", "account_id"}
_ENDED = Subscription.Status.ENDED
_ACTIVE = Subscription.Status.ACTIVE


class SubscriptionsKind(RecordKind):
    """A row is one contract. Its start and its end become versions; a change becomes a version of today."""

    name = "subscriptions"
    label = _lazy("Subscriptions")
    description = _lazy("Contracts: plan, seats, revenue, start, end and renewal. Revenue comes from here alone.")
    model = Subscription
    owned = frozenset({"versions"})
    declared = (
        Field(
            "external_id",
            _lazy("Id in the source"),
            is_required=True,
            max_length=120,
            aliases=("subscription_id", "id", "contract_id", "contract_number", "subscription"),
        ),
        account_field(is_required=True),
        Field("product", _lazy("Product"), max_length=80, aliases=("product_name", "product_code")),
        Field("plan", _lazy("Plan"), max_length=60, aliases=("plan_tier", "plan_name", "package")),
        Field(
            "seats",
            _lazy("Seats"),
            "integer",
            minimum=0,
            maximum=2_000_000_000,
            aliases=("licences", "licenses", "quantity"),
        ),
        Field(
            "arr", _lazy("ARR"), "decimal", minimum=0, aliases=("arr_amount", "annual_revenue", "annual_value", "acv")
        ),
        Field(
            "mrr",
            _lazy("MRR"),
            "decimal",
            minimum=0,
            aliases=("mrr_amount", "monthly_revenue"),
            help=_lazy("Counts twelve times as ARR where no ARR is given."),
        ),
        Field("currency", _lazy("Currency"), "currency", aliases=("currency_code",)),
        Field(
            "billing",
            _lazy("Billing"),
            "choice",
            choices=tuple(Subscription.Billing.choices),
            words=(("yearly", "annual"), ("year", "annual"), ("month", "monthly"), ("quarter", "quarterly")),
            aliases=("billing_frequency", "billing_period", "interval"),
        ),
        Field("starts_on", _lazy("Starts on"), "date", is_required=True, aliases=("start_date", "start", "started_on")),
        Field("ends_on", _lazy("Ended on"), "date", aliases=("end_date", "end", "ended_on", "cancelled_on")),
        Field("renews_on", _lazy("Renews on"), "date", aliases=("renewal_date", "renewal", "next_renewal")),
        Field("is_auto_renewed", _lazy("Renews by itself"), "boolean", aliases=("auto_renew_flag", "auto_renew")),
        Field("is_trial", _lazy("Trial"), "boolean", aliases=("trial", "is_trial_flag")),
        Field(
            "status",
            _lazy("Status"),
            "choice",
            choices=tuple(Subscription.Status.choices),
            words=(("canceled", "cancelled"), ("churned", "ended"), ("expired", "ended"), ("live", "active")),
            help=_lazy("Without it, a contract whose end has come is ended and every other one active."),
        ),
    )

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        resolve_accounts(drafts, context)
        products = learn_products([draft.row.get("product") or "" for draft in drafts], context)
        for draft in drafts:
            row = draft.row
            draft.key = row.values["external_id"]
            draft.columns = {"starts_on": row.values["starts_on"], **filled(Subscription, row, _PLAIN)}
            if row.get("mrr") is not None and row.get("arr") is None:
                draft.columns["arr"] = row.values["mrr"] * 12
            if "product" in row.values:
                draft.columns["product_id"] = products.get((row.get("product") or "").strip())
            self._settle_status(draft, context.today)
            ends_on = row.get("ends_on")
            if ends_on and ends_on < row.values["starts_on"] and not draft.error:
                draft.error = _("It ends on %(end)s, before it starts on %(start)s.") % {
                    "end": ends_on,
                    "start": row.values["starts_on"],
                }

    def _settle_status(self, draft: Draft, today: dt.date) -> None:
        row = draft.row
        has_ended = bool(row.get("ends_on") and row.values["ends_on"] <= today)
        if row.get("status"):
            draft.columns["status"] = row.values["status"]
        elif "ends_on" in row.values or "status" in row.values:
            draft.columns["status"] = _ENDED if has_ended else _ACTIVE
        if draft.columns.get("status") == _ENDED and not row.get("ends_on"):
            draft.flags.append(_("It is ended, and no day says when."))
        if draft.columns.get("status") not in (None, _ACTIVE) and "renews_on" in draft.columns:
            draft.columns["renews_on"] = None

    def created(self, drafts: Sequence[Draft], context: Context) -> None:
        """The version of the start, and one of the end for contracts that ended."""
        versions = []
        for draft in drafts:
            one = draft.instance
            versions.append(_version(one, one.starts_on, context, status=_ACTIVE))
            if one.status != _ACTIVE:
                versions.append(_version(one, one.ends_on or max(context.today, one.starts_on), context))
        SubscriptionVersion.objects.bulk_create(versions)

    def updated(self, drafts: Sequence[Draft], context: Context) -> None:
        """A version from today on, or from the end on where the contract ended."""
        moved = [draft for draft in drafts if _VERSIONED & set(draft.after or {})]
        versions = []
        for draft in moved:
            one = draft.instance
            day = one.ends_on if one.status != _ACTIVE and one.ends_on else context.today
            versions.append(_version(one, max(day, one.starts_on), context))
        SubscriptionVersion.objects.bulk_create(versions)
        for draft, version in zip(moved, versions, strict=True):
            draft.after = {**(draft.after or {}), "version_id": version.pk}

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        refresh_conflicts(account_ids=account_ids)
        return []

    def undo_created(self, ids: Sequence[int]) -> None:
        SubscriptionVersion.objects.filter(subscription__in=ids).delete()

    def undo_changed(self, rows: Sequence[ImportRow]) -> None:
        """The version that said so goes too: an import that is taken back never happened."""
        ids = [
            row.after["version_id"]
            for row in rows
            if row.outcome == UPDATED and row.after and "version_id" in row.after
        ]
        SubscriptionVersion.objects.filter(pk__in=ids, subscription__in=[pk_of(row) for row in rows]).delete()


def _version(one: Subscription, day: dt.date, context: Context, *, status: str = "") -> SubscriptionVersion:
    return SubscriptionVersion(
        subscription=one,
        account_id=one.account_id,
        effective_on=day,
        plan=one.plan,
        seats=one.seats,
        arr=one.arr,
        currency=one.currency,
        status=status or one.status,
        is_trial=one.is_trial,
        reason=f"import {context.run_id}",
    )
