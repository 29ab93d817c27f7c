"""Risks open and close by what is read; this is where."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from accounts.models import FactDefinition
from accounts.selectors.literals import literal
from accounts.services.facts import FactRow, declare_fact, push_facts
from accounts.services.summaries import set_summary
from engagement.formulas.risk_words import finding_words
from engagement.formulas.risks import DEFINITIONS, QUIET_DAYS, Finding, find_risk
from engagement.formulas.scales import Floats
from engagement.models import Risk, RiskKind
from engagement.selectors.moments import Moment
from engagement.selectors.readings import Readings
from engagement.selectors.risk_figures import RiskFigures
from engagement.selectors.risk_rules import Limits, limits_for, read_rules
from engagement.services.say_do import Stands
from lifecycle.services.triggers import TriggerRow, record_triggers
from team.clock import now, today

OWNER = "engagement"
FACTS = {
    "risks_open": (_("Open risks"), "number", _("Risks that hold and are not snoozed.")),
    "risk_kinds": (_("Kinds of open risks"), "text", _("Their short names, the gravest first.")),
}
# The rows that stand behind a kind: (what, measure code or column of the figures).
ROWS: dict[str, tuple[tuple[str, str], ...]] = {
    "single_threaded": (("measure", "contacts_touched"),),
    "champion_left": (("contact", "champion_id"),),
    "zombie": (("stand", ""), ("touchpoint", "competitor_id")),
    "silent": (("touchpoint", "attempt_id"), ("measure", "silence")),
    "reference_refused": (("touchpoint", "refused_id"), ("measure", "reference")),
    "usage_drop": (("measure", "usage_trend"),),
    "licence_underuse": (("measure", "licence_use"),),
    "ticket_pressure": (("measure", "blockers"),),
    "payment_overdue": (("touchpoint", "invoice_id"),),
    "stage_stalled": (("measure", "stage_on_time"),),
    "goal_off_track": (("goal", "late_goal_id"), ("plan", "")),
    "detractor_unanswered": (("response", "critic_id"),),
    "no_executive": (("measure", "executive_touch"),),
    "handover_gap": (("plan", ""),),
    "renewal_unforecast": (("renewal", "unforecast_id"),),
    "promise_broken": (("plan", ""),),
    "education_gap": (("measure", "courses"),),
    "say_do_conflict": (("stand", ""),),
}

# What is open, and what a person called a false alarm lately?
KNOWN = """
SELECT id, account_id, kind, severity, words, evidence::text, seen_on, snoozed_until, closed_at IS NULL AS is_open
FROM engagement_risk
WHERE account_id = ANY(%(accounts)s::bigint[])
  AND (closed_at IS NULL OR (is_false_alarm AND closed_at > %(cutoff)s - make_interval(days => %(quiet)s)))
"""

# `one_open_risk` lets one of two workers open it; who does not, gets no row back and tells nobody.
OPEN = """
INSERT INTO engagement_risk (account_id, kind, severity, words, evidence, opened_on, seen_on, snooze_reason,
                             is_false_alarm, version)
SELECT given.account_id, given.kind, given.severity, given.words, given.evidence, %(as_of)s, %(as_of)s, '', false, 1
FROM json_to_recordset(%(rows)s::json) AS given(
    account_id bigint, kind text, severity smallint, words text, evidence json)
