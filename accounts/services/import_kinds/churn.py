"""Labels that say a customer left, and what contradicts them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from accounts.models import Account, ChurnEvent, Subscription
from accounts.services.imports.records import Draft, RecordKind, filled
from accounts.services.imports.references import account_field, resolve_accounts
from accounts.services.imports.registry import Context, Field

_PLAIN = ("reason", "comment", "refund", "is_reactivation", "followed_upgrade", "followed_downgrade")
# The custom field of accounts that holds another system's churn flag, if one was imported.
CHURN_FLAG = "churn_flag"


class ChurnKind(RecordKind):
    """A churn event is a label with a reason, never revenue. What contradicts it is written beside it."""

    name = "churn"
    label = _lazy("Churn events")
    description = _lazy("Who left, when and why, as another system recorded it. It never changes revenue.")
    model = ChurnEvent
    declared = (
        Field(
            "external_id",
            _lazy("Id in the source"),
            is_required=True,
            max_length=120,
            aliases=("churn_event_id", "event_id", "id", "churn_id"),
        ),
        account_field(is_required=True),
        Field("churned_on", _lazy("Left on"), "date", is_required=True, aliases=("churn_date", "date", "cancelled_on")),
        Field("reason", _lazy("Reason"), max_length=60, aliases=("reason_code", "churn_reason")),
        Field("comment", _lazy("Comment"), aliases=("feedback_text", "feedback", "notes", "text")),
        Field("refund", _lazy("Refund"), "decimal", aliases=("refund_amount", "refund_amount_usd")),
        Field("is_reactivation", _lazy("Came back before"), "boolean", aliases=("reactivated",)),
        Field("followed_upgrade", _lazy("After an upgrade"), "boolean", aliases=("preceding_upgrade_flag",)),
        Field("followed_downgrade", _lazy("After a downgrade"), "boolean", aliases=("preceding_downgrade_flag",)),
    )

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        resolve_accounts(drafts, context)
        for draft in drafts:
            draft.key = draft.row.values["external_id"]
            draft.columns = {"churned_on": draft.row.values["churned_on"], **filled(ChurnEvent, draft.row, _PLAIN)}
        sound = [draft for draft in drafts if not draft.error and draft.account_id]
        known = _History({draft.account_id for draft in sound if draft.account_id})
        for draft in sound:
            conflict = known.conflict(draft.account_id or 0, draft.row.values["churned_on"])
            draft.columns["conflict"] = conflict
            if conflict:
                draft.flags.append(conflict)

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        """Count what contradicts what, over all churn events of this source."""
        events = ChurnEvent.objects.filter(source=context.source)
        total, conflicting = events.count(), events.exclude(conflict="").count()
        if not total:
            return []
        notes = [
            _("%(conflicts)d of %(total)d churn events are contradicted by subscriptions or flags; no revenue changed.")
            % {"conflicts": conflicting, "total": total}
        ]
        flagged = Account.objects.filter(**{f"custom__{CHURN_FLAG}": True})
        marked = flagged.count()
        if marked:
            without = flagged.exclude(churn_events__source=context.source).count()
            paying = flagged.filter(subscriptions__in=Subscription.objects.running()).distinct().count()
            notes.append(
                _(
                    "%(marked)d accounts are flagged as churned: %(without)d of them have no churn event, %(paying)d "
                    "still have a running subscription."
                )
                % {"marked": marked, "without": without, "paying": paying}
            )
        return notes


def refresh_conflicts(*, account_ids: Iterable[int]) -> int:
    """Judge churn events again after subscriptions changed; returns how many conflicts changed. Idempotent."""
    ids = set(account_ids)
    events = list(ChurnEvent.objects.filter(account__in=ids))
    if not events:
        return 0
    known = _History({event.account_id for event in events})
    changed = []
    for event in events:
        conflict = known.conflict(event.account_id, event.churned_on)
        if conflict != event.conflict:
            event.conflict = conflict
            changed.append(event)
    ChurnEvent.objects.bulk_update(changed, ["conflict"], batch_size=1000)
    return len(changed)


class _History:
    """What the paid subscriptions and the churn flag of accounts say; two queries."""

    def __init__(self, account_ids: set[int]) -> None:
        self.spans: dict[int, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
        rows = Subscription.objects.filter(account__in=account_ids, is_trial=False)
        for account_id, start, end in rows.values_list("account_id", "starts_on", "ends_on"):
            self.spans[account_id].append((start, end))
        flags = Account.objects.filter(pk__in=account_ids, custom__has_key=CHURN_FLAG)
        self.flags: dict[int, bool] = dict(flags.values_list("pk", f"custom__{CHURN_FLAG}"))

    def conflict(self, account_id: int, day: dt.date) -> str:
        """What speaks against the account having left on that day; empty when nothing does."""
        parts = []
        spans = self.spans.get(account_id, [])
        open_then = sum(start <= day and (end is None or end > day) for start, end in spans)
        if open_then:
            sentence = ngettext(
                "%(count)d paid subscription ran on after it.",
                "%(count)d paid subscriptions ran on after it.",
                open_then,
            )
            parts.append(sentence % {"count": open_then})
        elif not any(start <= day for start, _end in spans):
            parts.append(_("No paid subscription had started by then."))
        if self.flags.get(account_id) is False:
            parts.append(_("The account is not flagged as churned."))
        return " ".join(parts)[:200]
