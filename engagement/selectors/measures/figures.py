"""The figures that formulas may use: what each is called, how it is narrowed, and the fixed SQL behind it.

SECURITY: every piece of SQL here is a constant. What a formula brings (days, choices) goes in as bound parameters only.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Promise | str


@dataclass(frozen=True)
class By:
    """One narrowing of a figure. `test` holds for the rows that stay; `{given}` is the bound list of values.

    `choices` names the list that people choose from (see engagement.selectors.measures.catalogue).
    """

    key: str
    label: Words
    choices: str
    test: str
    is_required: bool = False


@dataclass(frozen=True)
class FigureRule:
    """One figure: over the rows `r` of its source, `amount` put together by `how`.

    `each` counts different values of an expression, and `named` is the title of such a group in the evidence.
    `window` is the test with `{days}`; `when` holds for rows that count at all; `unless` where `key` is not narrowed.
    """

    name: str
    group: Words
    said: Words
    how: Literal["sum", "mean", "least", "each"] = "sum"
    amount: str = "1"
    days: int | None = None
    window: str = ""
    when: str = "true"
    unless: tuple[str, str] = ("", "true")
    each: str = ""
    named: str = "''"
    each_is: str = ""
    narrowings: tuple[By, ...] = ()
    is_money: bool = False


@dataclass(frozen=True)
class FigureSource:
    """Rows of one table about `{account}`, and whether having none is an observation.

    `rows` selects `id, at, what, title` and what the figures ask about. `known` selects `is_known, day` in one row:
    with `is_known` no rows are a true 0. `known_by` is how the evidence shows that: by a row of its own, because there
    are rows, or always. `day` is the day of observation of means and smallest values, over the rows.
    """

    name: str
    rows: str
    known: str
    figures: tuple[FigureRule, ...]
    day: str = "max(r.at)::date"
    known_by: Literal["marker", "rows", "always"] = "marker"


_AGO = "%(cutoff)s - {days} * interval '1 day'"
_IN_TIME = "(%(live)s OR {at} <= %(cutoff)s)"

_FEATURE = By(
    "feature",
    _("Feature"),
    "features",
    # Events of a merged feature count for the one that it was merged into.
    "r.feature_id IN (SELECT coalesce(f.merged_into_id, f.id) FROM engagement_feature f WHERE f.name = ANY({given}))",
)
_SORT = By(
    "sort",
    _("Only"),
    "feature_sorts",
    "((r.is_key AND 'key' = ANY({given})) OR (r.is_core_action AND 'core' = ANY({given})))",
)
# The same asked of what one user used on a day.
_FEATURE_OF_USER = By(
    "feature",
    _("Feature"),
    "features",
    """r.features && ARRAY(SELECT coalesce(f.merged_into_id, f.id)::int FROM engagement_feature f
        WHERE f.name = ANY({given}))""",
)
_SORT_OF_USER = By(
    "sort",
    _("Only"),
    "feature_sorts",
    """r.features && ARRAY(SELECT f.id::int FROM engagement_feature f
        WHERE (f.is_key AND 'key' = ANY({given})) OR (f.is_core_action AND 'core' = ANY({given})))""",
)
_USAGE_WINDOW = "r.day > %(as_of)s - {days}"

USAGE = FigureSource(
    name="usage",
    rows="""
SELECT u.id, u.day::timestamptz AS at, 'usage_day' AS what, coalesce(nullif(f.label, ''), f.name) AS title, u.day,
       u.events, u.users, u.feature_id, f.is_key, f.is_core_action
FROM engagement_usageday u JOIN engagement_feature f ON f.id = u.feature_id
WHERE u.account_id = {account} AND u.day <= %(as_of)s AND u.day > %(as_of)s - %(longest)s
""",
    known="""
SELECT max(day) IS NOT NULL AS is_known,
       CASE WHEN %(usage_alive)s THEN %(usage_on)s::date ELSE max(day) END AS day
FROM engagement_usageday WHERE account_id = {account} AND day <= %(as_of)s
""",
    figures=(
        FigureRule(
            "usage.events",
            _("Usage"),
            _("events"),
            amount="r.events",
            days=28,
            window=_USAGE_WINDOW,
            narrowings=(_FEATURE, _SORT),
        ),
        FigureRule(
            "usage.days",
            _("Usage"),
            _("days with use"),
            how="each",
            each="r.day",
            each_is="usage_day",
            days=28,
            window=_USAGE_WINDOW,
            when="r.events > 0",
            narrowings=(_FEATURE, _SORT),
        ),
        FigureRule(
            "usage.features",
            _("Usage"),
            _("different features used"),
            how="each",
            each="r.feature_id",
            each_is="feature",
            named="min(r.title)",
            days=28,
            window=_USAGE_WINDOW,
            when="r.events > 0",
            narrowings=(_SORT,),
        ),
        FigureRule(
            "usage.user_days",
            _("Usage"),
            _("users of each day, added up"),
            amount="r.users",
            days=28,
            window=_USAGE_WINDOW,
            narrowings=(_FEATURE, _SORT),
        ),
    ),
)

USERS = FigureSource(
    name="users",
    rows="""