ORDER BY given.account_id, given.kind
ON CONFLICT (account_id, kind) WHERE closed_at IS NULL DO NOTHING
RETURNING id, account_id, kind, severity
"""

REFRESH = """
UPDATE engagement_risk r
SET severity = given.severity, words = given.words, evidence = given.evidence, seen_on = %(as_of)s
FROM json_to_recordset(%(rows)s::json) AS given(id bigint, severity smallint, words text, evidence json)
WHERE r.id = given.id AND r.closed_at IS NULL AND r.seen_on <= %(as_of)s
"""

CLOSE = "UPDATE engagement_risk SET closed_at = %(cutoff)s WHERE id = ANY(%(ids)s::bigint[]) AND closed_at IS NULL"

TOLD = """
SELECT w.account_id, s.top_risk, f.number, k.text
FROM unnest(%(accounts)s::bigint[]) AS w(account_id)
LEFT JOIN accounts_accountsummary s ON s.account_id = w.account_id
LEFT JOIN accounts_fact f ON f.account_id = w.account_id AND f.is_current AND f.definition_id = %(count)s
LEFT JOIN accounts_fact k ON k.account_id = w.account_id AND k.is_current AND k.definition_id = %(names)s
"""


@dataclass(frozen=True, slots=True)
class _Open:
    """One risk that is open after this pass."""

    account_id: int
    kind: str
    severity: int
    is_snoozed: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """What is to be written of one risk."""

    account_id: int
    kind: str
    severity: int
    words: str
    evidence: list[dict[str, Any]]


@transaction.atomic
def watch_risks(*, readings: Readings, moment: Moment, stands: Stands, skip: Collection[int] = ()) -> None:
    """Open, refresh and close the risks of the accounts by what was read for `stands`; nothing for a past day.

    A risk opens once: the trigger `risk_opened` is recorded with the row that opens it. A snooze is left alone; a false
    alarm keeps its kind quiet on the account for 90 days. Idempotent; safe beside other workers by `one_open_risk`.
    A handful of queries, whatever the size of the batch; `skip` are left as they are.
    """
    if not moment.is_live or not readings.account_ids:
        return
    figures, rules = stands.figures, read_rules()
    known = _known(figures, moment)
    places = _places(figures, known)
    opening: list[_Row] = []
    refreshing: list[tuple[int, _Row]] = []
    closing: list[int] = []
    still: list[_Open] = []
    left_out = set(skip)
    for kind in RiskKind.values:
        definition = DEFINITIONS[kind]
        limits = limits_for(rules, kind, *figures.groups, figures.is_customer)
        found = find_risk(definition, figures.values, limits.by_name, limits.is_on)
        for place in sorted({*np.flatnonzero(found.opens).tolist(), *places.get(kind, ())}):
            account_id = figures.account_ids[place]
            if account_id in left_out:
                continue
            before = known.get((account_id, kind))
            if before is None and found.opens[place]:
                opening.append(_row(figures, place, kind, found, limits))
            elif before is not None and before["is_open"]:
                if not found.stays[place]:
                    closing.append(before["id"])
                    continue
                row = _row(figures, place, kind, found, limits)
                if _differs(before, row, moment):
                    refreshing.append((before["id"], row))
                still.append(_Open(account_id, kind, row.severity, _is_snoozed(before["snoozed_until"], moment)))
    still += _write(opening, refreshing, closing, moment)
    _tell([pk for pk in figures.account_ids if pk not in left_out], still, moment.cutoff)


def _known(figures: RiskFigures, moment: Moment) -> dict[tuple[int, str], dict[str, Any]]:
    """What is open or quiet, by account and kind; an open one goes before a false alarm."""
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "accounts": literal(figures.account_ids),
            "cutoff": moment.cutoff,
            "quiet": QUIET_DAYS,
        }
        cursor.execute(KNOWN, parameters)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    rows.sort(key=lambda row: row["is_open"])
    return {(row["account_id"], row["kind"]): row for row in rows}


def _places(figures: RiskFigures, known: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """The places of the accounts that are known by kind."""
    rows = {account_id: place for place, account_id in enumerate(figures.account_ids)}
    places: dict[str, list[int]] = {}
    for account_id, kind in known:
        places.setdefault(kind, []).append(rows[account_id])
    return places


class _At(Mapping[str, float]):
    """One account's figures out of the arrays of a batch; only what is asked for is read."""

    def __init__(self, columns: Mapping[str, Floats], place: int) -> None:
        self._columns, self._place = columns, place

    def __getitem__(self, name: str) -> float:
        return float(self._columns[name][self._place])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _row(figures: RiskFigures, place: int, kind: str, found: Finding, limits: Limits) -> _Row:
    account_id = figures.account_ids[place]
    words, held = finding_words(kind, _At(figures.values, place), _At(limits.by_name, place))
    evidence: list[dict[str, Any]] = [{"words": line, "at": None, "what": "figure", "id": None} for line in held]
    for what, source in ROWS[kind]:
        named: Any = source if what == "measure" else figures.row(source, account_id) if source else account_id
        if named is not None:
            evidence.append({"words": "", "at": None, "what": what, "id": named})
    return _Row(account_id, kind, int(found.severity[place]), words, evidence)


