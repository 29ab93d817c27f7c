"""Makers of waves and triggers."""

import datetime as dt
from typing import Any

from accounts.models import Contact
from team.clock import now
from team.models import User
from tests.makers import make_account, make_contact
from voc.models import Survey, SurveyTrigger, Wave
from voc.selectors.audiences import audience_of, forecast
from voc.services.waves import launch_wave, save_wave
from voc.services.waves.writing import may_change

# A Wednesday at noon in London: everybody in Europe is at work.
WORKING_HOUR = dt.datetime(2026, 9, 16, 11, 0, tzinfo=dt.UTC)


def make_people(csm: User, number: int, *, per_account: int = 1, **fields: Any) -> list[Contact]:
    """People at customers in Denmark, so many per account."""
    people: list[Contact] = []
    while len(people) < number:
        account = make_account(csm=csm, country="DK")
        people += [make_contact(account, **fields) for _one in range(min(per_account, number - len(people)))]
    return people


def make_wave(actor: User, survey: Survey, **fields: Any) -> Wave:
    values: dict[str, Any] = {
        "name": "Wave",
        "audience": {"kind": "rule"},
        "conditions": [],
        "personas": [],
        "stages": [],
        "sample_size": None,
        "per_account": None,
        "send_at": None,
        "recurs_every_days": None,
    }
    return save_wave(actor=actor, survey=survey, wave=None, **{**values, **fields})


def launch(actor: User, wave: Wave) -> Wave:
    """Launched with the number that the page would show."""
    people = audience_of(wave, user=actor)
    asked = forecast(
        people, wave.survey, seed=wave.seed, sample_size=wave.sample_size, per_account=wave.per_account
    ).asked
    assert may_change(actor, wave)
    return launch_wave(actor=actor, wave=wave, expected=asked)


def make_trigger(survey: Survey, kind: str, **fields: Any) -> SurveyTrigger:
    """One that was switched on a while ago."""
    fields.setdefault("is_active", True)
    if fields["is_active"]:
        fields.setdefault("active_from", now() - dt.timedelta(days=60))
    return SurveyTrigger.objects.create(survey=survey, kind=kind, **fields)
