"""Values of external measures: taken in bulk, each once per account and moment."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, AccountExternalId
from accounts.services.changes import mark_changed
from engagement.models import CustomMeasure
from team.clock import now
from team.models import User

MOST = 1_000
# A clock that is a little ahead is no value of the future.
AHEAD = dt.timedelta(minutes=5)

# One statement for all rows: new ones come in, changed ones are overwritten, equal ones stay as they are.
TAKE = """
INSERT INTO engagement_measurevalue (measure_id, account_id, value, observed_at, evidence, url, source, created_at)
SELECT %(measure)s, given.* , clock_timestamp()
FROM unnest(%(accounts)s::bigint[], %(values)s::numeric[], %(moments)s::timestamptz[], %(evidence)s::text[],
            %(urls)s::text[], %(sources)s::text[]) AS given
ON CONFLICT ON CONSTRAINT one_value_per_moment DO UPDATE
SET value = excluded.value, evidence = excluded.evidence, url = excluded.url, source = excluded.source
WHERE (engagement_measurevalue.value, engagement_measurevalue.evidence, engagement_measurevalue.url,
       engagement_measurevalue.source)
      IS DISTINCT FROM (excluded.value, excluded.evidence, excluded.url, excluded.source)
RETURNING account_id, observed_at, xmax = 0 AS is_new
"""


@dataclass(frozen=True)
class ValueRow:
    """One value as it was sent. The account is an id of ours, or (source, id) of another system."""

    value: Decimal
    observed_at: dt.datetime
    account_id: int | None = None
    account_ref: tuple[str, str] | None = None
    evidence: str = ""
    url: str = ""
    source: str = ""


@dataclass(frozen=True)
class ValueOutcome:
    """created, updated, unchanged or rejected, with what is wrong by field."""

    outcome: str
    account_id: int | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)


def take_values(*, actor: User, measure: CustomMeasure, rows: Sequence[ValueRow]) -> list[ValueOutcome]:
    """Take up to 1,000 values in one transaction; the outcome of each in its order. Idempotent.

    What is refused holds nothing up; of two rows for the same account and moment the later one counts. Accounts whose
    values changed are judged anew.

    Raises:
        PermissionDenied: for people who change nothing; ValueError: for measures that take no values, or too many rows.
    """
    if not actor.can_edit:
        raise PermissionDenied(_("You cannot send values."))
    if measure.kind != CustomMeasure.Kind.EXTERNAL or measure.archived_at is not None:
        raise ValueError(_("This measure takes no values from outside."))
    if len(rows) > MOST:
        raise ValueError(_("At most %(most)d values at once.") % {"most": MOST})
    found = _accounts_of(actor, rows)
    latest = now() + AHEAD
    outcomes: list[ValueOutcome | None] = [_refusal(row, found, latest) for row in rows]
    wanted = {
        (found[_name_of(row)], row.observed_at): row
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome is None
    }
    written = _write(measure, wanted)
    told = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome is not None:
            told.append(outcome)
            continue
        account_id = found[_name_of(row)]
        is_new = written.get((account_id, row.observed_at))
        words = "unchanged" if is_new is None else "created" if is_new else "updated"
        told.append(ValueOutcome(words, account_id))
    return told


@transaction.atomic
def _write(
    measure: CustomMeasure, wanted: dict[tuple[int, dt.datetime], ValueRow]
) -> dict[tuple[int, dt.datetime], bool]:
    """What was written, and whether it is new; in one order, so that no two senders wait for each other."""
    if not wanted:
        return {}
    keys = sorted(wanted)
    given = [wanted[key] for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "measure": measure.pk,
                "accounts": [account_id for account_id, _moment in keys],
                "values": [row.value for row in given],
                "moments": [row.observed_at for row in given],
                "evidence": [row.evidence for row in given],
                "urls": [row.url for row in given],
                "sources": [row.source for row in given],
            },
        )
        written = {(account_id, moment): is_new for account_id, moment, is_new in cursor.fetchall()}
    mark_changed(account_ids={account_id for account_id, _moment in written}, reason=f"measure:{measure.code}")
    return written


def _name_of(row: ValueRow) -> object:
    return row.account_ref or row.account_id


def _accounts_of(actor: User, rows: Sequence[ValueRow]) -> dict[object, int]:
    """Ids of the accounts that the rows name and the person may change, by the name (three queries at most)."""
    refs = {row.account_ref for row in rows if row.account_ref}
    externals = AccountExternalId.objects.filter(
        source__in={source for source, _id in refs}, external_id__in={external_id for _source, external_id in refs}
    )
    by_ref = {(one.source, one.external_id): one.account_id for one in externals} if refs else {}
    named = {row.account_id for row in rows if row.account_id and not row.account_ref}
    wanted = named | {by_ref[ref] for ref in refs if ref in by_ref}
    # SECURITY: accounts of others are told as if they were not there.
    mine = set(Account.objects.editable_by(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    found: dict[object, int] = {pk: pk for pk in named & mine}
    return found | {ref: by_ref[ref] for ref in refs if by_ref.get(ref) in mine}


def _refusal(row: ValueRow, found: dict[object, int], latest: dt.datetime) -> ValueOutcome | None:
    errors: dict[str, list[str]] = {}
    if row.account_id is None and row.account_ref is None:
        errors["account"] = [_("Name an account by `account` or `account_ref`.")]
    elif _name_of(row) not in found:
        errors["account"] = [_("There is no such account.")]
    if row.observed_at > latest:
        errors["observed_at"] = [_("This moment has not come yet.")]
    return ValueOutcome("rejected", errors=errors) if errors else None
