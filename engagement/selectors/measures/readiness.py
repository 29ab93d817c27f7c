"""Anticipation and the journey: are we ready for what comes, and is what the stage asks for done?"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import BooleanField, IntegerField, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from accounts.formulas.conditions import BadCondition, parse_condition
from accounts.models import Account, Persona
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from accounts.selectors.literals import literal
from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Measure, Share, Source, Unit
from lifecycle.models import Criterion, Stage

# A risk has an owner when a person handles it or put it off with a reason, or a play that its kind started runs.
_RISKS = """
SELECT r.id, r.account_id, r.kind, r.words, r.opened_on,
       r.handled_by_id IS NOT NULL OR coalesce(r.snoozed_until > %(as_of)s, false) OR EXISTS (
           SELECT 1 FROM lifecycle_play p JOIN lifecycle_trigger t ON t.id = p.trigger_id
           WHERE p.account_id = r.account_id AND t.kind = 'risk_opened' AND t.payload ->> 'risk' = r.kind
             AND p.state <> 'held_out' AND p.started_at <= %(cutoff)s
             AND (p.finished_at IS NULL OR p.finished_at > %(cutoff)s)) AS is_owned
FROM engagement_risk r
WHERE r.account_id = ANY(%(accounts)s::bigint[]) AND NOT r.is_false_alarm AND r.opened_on <= %(as_of)s
  AND (r.closed_at IS NULL OR r.closed_at > %(cutoff)s)
"""

# The one stay that says where the account is: of the whole account before those of its products, the newest.
_STAYS = """
SELECT DISTINCT ON (v.account_id) v.id, v.account_id, v.stage_id, v.entered_at, s.kind, s.name, a.segment_id
FROM lifecycle_stagevisit v
JOIN lifecycle_stage s ON s.id = v.stage_id
JOIN accounts_account a ON a.id = v.account_id AND a.id = ANY(%(accounts)s::bigint[])
WHERE v.account_id = ANY(%(accounts)s::bigint[]) AND v.entered_at <= %(cutoff)s
  AND (v.left_at IS NULL OR v.left_at > %(cutoff)s)
ORDER BY v.account_id, v.product_id NULLS FIRST, v.entered_at DESC, v.id DESC
"""

_KINDS = ", ".join(f"('{kind}')" for kind in Stage.Kind.values)
_PERSONAS = ", ".join(f"('{persona}')" for persona in Persona.values)

# What the library has, by stage, persona and segment; the segment -1 is none.
_SERVED = f"""
SELECT k.kind, p.persona, s.id AS segment_id, min(c.title) AS title
FROM (VALUES {_KINDS}) k(kind)
CROSS JOIN (VALUES {_PERSONAS}) p(persona)
CROSS JOIN (SELECT id FROM accounts_segment UNION ALL SELECT -1) s
JOIN lifecycle_contentitem c ON c.deleted_at IS NULL AND (%(live)s OR c.created_at <= %(cutoff)s)
 AND (c.stage_kinds = '{{}}' OR k.kind = ANY(c.stage_kinds)) AND (c.personas = '{{}}' OR p.persona = ANY(c.personas))
 AND (NOT EXISTS (SELECT 1 FROM lifecycle_contentitem_segments cs WHERE cs.contentitem_id = c.id)
      OR EXISTS (SELECT 1 FROM lifecycle_contentitem_segments cs
                 WHERE cs.contentitem_id = c.id AND cs.segment_id = s.id))
GROUP BY k.kind, p.persona, s.id
"""  # noqa: S608 constants of this module
_LIBRARY = (
    "(SELECT count(*) FROM lifecycle_contentitem WHERE deleted_at IS NULL AND (%(live)s OR created_at <= %(cutoff)s))"
)
_PEOPLE = """
SELECT account_id, persona, count(*) AS people FROM accounts_contact
WHERE account_id = ANY(%(accounts)s::bigint[]) AND deleted_at IS NULL AND persona NOT IN ('', 'detractor')
  AND (status <> 'left' OR left_on > %(as_of)s) AND (%(live)s OR created_at <= %(cutoff)s)
GROUP BY account_id, persona
"""
_READY = f"""
SELECT v.account_id, v.name, v.entered_at, p.persona, s.title
FROM stays v JOIN people p ON p.account_id = v.account_id
LEFT JOIN served s ON s.kind = v.kind AND s.persona = p.persona AND s.segment_id = coalesce(v.segment_id, -1)
WHERE {_LIBRARY} > 0
"""  # noqa: S608 constants of this module

# Required exit criteria of the present stage: a ticked box, or a condition that `_held_conditions` found to hold.
_CRITERIA = """
SELECT v.account_id, c.id, c.words, v.entered_at, t.ticked_at,
       CASE WHEN c.kind = 'check' THEN t.id IS NOT NULL ELSE h.criterion_id IS NOT NULL END AS is_met
