"""What customers of the demo's product buy it for, in written criteria; and since when they do it."""

import datetime as dt
from typing import Any

from django.db import connection

from accounts.models import Account, Persona
from engagement.models import Feature, UseCase, UseCaseCriterion
from engagement.selectors.measures.use_cases import JUDGED_THEN
from engagement.selectors.moments import moment_of
from engagement.services.use_cases import refresh_use_cases
from team.clock import today

# name: (what it is good for, intents, criteria as (words, what, feature, persona, least, days))
USE_CASES: tuple[tuple[str, str, tuple[str, ...], tuple[tuple[str, str, str, str, int, int], ...]], ...] = (
    (
        "Planning every week",
        "The team plans its week in the product, not beside it.",
        (),
        (
            ("Plans are edited on 8 days of 28", "days", "plan_edited", "", 8, 28),
            ("Three people are at work", "users", "", "", 3, 28),
        ),
    ),
    (
        "Forecasts that hold",
        "Forecasts come from the plan and are handed in on time.",
        (),
        (
            ("10 forecasts are handed in", "events", "forecast_submitted", "", 10, 28),
            ("A dashboard is looked at on 8 days", "days", "dashboard_viewed", "", 8, 28),
        ),
    ),
    (
        "Approvals without mail",
        "Who decides does so in the product; nothing waits in somebody's inbox.",
        (Account.Intent.REPLACED_PROCESS, Account.Intent.ROLL_OUT),
        (
            ("5 approvals are given", "events", "approval_given", "", 5, 28),
            ("Their champion works in it", "users", "", Persona.CHAMPION, 1, 28),
        ),
    ),
    (
        "Connected to their data",
        "Numbers flow in by themselves; nobody types them.",
        (Account.Intent.SWITCHED, Account.Intent.ROLL_OUT),
        (
            ("A data source is connected", "events", "data_source_connected", "", 1, 90),
            ("Reports go out by themselves", "events", "report_scheduled", "", 4, 28),
        ),
    ),
)
# Weeks ago at which the past is looked at for the first day.
STEPS = (20, 16, 12, 9, 6, 4, 2)
# In larger worlds nobody looks back.
MOST_LOOKED_BACK = 2_000
# The first day on which it held, as far as the days of use reach back.
REACHED = f"""
WITH {JUDGED_THEN}
UPDATE engagement_usecasestate s
   SET reached_on = least(coalesce(s.reached_on, %(as_of)s), %(as_of)s - (j.account_id %% 7)::integer)
FROM judged j
WHERE j.account_id = s.account_id AND j.use_case_id = s.use_case_id AND j.is_reached
  AND (s.reached_on IS NULL OR s.reached_on > %(as_of)s)
"""  # noqa: S608 constants of the measures


def write_use_cases(*, first: int) -> None:
    """The use cases once; where the accounts from `first` on stand with them, and since when."""
    if not UseCase.objects.exists():
        _write()
    ids = list(Account.objects.filter(pk__gte=first).order_by("pk").values_list("pk", flat=True))
    refresh_use_cases(account_ids=ids, moment=moment_of())
    if len(ids) > MOST_LOOKED_BACK:
        return
    parameters: dict[str, Any] = {"accounts": ids}
    with connection.cursor() as cursor:
        for weeks in STEPS:
            cursor.execute(REACHED, {**parameters, "as_of": today() - dt.timedelta(weeks=weeks)})


def _write() -> None:
    features = dict(Feature.objects.values_list("name", "pk"))
    for place, (name, description, intents, criteria) in enumerate(USE_CASES, start=1):
        case = UseCase.objects.create(name=name, description=description, intents=list(intents), position=place)
        UseCaseCriterion.objects.bulk_create(
            [
                UseCaseCriterion(
                    use_case=case,
                    words=words,
                    what=what,
                    feature_id=features.get(feature),
                    persona=persona,
                    least=least,
                    days=days,
                )
                for words, what, feature, persona, least, days in criteria
            ]
        )