def _differs(before: Mapping[str, Any], row: _Row, moment: Moment) -> bool:
    if (before["severity"], before["words"], before["seen_on"]) != (row.severity, row.words, moment.as_of):
        return True
    return bool(orjson.loads(before["evidence"]) != row.evidence)


def _is_snoozed(until: Any, moment: Moment) -> bool:
    return until is not None and until > moment.as_of


def _write(opening: list[_Row], refreshing: list[tuple[int, _Row]], closing: list[int], moment: Moment) -> list[_Open]:
    """Write all three kinds of change; returns what was opened here, after its trigger is recorded."""
    made: list[tuple[int, int, str, int]] = []
    with connection.cursor() as cursor:
        if closing:
            cursor.execute(CLOSE, {"cutoff": moment.cutoff, "ids": closing})
        if refreshing:
            rows = [{"id": pk, **_cells(row)} for pk, row in sorted(refreshing, key=lambda pair: pair[0])]
            cursor.execute(REFRESH, {"as_of": moment.as_of, "rows": orjson.dumps(rows).decode()})
        if opening:
            rows = [{"account_id": row.account_id, "kind": row.kind, **_cells(row)} for row in opening]
            cursor.execute(OPEN, {"as_of": moment.as_of, "rows": orjson.dumps(rows).decode()})
            made = cursor.fetchall()
    record_triggers(
        rows=[
            TriggerRow(
                account_id=account_id,
                kind="risk_opened",
                key=f"risk:{pk}",
                happened_at=moment.cutoff,
                payload={"risk": kind},
            )
            for pk, account_id, kind, _severity in made
        ]
    )
    return [_Open(account_id, kind, severity, False) for _pk, account_id, kind, severity in made]


def _cells(row: _Row) -> dict[str, Any]:
    return {"severity": row.severity, "words": row.words, "evidence": row.evidence}


_ORDER = {kind: place for place, kind in enumerate(RiskKind.values)}


def _tell(account_ids: list[int], still: list[_Open], at: dt.datetime) -> None:
    """The list column and the facts of accounts for which they changed."""
    declared = declare_risk_facts()
    by_account: dict[int, list[_Open]] = {}
    for risk in still:
        if not risk.is_snoozed:
            by_account.setdefault(risk.account_id, []).append(risk)
    with connection.cursor() as cursor:
        names = {"count": declared["risks_open"], "names": declared["risk_kinds"]}
        cursor.execute(TOLD, {"accounts": literal(account_ids), **names})
        told = cursor.fetchall()
    summaries, facts = {}, []
    for account_id, top, count, kinds in told:
        risks = sorted(by_account.get(account_id, ()), key=lambda one: (-one.severity, _ORDER[one.kind]))
        label = str(RiskKind(risks[0].kind).label) if risks else ""
        if top is not None and top != label:
            summaries[account_id] = {"top_risk": label}
        if count is None or int(count) != len(risks):
            facts.append(FactRow(account_id, "risks_open", len(risks), at))
        words = ",".join(one.kind for one in risks)[:200]
        if kinds is None or kinds != words:
            facts.append(FactRow(account_id, "risk_kinds", words, at))
    set_summary(account_ids_and_columns=summaries)
    push_facts(owner=OWNER, rows=facts)


def tell_risks(*, account_ids: Collection[int]) -> None:
    """Bring list column and facts up to date after a person changed a risk; a few queries. Idempotent."""
    day = today()
    rows = Risk.objects.open().filter(account__in=account_ids)
    still = [
        _Open(risk.account_id, risk.kind, risk.severity, risk.snoozed_until is not None and risk.snoozed_until > day)
        for risk in rows
    ]
    _tell(sorted(set(account_ids)), still, now())


def declare_risk_facts() -> dict[str, int]:
    """The facts of risks are in the catalogue; their ids by name. One query when they are."""
    known = dict(FactDefinition.objects.filter(name__in=FACTS).values_list("name", "pk"))
    for name, (label, kind, description) in FACTS.items():
        if name not in known:
            known[name] = declare_fact(owner=OWNER, name=name, label=label, type=kind, description=description).pk
    return known