FROM stays v
JOIN lifecycle_criterion c ON c.stage_id = v.stage_id AND c.side = 'exit' AND c.is_required AND c.removed_at IS NULL
LEFT JOIN lifecycle_criteriontick t ON t.visit_id = v.id AND t.criterion_id = c.id AND t.ticked_at <= %(cutoff)s
LEFT JOIN held h ON h.account_id = v.account_id AND h.criterion_id = c.id
"""
_HELD = (
    """SELECT * FROM unnest(%(held_accounts)s::bigint[], %(held_criteria)s::bigint[]) AS h(account_id, criterion_id)"""
)

READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     stays AS MATERIALIZED ({_STAYS}), held AS MATERIALIZED ({_HELD}),
     people AS ({_PEOPLE}), served AS MATERIALIZED ({_SERVED}),
     risks AS (SELECT account_id, avg(is_owned::integer)::float8 AS owned FROM ({_RISKS}) r GROUP BY account_id),
     ready AS (SELECT account_id, avg((title IS NOT NULL)::integer)::float8 AS share FROM ({_READY}) r
               GROUP BY account_id),
     exits AS (SELECT account_id, avg(is_met::integer)::float8 AS met FROM ({_CRITERIA}) c GROUP BY account_id)
SELECT w.account_id,
       r.owned AS risks_owned, %(as_of)s AS risks_owned_on,
       y.share AS content_ready, %(as_of)s AS content_ready_on,
       x.met AS exit_criteria, %(as_of)s AS exit_criteria_on
FROM wanted w
LEFT JOIN risks r ON r.account_id = w.account_id
LEFT JOIN ready y ON y.account_id = w.account_id
LEFT JOIN exits x ON x.account_id = w.account_id
"""  # noqa: S608 constants of this module


def _of_one(sql: str) -> str:
    return sql.replace("%(accounts)s", "ARRAY[%(account)s]")


RISK_ROWS = f"""
SELECT id, opened_on::timestamptz AS at, 'risk_' || kind AS what, words AS title,
       CASE WHEN is_owned THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_RISKS)}) r
"""  # noqa: S608 constants of this module

READY_ROWS = f"""
WITH stays AS ({_of_one(_STAYS)}), people AS ({_of_one(_PEOPLE)}), served AS ({_SERVED})
SELECT row_number() OVER (ORDER BY persona) AS id, entered_at AS at, 'persona_' || persona AS what,
       coalesce(title, '') AS title, CASE WHEN title IS NULL THEN 'no' ELSE 'yes' END AS bucket, 1::float8 AS amount
FROM ({_READY}) r
"""  # noqa: S608 constants of this module

EXIT_ROWS = f"""
WITH stays AS ({_of_one(_STAYS)}), held AS ({_HELD})
SELECT id, coalesce(ticked_at, entered_at) AS at, 'criterion' AS what, words AS title,
       CASE WHEN is_met THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM ({_CRITERIA}) c
"""  # noqa: S608 constants of this module


def _held_conditions(account_ids: Sequence[int], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Which criteria on data hold for which accounts: one query for all conditions, none where there are no such
    criteria. What cannot be read (any more) holds for nobody."""
    criteria = Criterion.objects.present().filter(side=Criterion.Side.EXIT, is_required=True, stage__removed_at=None)
    asked = [one for one in criteria.order_by("id") if one.kind != Criterion.Kind.CHECK]
    catalogue = condition_catalogue() if asked else {}
    at = None if parameters["live"] else parameters["cutoff"]
    # Journeys repeat conditions: each is asked once.
    shared: dict[Any, list[int]] = {}
    for one in asked:
        try:
            shared.setdefault(parse_condition(one.condition, catalogue), []).append(one.pk)
        except BadCondition:
            continue
    # As one literal, for every condition names them: thousands of ids would be parsed one by one.
    among = RawSQL("accounts_account.id = ANY(%s::bigint[])", (literal(account_ids),), output_field=BooleanField())
    accounts = Account.everything.filter(among).order_by()
    found = [
        accounts.filter(matching([condition], at=at))
        .annotate(criterion=Value(place, output_field=IntegerField()))
        .values_list("pk", "criterion")
        for place, condition in enumerate(shared)
    ]
    rows = found[0].union(*found[1:], all=True) if found else ()
    names = list(shared.values())
    pairs = [(account_id, criterion) for account_id, place in rows for criterion in names[place]]
    return {"held_accounts": [pair[0] for pair in pairs], "held_criteria": [pair[1] for pair in pairs]}


READINESS = Source(
    name="readiness",
    sql=READING,
    prepare=_held_conditions,
    measures=(
        Measure(
            code="risks_owned",
            component=Component.ANTICIPATION,
            label=_("Risks with an owner"),
            definition=_(
                "Of the open risks, the share that somebody handles, put off with a reason, or that a running play is "
                "about. False alarms do not count. An account without a risk is not observed."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=RISK_ROWS, recipe=Share(), buckets={"yes": _("in hand"), "no": _("nobody's")}),
        ),
        Measure(
            code="content_ready",
            component=Component.ANTICIPATION,
            label=_("Content ready for the stage"),
            definition=_(
                "Of the personas known at the customer, the share for whom the library has something for the stage "
                "they are in. An install without a library does not observe it."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=READY_ROWS, recipe=Share(), buckets={"yes": _("ready"), "no": _("missing")}),
        ),
        Measure(
            code="exit_criteria",
            component=Component.JOURNEY,
            label=_("Exit criteria met"),
            definition=_(
                "Of what must be so before the present stage is left, the share that is so. "
                "A stage that asks for nothing is not observed."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=EXIT_ROWS, recipe=Share(), buckets={"yes": _("met"), "no": _("open")}),
        ),
    ),
)
