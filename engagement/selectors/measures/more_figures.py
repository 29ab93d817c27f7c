"""The figures that formulas may use, continued: what was said, contracts, people, own fields and facts.

SECURITY: as in `figures`, every piece of SQL is a constant and what a formula brings is bound.
"""

from django.utils.translation import gettext_lazy as _

from accounts.selectors.rates import rate_sql
from engagement.selectors.measures.figures import (
    SURVEYS,
    TICKETS,
    TOUCHES,
    USAGE,
    USERS,
    By,
    FigureRule,
    FigureSource,
)

_THEME = By(
    "theme",
    _("Theme"),
    "themes",
    """EXISTS (SELECT 1 FROM voc_feedbacktheme tag JOIN voc_theme theme ON theme.id = tag.theme_id
        WHERE tag.feedback_id = r.id AND theme.slug = ANY({given}))""",
)
_LABEL = By("label", _("Mood"), "labels", "r.label = ANY({given})")
_SOURCE = By("source", _("Where it was said"), "feedback_sources", "r.source = ANY({given})")
_SAID = """f.account_id = {account} AND f.duplicate_of_id IS NULL AND (%(live)s OR f.received_at <= %(cutoff)s)"""
_WINDOW = "r.at > %(cutoff)s - {days} * interval '1 day'"

FEEDBACK = FigureSource(
    name="feedback",
    rows=f"""
SELECT f.id, f.received_at AS at, 'feedback_' || f.source AS what, left(f.text, 200) AS title, f.source, f.label,
       f.sentiment
FROM voc_feedback f
WHERE {_SAID} AND f.received_at > %(cutoff)s - %(longest)s * interval '1 day'
""",  # noqa: S608 constants of this module
    known=f"""
SELECT max(f.received_at) IS NOT NULL AS is_known, least(max(f.received_at)::date, %(as_of)s) AS day
FROM voc_feedback f WHERE {_SAID} AND f.received_at > %(cutoff)s - interval '365 days'
""",  # noqa: S608 constants of this module
    day="least(max(r.at)::date, %(as_of)s)",
    figures=(
        FigureRule(
            "feedback.count",
            _("Feedback"),
            _("pieces of feedback"),
            days=90,
            window=_WINDOW,
            narrowings=(_THEME, _LABEL, _SOURCE),
        ),
        FigureRule(
            "feedback.sentiment",
            _("Feedback"),
            _("mean sentiment of feedback"),
            how="mean",
            amount="r.sentiment",
            days=90,
            window=_WINDOW,
            when="r.sentiment IS NOT NULL",
            narrowings=(_THEME, _SOURCE),
        ),
    ),
)

_RUNS = """s.account_id = {account} AND s.deleted_at IS NULL AND NOT s.is_trial AND s.starts_on <= %(as_of)s
  AND (s.ends_on >= %(as_of)s OR (s.ends_on IS NULL AND s.status = 'active'))"""

CONTRACTS = FigureSource(
    name="contracts",
    rows=f"""
SELECT s.id, s.starts_on::timestamptz AS at, 'subscription' AS what,
       coalesce(nullif(s.plan, ''), s.external_id, '') AS title, s.seats, s.renews_on,
       s.arr * ({rate_sql(currency="s.currency", day="%(as_of)s")}) AS arr
FROM accounts_subscription s WHERE {_RUNS}
""",  # noqa: S608 constants of this module
    known=f"SELECT count(*) > 0 AS is_known, %(as_of)s::date AS day FROM accounts_subscription s WHERE {_RUNS}",  # noqa: S608
    day="%(as_of)s::date",
    known_by="rows",
    figures=(
        FigureRule("contracts.arr", _("Contracts"), _("ARR"), amount="r.arr", is_money=True),
        FigureRule("contracts.seats", _("Contracts"), _("seats"), amount="r.seats"),
        FigureRule(
            "contracts.renewal_days",
            _("Contracts"),
            _("days to the next renewal"),
            how="least",
            amount="r.renews_on - %(as_of)s",
            when="r.renews_on >= %(as_of)s",
        ),
    ),
)

PEOPLE = FigureSource(
    name="people",
    rows="""
SELECT c.id, c.created_at AS at, 'contact' AS what, c.name AS title, c.persona,
       (c.status <> 'left' OR coalesce(c.left_on > %(as_of)s, false)) AS is_there
FROM accounts_contact c
WHERE c.account_id = {account} AND c.deleted_at IS NULL AND (%(live)s OR c.created_at <= %(cutoff)s)
""",
    known="SELECT true AS is_known, %(as_of)s::date AS day",
    day="%(as_of)s::date",
    known_by="always",
    figures=(
        FigureRule(
            "people.active",
            _("People"),
            _("people who are still there"),
            when="r.is_there",
            narrowings=(By("persona", _("Persona"), "personas", "r.persona = ANY({given})"),),
        ),
        FigureRule(
            "people.left",
            _("People"),
            _("people who have left"),
            when="NOT r.is_there",
            narrowings=(By("persona", _("Persona"), "personas", "r.persona = ANY({given})"),),
        ),
    ),
)

# Fields carry no date: for a past day nobody knows what stood in them.
FIELDS = FigureSource(
    name="fields",
    rows="""
SELECT d.id, a.updated_at AS at, 'field' AS what, d.label AS title, d.key,
       CASE WHEN jsonb_typeof(a.custom -> d.key) = 'number' THEN (a.custom ->> d.key)::float8 END AS number
FROM accounts_account a CROSS JOIN accounts_customfield d
WHERE a.id = {account} AND d.type = 'number' AND %(live)s
""",
    known="SELECT false AS is_known, NULL::date AS day",
    day="%(as_of)s::date",
    known_by="rows",
    figures=(
        FigureRule(
            "fields.number",
            _("Own fields and facts"),
            _("field “%(field)s”"),
            how="least",
            amount="r.number",
            when="r.number IS NOT NULL",
            narrowings=(By("field", _("Field"), "fields", "r.key = ANY({given})", is_required=True),),
        ),
    ),
)

# Facts of this app follow from scores; a score that follows from them would never come to rest.
FACTS = FigureSource(
    name="facts",
    rows="""
SELECT DISTINCT ON (d.id) f.id, f.observed_at AS at, 'fact' AS what, coalesce(nullif(d.label, ''), d.name) AS title,
       d.name, f.number
FROM accounts_fact f JOIN accounts_factdefinition d ON d.id = f.definition_id
WHERE f.account_id = {account} AND d.type = 'number' AND d.owner <> 'engagement' AND f.observed_at <= %(cutoff)s
ORDER BY d.id, f.observed_at DESC, f.id DESC
""",
    known="SELECT false AS is_known, NULL::date AS day",
    known_by="rows",
    figures=(
        FigureRule(
            "facts.number",
            _("Own fields and facts"),
            _("fact “%(fact)s”"),
            how="least",
            amount="r.number",
            when="r.number IS NOT NULL",
            narrowings=(By("fact", _("Fact"), "facts", "r.name = ANY({given})", is_required=True),),
            is_money=True,
        ),
    ),
)

FIGURE_SOURCES: tuple[FigureSource, ...] = (
    USAGE,
    USERS,
    TOUCHES,
    TICKETS,
    SURVEYS,
    FEEDBACK,
    CONTRACTS,
    PEOPLE,
    FIELDS,
    FACTS,
)
FIGURES: dict[str, tuple[FigureSource, FigureRule]] = {
    rule.name: (source, rule) for source in FIGURE_SOURCES for rule in source.figures
}
