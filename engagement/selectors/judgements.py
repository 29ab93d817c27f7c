"""What people judged by hand: of a component's actual state, or of the whole score."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.selectors.literals import literal
from engagement.models import Component, ManualJudgement
from engagement.selectors.moments import Moment
from engagement.selectors.scorecards import models_for

Judgements = Mapping[str, tuple[int, int]]

# Which judgements count at this moment? Today those that nobody withdrew; on a past day those that stood then.
STANDING = """
SELECT DISTINCT ON (account_id, component) account_id, component, id, (value * 100)::int
FROM engagement_manualjudgement
WHERE account_id = ANY(%(accounts)s::bigint[]) AND valid_until >= %(as_of)s
  AND CASE WHEN %(live)s THEN withdrawn_at IS NULL
           ELSE created_at <= %(cutoff)s AND (withdrawn_at IS NULL OR withdrawn_at > %(cutoff)s) END
ORDER BY account_id, component, created_at DESC, id DESC
"""


@dataclass(frozen=True)
class JudgementLine:
    """One judgement to show; `ended_on` is the day it stopped to count, None while it counts."""

    pk: int
    component: str
    label: str
    value: Decimal
    reason: str
    by: str
    created_on: dt.date
    valid_until: dt.date
    ended_on: dt.date | None


def judgements_for(account_ids: Sequence[int], moment: Moment) -> dict[int, dict[str, tuple[int, int]]]:
    """`{account: {component, or "" for the score: (judgement, hundredths)}}` where there is any (one query)."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {**moment.parameters, "accounts": literal(account_ids)})
        for account_id, component, judgement_id, hundredths in cursor.fetchall():
            found.setdefault(account_id, {})[component] = (judgement_id, hundredths)
    return found


def component_label(code: str) -> str:
    """The name of a component; of the whole score for an empty code."""
    return str(Component(code).label) if code in Component.values else _("The whole score")


def judgement_lines(account_id: int, *, today: dt.date) -> tuple[JudgementLine, ...]:
    """Every judgement of an account, newest first (one query)."""
    rows = ManualJudgement.objects.filter(account=account_id).select_related("created_by")
    return tuple(
        JudgementLine(
            pk=row.pk,
            component=row.component,
            label=component_label(row.component),
            value=row.value,
            reason=row.reason,
            by=row.created_by.name,
            created_on=row.created_at.date(),
            valid_until=row.valid_until,
            ended_on=_ended_on(row, today),
        )
        for row in rows.order_by("-created_at", "-pk")
    )


def _ended_on(row: ManualJudgement, today: dt.date) -> dt.date | None:
    expired = row.valid_until + dt.timedelta(days=1) if row.valid_until < today else None
    if row.withdrawn_at is None:
        return expired
    return min(row.withdrawn_at.date(), expired) if expired else row.withdrawn_at.date()


def judged_components(account: Account) -> list[tuple[str, str]]:
    """The components that the account's scorecard has, as choices (six queries); all of them before there is one."""
    try:
        codes = [rule.code for rule in models_for([account.pk])[account.pk].components]
    except KeyError:
        codes = Component.values
    return [(code, component_label(code)) for code in codes]
