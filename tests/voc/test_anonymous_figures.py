"""What pages say of anonymous surveys: how many answered, never who, and nobody is called silent for it."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import Contact
from team.models import User
from tests.voc.makers import make_invitation
from tests.voc.makers_answers import make_link
from tests.voc.makers_results import make_survey
from tests.voc.makers_waves import make_people
from voc.formulas.results.filters import Filters
from voc.models import Invitation, ListeningFinding, Response, SurveyVersion, Wave
from voc.selectors.audiences import response_rate
from voc.selectors.results import read_survey, scope_of
from voc.selectors.results.bias import read_bias
from voc.selectors.results.listing import surveys_with_counts
from voc.selectors.voice import voice_of
from voc.selectors.waves import tally_waves
from voc.services.coverage.tallying import tally_coverage
from voc.services.links import mail_link

pytestmark = pytest.mark.django_db
FIRST = dt.datetime(2026, 5, 6, 9, 40, tzinfo=dt.UTC)
SECOND = dt.datetime(2026, 8, 5, 9, 20, tzinfo=dt.UTC)


@pytest.fixture
def version(csm: User) -> SurveyVersion:
    return make_survey(csm, is_anonymous=True)


def send(version: SurveyVersion, people: list[Contact], at: dt.datetime, name: str) -> Wave:
    """A wave whose mails went out then."""
    wave: Wave = version.survey.waves.create(name=name, version=version, state=Wave.State.SENT, send_at=at)
    for contact in people:
        invitation, _token = make_invitation(version, contact, occasion=name, wave=wave, sent_at=at)
        Invitation.objects.filter(pk=invitation.pk).update(created_at=at)
    return wave


def answer(version: SurveyVersion, *hours: dt.datetime, by_mail: bool = True) -> None:
    link = mail_link(version.survey) if by_mail else make_link(version.survey)
    for at in hours:
        Response.objects.create(version=version, link=link, state="confirmed", score=9, submitted_at=at)


def hour(at: dt.datetime, days: int = 0) -> dt.datetime:
    return at.replace(minute=0) + dt.timedelta(days=days)


def test_an_answer_counts_for_the_wave_that_went_out_last_before_it(csm: User, version: SurveyVersion) -> None:
    people = make_people(csm, 4)
    first, second = send(version, people, FIRST, "one"), send(version, people, SECOND, "two")
    answer(version, hour(FIRST), hour(FIRST, 80), hour(SECOND), hour(FIRST, -1))
    answer(version, hour(SECOND, 1), by_mail=False)
    found = tally_waves(user=csm, wave_ids=[first.pk, second.pk])
    assert (found[first.pk].answered, found[first.pk].rate) == (2, 0.5)
    assert (found[second.pk].answered, found[second.pk].delivered) == (1, 4)


def test_the_link_of_an_earlier_secret_still_counts(csm: User, version: SurveyVersion, settings: LazySettings) -> None:
    wave = send(version, make_people(csm, 2), FIRST, "one")
    answer(version, hour(FIRST, 1))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-of-this-server", [settings.SECRET_KEY]
    answer(version, hour(FIRST, 2))
    assert tally_waves(user=csm, wave_ids=[wave.pk])[wave.pk].answered == 2


def test_a_forwarded_link_makes_no_rate_above_all(csm: User, version: SurveyVersion) -> None:
    wave = send(version, make_people(csm, 1), FIRST, "one")
    answer(version, *[hour(FIRST, 1)] * 3)
    found = tally_waves(user=csm, wave_ids=[wave.pk])[wave.pk]
    assert (found.answered, found.rate) == (3, 1.0)


def test_the_figures_of_a_wave_belong_to_no_book(csm: User, stranger: User, version: SurveyVersion) -> None:
    wave = send(version, make_people(csm, 3), FIRST, "one")
    answer(version, hour(FIRST, 1))
    found = tally_waves(user=stranger, wave_ids=[wave.pk])[wave.pk]
    assert (found.delivered, found.answered) == (3, 1)
    [row] = surveys_with_counts(stranger)
    assert (row.asked, row.answered) == (3, 1)  # type: ignore[attr-defined]


def test_the_page_of_a_wave_says_how_many_answered(as_csm: Client, csm: User, version: SurveyVersion) -> None:
    wave = send(version, make_people(csm, 4), FIRST, "one")
    answer(version, hour(FIRST, 1))
    page = as_csm.get(reverse("wave", args=[wave.pk])).content.decode()
    assert "25 % of those delivered" in page.replace("\u202f", " ").replace("\xa0", " ")
    listed = as_csm.get(reverse("survey_waves", args=[version.survey_id])).context["waves"]
    assert listed[0].tally.answered == 1


def test_the_forecast_learns_from_anonymous_answers(csm: User, version: SurveyVersion) -> None:
    send(version, make_people(csm, 40), FIRST, "one")
    answer(version, *[hour(FIRST, 1)] * 30)
    rate, known = response_rate(version.survey)
    assert known == 40
    assert rate > 0.5


def test_nobody_is_silent_for_what_was_anonymous(csm: User, version: SurveyVersion) -> None:
    [person] = make_people(csm, 1)
    for number in range(4):
        invitation, _token = make_invitation(version, person, occasion=f"w{number}")
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=invitation.created_at)
    assert (voice_of(person.account).asked, voice_of(person.account).silent) == (0, [])
    tally_coverage()
    assert not ListeningFinding.objects.filter(kind="never").exists()
    assert read_bias(read_survey(scope_of(csm, version.survey), Filters())) == []
