"""Where each account stands: what it says, what it does, its goals, and its field on the board."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from accounts.models import FactDefinition
from accounts.selectors.literals import literal
from accounts.services.facts import FactRow, declare_fact, push_facts
from engagement.formulas import say_do as formula
from engagement.formulas.scales import Floats
from engagement.selectors.moments import Moment
from engagement.selectors.readings import Readings
from engagement.selectors.risk_figures import RiskFigures, Said, read_risk_figures
from lifecycle.services.triggers import TriggerRow, record_triggers

# Pieces that stand behind one account's number, the newest first.
MOST_PIECES = 6
OWNER = "engagement"
# By name: label, type and what it means.
FACTS = {
    "say": (_("What they say"), "number", _("-1 to 1, from answers and feedback of 180 days; empty: unobserved.")),
    "do": (_("What they do"), "number", _("-1 to 1, from use, replies, attendance, payment; empty: unobserved.")),
    "say_do_field": (_("Field of say and do"), "text", _("advocate, zombie, dark, ...: where they stand.")),
}

KNOWN = """
SELECT account_id, say::float8, "do"::float8, goals, field, since, evidence::text FROM engagement_saydo
WHERE account_id = ANY(%(accounts)s::bigint[])
"""

# A row of a later day is never replaced by one of an earlier day.
WRITE = """
INSERT INTO engagement_saydo AS s (account_id, say, "do", goals, field, is_weak, evidence, since, as_of)
SELECT given.account_id, given.say, given."do", given.goals, given.field, given.is_weak, given.evidence, given.since,
       %(as_of)s
FROM json_to_recordset(%(rows)s::json) AS given(
    account_id bigint, say numeric, "do" numeric, goals text, field text, is_weak boolean, evidence json, since date)
ORDER BY given.account_id
ON CONFLICT (account_id) DO UPDATE SET
    say = excluded.say, "do" = excluded."do", goals = excluded.goals, field = excluded.field,
    is_weak = excluded.is_weak, evidence = excluded.evidence, since = excluded.since, as_of = excluded.as_of
WHERE s.as_of <= excluded.as_of
"""


class Stand(NamedTuple):
    """One account: `say` and `do` in -1..1 (None: unobserved), the word for its goals, its field since a day."""

    say: float | None
    do: float | None
    goals: str
    field: str
    is_weak: bool
    since: dt.date


class Stands(dict[int, Stand]):
    """The stand of each account, and the figures that it was judged by, for whoever judges next."""

    figures: RiskFigures


@transaction.atomic
def stand_accounts(*, readings: Readings, moment: Moment, skip: Collection[int] = ()) -> Stands:
    """Judge what the accounts say and do, and write what changed; `skip` are judged and not written.

    Six queries to read and one upsert, whatever the size of the batch. A change of the field is told as a trigger,
    the numbers as facts with their history. Idempotent for a moment. Readings of a past day are never written.
    """
    figures = read_risk_figures(readings, moment)
    said, size = figures.said, len(figures.account_ids)
    ages = np.maximum(moment.cutoff.timestamp() - said.at, 0.0) / 86_400
    heard = _heard(said)
    weights = np.array([formula.SAID[kind][1] for kind in said.kinds])
    say = formula.say_of(size=size, rows=said.rows, values=heard, weights=weights, ages=ages)
    deeds = _deeds(figures)
    did = formula.do_of(formula.parts_of(deeds))
    values = figures.values
    goals = formula.goals_of(
        late=values["goals_late"].astype(np.int64),
        on_track=values["goals_on_track"].astype(np.int64),
        reached=values["goals_reached"].astype(np.int64),
        missed=values["goals_missed"].astype(np.int64),
    )
    booked = (values["booked"] == 1) | (values["met_again"] == 1)
    no_future = (values["goals_known"] == 0) & ~booked & (values["competitor"] == 1)
    fields = formula.fields_of(say=say, do=did, goals=goals, has_no_future=no_future)
    values["say"], values["do"] = say, did
    values["has_no_future"] = (no_future & (np.nan_to_num(did, nan=-1.0) >= formula.HEAVY)).astype(np.float64)
    stands = Stands()
    stands.figures = figures
    known = _known(figures.account_ids)
    columns = (figures.account_ids, _rounded(say), _rounded(did), goals, fields)
    for account_id, says, does, goal, field in zip(*columns, strict=True):
        before = known.get(account_id)
        since = before[3] if before is not None and before[2] == field else moment.as_of
        stands[account_id] = Stand(says, does, goal, field, formula.is_weak(says, does), since)
    if moment.is_live:
        evidence = _evidence(figures, deeds, heard)
        _write(stands, known, evidence, moment, set(skip))
    return stands


def _heard(said: Said) -> Floats:
    """Each piece on the scale of its kind, -1..1."""
    named = np.array(said.kinds, dtype=object)
    heard = np.full(len(named), np.nan)
    for kind, (corners, _weight) in formula.SAID.items():
        heard[named == kind] = formula.on_scale(said.values[named == kind], corners)
    return heard


def _rounded(values: Floats) -> list[float | None]:
    """To hundredths; None where there is nothing."""
    return [None if value != value else value for value in np.round(values, 2).tolist()]  # noqa: PLR0124 NaN alone differs from itself


def _deeds(figures: RiskFigures) -> formula.Deeds:
    """What is seen of each account; attendance and payment are of the last 30 days by their own reading."""
    values, nothing = figures.values, np.zeros(len(figures.account_ids))
    with np.errstate(invalid="ignore", divide="ignore"):
        attendance: Floats = np.where(values["dates"] > 0, values["held"] / values["dates"], np.nan)
    paid = np.where(values["paid"] == 1, 0.0, np.nan)
    overdue = np.where(values["overdue_days"] > 0, values["overdue_days"], paid)
    seen = {code: values[code] for code in (*formula.ADOPTION, "reply_rate")}
    ages = {code: values.get(f"{code}_age", nothing) for code in seen}
    # What pulls the whole book down, a holiday, is nobody's own doing.
    seen["usage_trend"] = values["usage_trend"] / figures.season
    return formula.Deeds(
        {**seen, "attendance": attendance, "overdue_days": overdue},
        {**ages, "attendance": nothing, "overdue_days": nothing},
    )


Known = tuple[float | None, float | None, str, dt.date, str, str]


def _known(account_ids: Iterable[int]) -> dict[int, Known]:
    """Say, do, field, since, goals and evidence (as JSON) of each account that stands already; one query."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"accounts": literal(account_ids)})
        return {
            pk: (say, did, field, since, goals, evidence)
            for pk, say, did, goals, field, since, evidence in cursor.fetchall()
        }