SELECT u.id, u.day::timestamptz AS at, 'user' AS what, u.user_key AS title, u.day, u.user_key,
       u.features
FROM engagement_userday u
WHERE u.account_id = {account} AND u.day <= %(as_of)s AND u.day > %(as_of)s - %(longest)s
""",
    known="""
SELECT max(day) IS NOT NULL AS is_known,
       CASE WHEN %(users_alive)s THEN %(users_on)s::date ELSE max(day) END AS day
FROM engagement_userday WHERE account_id = {account} AND day <= %(as_of)s
""",
    figures=(
        FigureRule(
            "usage.users",
            _("Usage"),
            _("active users"),
            how="each",
            each="r.user_key",
            each_is="user",
            named="min(r.title)",
            days=28,
            window=_USAGE_WINDOW,
            narrowings=(_FEATURE_OF_USER, _SORT_OF_USER),
        ),
    ),
)

_KINDS = By("kind", _("Kind"), "touch_kinds", "r.kind = ANY({given})")
_DIRECTION = By("direction", _("Direction"), "directions", "r.direction = ANY({given})")
_VALENCE = By("valence", _("Mood"), "valences", "r.valence = ANY({given})")
_TOUCH = "deleted_at IS NULL AND NOT is_automated AND occurred_at <= %(cutoff)s"
# Without a kind a touch is a contact by a person, outside the house, as in the measures that Perennial brings.
_OUTSIDE = ("kind", "r.direction <> 'none' AND r.kind NOT IN ('note', 'news', 'invoice', 'course')")

TOUCHES = FigureSource(
    name="touches",
    rows=f"""
SELECT id, occurred_at AS at, kind AS what, subject AS title, kind, direction, valence, minutes
FROM accounts_touchpoint
WHERE account_id = {{account}} AND {_TOUCH} AND occurred_at > %(cutoff)s - %(longest)s * interval '1 day'
""",  # noqa: S608 constants of this module
    known=f"""
SELECT %(touches_alive)s OR max(occurred_at) IS NOT NULL AS is_known,
       CASE WHEN %(touches_alive)s THEN %(as_of)s::date ELSE max(occurred_at)::date END AS day
FROM accounts_touchpoint WHERE account_id = {{account}} AND {_TOUCH}
""",  # noqa: S608 constants of this module
    figures=(
        FigureRule(
            "touches.count",
            _("Touchpoints"),
            _("touchpoints"),
            days=90,
            window="r.at > " + _AGO,
            unless=_OUTSIDE,
            narrowings=(_KINDS, _DIRECTION, _VALENCE),
        ),
        FigureRule(
            "touches.minutes",
            _("Touchpoints"),
            _("minutes of touchpoints"),
            amount="r.minutes",
            days=90,
            window="r.at > " + _AGO,
            unless=_OUTSIDE,
            narrowings=(_KINDS, _DIRECTION, _VALENCE),
        ),
    ),
)

_PRIORITY = By("priority", _("Priority"), "priorities", "r.priority = ANY({given})")
_CLOSED = "CASE WHEN closed_at <= %(cutoff)s THEN closed_at END"

TICKETS = FigureSource(
    name="tickets",
    rows=f"""
SELECT id, opened_at AS at, 'ticket_' || priority AS what, coalesce(nullif(subject, ''), external_id, '') AS title,
       priority, opened_at, {_CLOSED} AS closed_at, greatest(opened_at, {_CLOSED}) AS moved_at, reopened_count,
       satisfaction, CASE WHEN first_response_at <= %(cutoff)s
                          THEN extract(epoch FROM first_response_at - opened_at) / 3600 END AS response_hours
FROM accounts_ticket
WHERE account_id = {{account}} AND deleted_at IS NULL AND opened_at <= %(cutoff)s
""",  # noqa: S608 constants of this module
    # No ticket in a year is no sign of no trouble, as with the blockers.
    known=f"""
SELECT coalesce(max(greatest(opened_at, {_CLOSED})) > %(cutoff)s - interval '365 days', false) AS is_known,
       CASE WHEN %(tickets_alive)s THEN %(tickets_on)s::date
            ELSE max(greatest(opened_at, {_CLOSED}))::date END AS day
FROM accounts_ticket WHERE account_id = {{account}} AND deleted_at IS NULL AND opened_at <= %(cutoff)s
""",  # noqa: S608 constants of this module
    figures=(
        FigureRule(
            "tickets.opened",
            _("Tickets"),
            _("tickets opened"),
            days=30,
            window="r.opened_at > " + _AGO,
            narrowings=(_PRIORITY,),
        ),
        FigureRule(
            "tickets.open", _("Tickets"), _("open tickets"), when="r.closed_at IS NULL", narrowings=(_PRIORITY,)
        ),
        FigureRule(
            "tickets.reopened",
            _("Tickets"),
            _("times that a ticket was reopened"),
            amount="r.reopened_count",
            days=90,
            window="r.moved_at > " + _AGO,
            narrowings=(_PRIORITY,),
        ),
        FigureRule(
            "tickets.response_hours",
            _("Tickets"),
            _("mean hours to the first response of tickets opened"),
            how="mean",
            amount="r.response_hours",
            days=90,
            window="r.opened_at > " + _AGO,
            when="r.response_hours IS NOT NULL",
            narrowings=(_PRIORITY,),
        ),
        FigureRule(
            "tickets.satisfaction",
            _("Tickets"),
            _("mean satisfaction with tickets"),
            how="mean",
            amount="r.satisfaction",
            days=90,
            window="coalesce(r.closed_at, r.opened_at) > " + _AGO,
            when="r.satisfaction IS NOT NULL",
            narrowings=(_PRIORITY,),
        ),
    ),
)

_SURVEY_KIND = By("kind", _("Survey"), "survey_kinds", "r.kind = ANY({given})")
_SURVEY_KIND_ONE = By("kind", _("Survey"), "scored_kinds", "r.kind = ANY({given})", is_required=True)
_ANSWERED = "r.account_id = {account} AND r.state = 'confirmed' AND " + _IN_TIME.format(at="r.submitted_at")
_HAPPY = """CASE r.kind WHEN 'nps' THEN r.score >= 9 WHEN 'csat' THEN r.score >= 4 ELSE r.score >= 6 END"""

SURVEYS = FigureSource(
    name="surveys",
    rows=f"""
SELECT r.id, r.submitted_at AS at, 'answer' AS what, coalesce(c.name, '') AS title, s.kind, r.score
FROM voc_response r JOIN voc_surveyversion v ON v.id = r.version_id JOIN voc_survey s ON s.id = v.survey_id
LEFT JOIN accounts_contact c ON c.id = r.contact_id
WHERE {_ANSWERED} AND r.submitted_at > %(cutoff)s - %(longest)s * interval '1 day'
""",  # noqa: S608 constants of this module
    # Who was asked within a year and said nothing gave a true 0 answers.
    known=f"""
SELECT max(asked.at) IS NOT NULL AS is_known, least(max(asked.at)::date, %(as_of)s) AS day FROM (
    SELECT r.submitted_at AS at FROM voc_response r
    WHERE {_ANSWERED} AND r.submitted_at > %(cutoff)s - interval '365 days'
    UNION ALL
    SELECT i.created_at FROM voc_invitation i
    WHERE i.account_id = {{account}} AND i.state IN ('sent', 'answered', 'expired', 'declined')
      AND {_IN_TIME.format(at="i.created_at")} AND i.created_at > %(cutoff)s - interval '365 days'
) asked
""",  # noqa: S608 constants of this module
    day="least(max(r.at)::date, %(as_of)s)",
    figures=(
        FigureRule(
            "surveys.answers",
            _("Surveys"),
            _("survey answers"),
            days=90,
            window="r.at > " + _AGO,
            narrowings=(_SURVEY_KIND,),
        ),
        FigureRule(
            "surveys.score",
            _("Surveys"),
            _("mean %(kind)s score"),
            how="mean",
            amount="r.score",
            days=90,
            window="r.at > " + _AGO,
            when="r.score IS NOT NULL",
            narrowings=(_SURVEY_KIND_ONE,),
        ),
        FigureRule(
            "surveys.happy",
            _("Surveys"),
            _("share of good %(kind)s answers"),
            how="mean",
            amount=f"({_HAPPY})::int",
            days=90,
            window="r.at > " + _AGO,
            when="r.score IS NOT NULL",
            narrowings=(_SURVEY_KIND_ONE,),
        ),
    ),
)