def _evidence(figures: RiskFigures, deeds: formula.Deeds, heard: Floats) -> list[dict[str, list[dict[str, Any]]]]:
    """Which rows made each account's numbers. Words of customers are read where they stand, never copied."""
    said = figures.said
    says: list[list[dict[str, Any]]] = [[] for _account in figures.account_ids]
    pieces = zip(
        *(said.rows.tolist(), said.what, said.ids, said.kinds, said.values.tolist()),
        *(np.round(heard, 2).tolist(), said.days),
        strict=True,
    )
    for place, what, pk, kind, given, value, day in pieces:
        if len(says[place]) < MOST_PIECES:
            says[place].append({"what": what, "id": pk, "kind": kind, "given": given, "value": value, "at": day})
    shown = {**deeds.values, "usage_trend": figures.values["usage_trend"]}
    columns = []
    for code, values in shown.items():
        done = np.round(values, 3)
        counts = ~np.isnan(done) & (deeds.ages[code] <= formula.DO_DAYS)
        columns.append((code, counts.tolist(), done.tolist()))
    made: list[dict[str, list[dict[str, Any]]]] = []
    for place, account_id in enumerate(figures.account_ids):
        goal = figures.row("late_goal_id", account_id) or figures.row("good_goal_id", account_id)
        competitor = figures.row("competitor_id", account_id)
        made.append(
            {
                "say": says[place],
                "do": [
                    {"what": "measure", "id": code, "given": values[place]}
                    for code, counts, values in columns
                    if counts[place]
                ],
                "goals": [{"what": "goal", "id": goal}] if goal else [],
                "future": [{"what": "touchpoint", "id": competitor}] if competitor else [],
            }
        )
    return made


def _rests_on(evidence: dict[str, Any]) -> list[tuple[str, Any]]:
    """Which rows stand behind it, whatever their figures are today."""
    return [(one["what"], one["id"]) for part in ("say", "do", "goals", "future") for one in evidence.get(part, ())]


def _write(
    stands: Stands, known: dict[int, Known], evidence: list[dict[str, Any]], moment: Moment, skip: set[int]
) -> None:
    """Rows that say something new; facts and triggers of what changed."""
    new: list[tuple[int, Stand, dict[str, Any]]] = []
    for (account_id, stand), proof in zip(stands.items(), evidence, strict=True):
        before = known.get(account_id)
        now = (stand.say, stand.do, stand.field, stand.goals)
        if account_id in skip or (
            before is not None
            and (before[0], before[1], before[2], before[4]) == now
            and _rests_on(orjson.loads(before[5])) == _rests_on(proof)
        ):
            continue
        new.append((account_id, stand, proof))
    if not new:
        return
    rows = [
        {
            "account_id": account_id,
            "say": stand.say,
            "do": stand.do,
            "goals": stand.goals,
            "field": stand.field,
            "is_weak": stand.is_weak,
            "evidence": proof,
            "since": stand.since,
        }
        for account_id, stand, proof in new
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"as_of": moment.as_of, "rows": orjson.dumps(rows).decode()})
    _tell(new, known, moment)


def _tell(new: list[tuple[int, Stand, dict[str, Any]]], known: dict[int, Known], moment: Moment) -> None:
    """Facts of the numbers that moved by a tenth or more, and a trigger for each account in another field."""
    declare_stand_facts()
    facts: list[FactRow] = []
    moved: list[TriggerRow] = []
    for account_id, stand, _proof in new:
        before = known.get(account_id)
        pairs = (("say", stand.say, before and before[0]), ("do", stand.do, before and before[1]))
        for name, value, old in pairs:
            if before is None or _tenth(value) != _tenth(old):
                facts.append(FactRow(account_id, name, _tenth(value), moment.cutoff))
        if before is None or before[2] != stand.field:
            facts.append(FactRow(account_id, "say_do_field", stand.field, moment.cutoff))
        if before is not None and before[2] != stand.field:
            key = f"{moment.as_of.isoformat()}:{before[2]}:{stand.field}"
            payload = {"from": before[2], "to": stand.field}
            moved.append(TriggerRow(account_id, "say_do_changed", key, moment.cutoff, payload))
    push_facts(owner=OWNER, rows=facts)
    record_triggers(rows=moved)


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def declare_stand_facts() -> None:
    """The facts of the board are in the catalogue; one query when they are."""
    known = set(FactDefinition.objects.filter(name__in=FACTS).values_list("name", flat=True))
    for name, (label, kind, description) in FACTS.items():
        if name not in known:
            declare_fact(owner=OWNER, name=name, label=label, type=kind, description=description)
