"""Results of a survey: figures, filters, small groups, and who sees what."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_feedback, make_invitation
from tests.voc.makers_results import make_answered, make_survey
from voc.formulas.results.filters import Filters
from voc.models import FeedbackTheme, Invitation, Response, SurveyVersion, Theme, Wave
from voc.selectors.results import Reading, read_overview, read_rates, read_strip, read_survey, scope_of
from voc.selectors.results.bias import read_bias
from voc.selectors.results.details import read_comparison, read_drivers, read_questions, read_together

PAGES = ("survey", "survey_questions", "survey_drivers", "survey_comments", "survey_compare", "survey_bias")


def account_of(response: Response) -> Account:
    assert response.account
    return response.account


def read(user: User, version: SurveyVersion, **words: str) -> Reading:
    return read_survey(scope_of(user, version.survey), Filters(words=words))


def test_only_confirmed_answers_count_and_the_others_stand_apart(manager: User) -> None:
    version = make_survey(manager)
    for score in (10, 10, 9, 7, 3):
        make_answered(version, score)
    make_answered(version, 0, state="provisional")
    make_answered(version, 0, state="machine")
    make_answered(version, 0, state="partial")
    reading = read(manager, version)
    rates = read_rates(reading)
    found = read_overview(reading, rates).headline
    assert found is not None
    assert (found.n, found.value) == (5, 40.0)
    assert (rates.confirmed, rates.partial, rates.provisional, rates.machine) == (5, 1, 1, 1)


def test_csat_is_the_share_of_four_and_five_and_ces_a_mean_with_its_top_two(manager: User) -> None:
    csat = make_survey(
        manager, kind="csat", definition={"languages": ["en"], "questions": [{"id": "q", "type": "csat", "text": {}}]}
    )
    for score in (5, 4, 4, 2):
        make_answered(csat, score, answers={"q": score})
    found = read_overview(read(manager, csat)).headline
    assert found is not None
    assert found.value == 75.0
    ces = make_survey(
        manager, kind="ces", definition={"languages": ["en"], "questions": [{"id": "q", "type": "ces", "text": {}}]}
    )
    for score in (7, 6, 2):
        make_answered(ces, score, answers={"q": score})
    found = read_overview(read(manager, ces)).headline
    assert found is not None
    assert found.value == pytest.approx(5.0)
    assert found.top is not None
    assert found.top.value == pytest.approx(2 / 3)


def test_every_type_of_question_has_its_result(manager: User) -> None:
    version = make_survey(manager)
    given: dict[str, Any] = {
        "why": ["speed"],
        "uses": ["plan", "report"],
        "order": ["b", "a"],
        "grid": {"r1": "c2", "r2": "c1"},
        "stars": 4,
        "ok": ["yes"],
        "words": "Fine",
    }
    make_answered(version, 9, answers=given)
    make_answered(version, 9, answers={**given, "why": "the team", "order": ["a", "b"], "ok": ["no"]})
    found = {one.question.id: one for one in read_questions(read(manager, version))}
    assert {one.id: one.count for one in found["why"].choices} == {"speed": 1, "price": 0, "other.": 1}
    assert {one.id: one.count for one in found["uses"].choices} == {"plan": 2, "report": 2}
    assert [one.place.value for one in found["order"].ranking] == [1.5, 1.5]
    assert found["grid"].matrix == {"r1": {"c1": 0, "c2": 2}, "r2": {"c1": 2, "c2": 0}}
    assert found["stars"].measured is not None
    assert found["stars"].measured.value == 4.0
    assert {one.id: one.count for one in found["ok"].choices} == {"yes": 1, "no": 1}
    assert found["words"].n == 2


def test_drop_off_is_where_the_last_question_was_seen(manager: User) -> None:
    version = make_survey(manager)
    make_answered(version, 9, answers={"why": ["speed"]})
    make_answered(version, 5, state="partial", seen=["nps", "why"])
    found = {one.question.id: one for one in read_questions(read(manager, version))}
    assert (found["nps"].seen, found["nps"].answered, found["nps"].left) == (2, 2, 0)
    assert (found["why"].seen, found["why"].answered, found["why"].left) == (2, 1, 1)
    assert found["words"].seen == 1


def test_answers_to_an_option_of_an_older_version_are_kept(manager: User) -> None:
    version = make_survey(manager)
    make_answered(version, 9, answers={"why": ["price"]})
    newer: dict[str, Any] = {
        "languages": ["en"],
        "questions": [{**question} for question in version.definition["questions"]],
    }
    newer["questions"][1]["options"] = [{"id": "speed", "text": {"en": "Pace"}}]
    newer["questions"] = newer["questions"][:3]
    second = SurveyVersion.objects.create(survey=version.survey, number=2, definition=newer)
    make_answered(second, 9, answers={"why": ["speed"]})
    found = {one.question.id: one for one in read_questions(read(manager, version))}
    assert {one.id: one.count for one in found["why"].choices} == {"speed": 1, "price": 1, "other.": 0}
    assert found["why"].question.option_text("speed", "en") == "Pace"
    assert "words" in found


def test_filters_keep_what_fits_and_stand_in_the_address(client: Client, manager: User) -> None:
    version = make_survey(manager)
    for persona, score in (("champion", 10), ("champion", 9), ("user", 0)):
        make_answered(version, score, persona=persona, segment="Enterprise")
    found = read_overview(read(manager, version, persona="champion")).headline
    assert found is not None
    assert (found.n, found.value) == (2, 100.0)
    client.force_login(manager)
    page = client.get(reverse("survey", args=[version.survey_id]), {"persona": "champion", "from": "2020-01"})
    assert page.status_code == 200
    assert "persona=champion" in page.content.decode()
    nothing = client.get(reverse("survey", args=[version.survey_id]), {"persona": "nobody", "from": "no month"})
    assert nothing.status_code == 200


def test_finite_population_narrows_the_interval_where_everybody_asked_is_known(manager: User) -> None:
    version = make_survey(manager)
    for score in (10, 9, 8, 3):
        make_answered(version, score, is_invited=True)
    reading = read(manager, version)
    closed = read_overview(reading, read_rates(reading)).headline
    wide = read_overview(reading).headline
    assert closed is not None
    assert wide is not None
    assert closed.population == 4
    assert closed.low == closed.value == closed.high
    assert wide.low is not None
    assert closed.low is not None
    assert wide.low < closed.low


def test_csms_see_their_book_and_members_what_was_granted(csm: User, stranger: User, manager: User) -> None:
    version = make_survey(manager)
    make_answered(version, 10, account=make_account(csm=csm))
    make_answered(version, 0, account=make_account(csm=stranger))
    values = [read_overview(read(user, version)).headline for user in (csm, stranger, manager)]
    assert [found.value if found else None for found in values] == [100.0, -100.0, 0.0]


def test_an_anonymous_survey_shows_nothing_below_five(manager: User) -> None:
    version = make_survey(manager, is_anonymous=True)
    for score in (10, 9, 8, 3):
        make_answered(version, score)
    reading = read(manager, version)
    assert reading.is_too_small
    assert read_overview(reading).headline is None
    assert read_questions(reading) == []
    make_answered(version, 10)
    found = read_overview(read(manager, version)).headline
    assert found is not None
    assert found.n == 5


def anonymous(manager: User) -> SurveyVersion:
    version = make_survey(manager, is_anonymous=True)
    for persona, size in (("champion", 12), ("user", 8), ("executive", 2)):
        for number in range(size):
            make_answered(version, 9 if number % 2 else 4, persona=persona, segment="Enterprise")
    return version


def test_a_small_group_and_the_next_one_stay_unseen_together(manager: User) -> None:
    version = anonymous(manager)
    table = read_overview(read(manager, version)).tables["persona"]
    assert [group.key for group in table.groups] == ["champion"]
    assert table.unseen == 10


def test_filters_that_would_give_a_small_group_away_are_refused(client: Client, manager: User) -> None:
    version = anonymous(manager)
    assert read(manager, version, persona="executive").is_refused
    assert not read(manager, version, persona="user").is_refused
    make_answered(version, 10, persona="user", segment="Small")
    # All but one: the difference to the page without the filter is one person.
    assert read(manager, version, segment="Enterprise").is_refused
    client.force_login(manager)
    page = client.get(reverse("survey", args=[version.survey_id]), {"persona": "executive"})
    assert "fewer than 5 people" in page.content.decode()


def test_nobody_is_named_in_an_anonymous_survey(client: Client, manager: User) -> None:
    version = anonymous(manager)
    response = Response.objects.order_by("pk").first()
    account = make_account(name="Nordlys Shipping")
    make_feedback(account, "Write to ana@nordlys.example", response=response, contact=make_contact(account, name="Ana"))
    client.force_login(manager)
    for name in ("survey", "survey_comments"):
        text = client.get(reverse(name, args=[version.survey_id])).content.decode()
        assert "Write to" in text
        assert "Nordlys" not in text
        assert "ana@" not in text
    searched = client.get(reverse("survey_comments", args=[version.survey_id]), {"q": "nothing", "mood": "good"})
    assert "Write to" in searched.content.decode()


def test_comments_are_filtered_by_label_theme_score_and_words(client: Client, manager: User) -> None:
    version = make_survey(manager)
    theme = Theme.objects.create(slug="speed", name="Speed")
    for score, text, label in ((10, "Very quick", "positive"), (2, "Slow export", "negative")):
        response = make_answered(version, score, account=make_account())
        said = make_feedback(account_of(response), text, response=response, score_given=score, label=label)
        if score == 2:
            FeedbackTheme.objects.create(feedback=said, theme=theme)
    client.force_login(manager)
    url = reverse("survey_comments", args=[version.survey_id])
    for query in ({"label": "negative"}, {"theme": "speed"}, {"mood": "critical"}, {"q": "export"}):
        text = client.get(url, query).content.decode()
        assert "Slow export" in text
        assert "Very quick" not in text


def test_comments_go_on_page_by_page(client: Client, manager: User) -> None:
    version = make_survey(manager)
    for number in range(23):
        response = make_answered(version, 10, account=make_account())
        make_feedback(account_of(response), f"Comment {number:02}.", response=response)
    client.force_login(manager)
    first = client.get(reverse("survey_comments", args=[version.survey_id]))
    more = client.get(first.context["more_url"], HTTP_HX_REQUEST="true", HTTP_HX_TARGET="more")
    said = first.content.decode() + more.content.decode()
    assert all(f"Comment {number:02}." in said for number in range(23))
    assert "<html" not in more.content.decode()


def test_two_waves_are_compared_with_a_test(client: Client, manager: User) -> None:
    version = make_survey(manager)
    waves = [Wave.objects.create(survey=version.survey, version=version, name=name) for name in ("Spring", "Autumn")]
    for wave, score in zip(waves, (2, 10), strict=True):
        for _ in range(12):
            make_answered(version, score, is_invited=True, wave=wave)
    found = read_comparison(read(manager, version), "wave", str(waves[0].pk), str(waves[1].pk))
    assert found is not None
    assert found.difference.is_clear
    assert found.difference.value == 200
    client.force_login(manager)
    page = client.get(reverse("survey_compare", args=[version.survey_id])).content.decode()
    assert "adjusted Wald test" in page
    assert "Autumn differs from Spring by +200" in page


def test_equal_groups_are_said_to_show_no_evidence(client: Client, manager: User) -> None:
    version = make_survey(manager)
    for days_ago in (10, 75):
        for score in (10, 9, 8, 3, 10, 6):
            make_answered(version, score, days_ago=days_ago)
    client.force_login(manager)
    page = client.get(reverse("survey", args=[version.survey_id])).content.decode()
    assert "No evidence of change" in page


def test_a_theme_that_goes_with_low_scores_is_named_an_association(manager: User) -> None:
    version = make_survey(manager)
    theme = Theme.objects.create(slug="speed", name="Speed")
    for number in range(40):
        is_slow = number < 15
        response = make_answered(version, 2 if is_slow else 10, account=make_account())
        said = make_feedback(account_of(response), "Words", response=response)
        if is_slow:
            FeedbackTheme.objects.create(feedback=said, theme=theme)
    found = read_drivers(read(manager, version), "en")
    assert found[0].key == "theme:speed"
    assert found[0].is_clear
    assert (found[0].difference.value or 0) < 0


def test_who_answered_is_held_against_who_was_asked(manager: User) -> None:
    version = make_survey(manager)
    for number in range(60):
        persona = "champion" if number < 30 else "executive"
        account = make_account()
        contact = make_contact(account, persona=persona)
        if persona == "champion":
            make_answered(version, 9, account=account, contact=contact, is_invited=True)
        else:
            make_invitation(version, contact, state=Invitation.State.EXPIRED)
    sides = {one.key: one for one in read_bias(read(manager, version)) if one.kind == "persona"}
    assert sides["champion"].is_clear
    assert sides["champion"].is_louder
    assert sides["executive"].answered.value == 0.0


def test_surveys_of_one_kind_stand_in_one_trend(client: Client, manager: User) -> None:
    first, second = make_survey(manager), make_survey(manager)
    hidden = make_survey(manager, is_anonymous=True)
    make_answered(first, 10)
    make_answered(second, 0)
    make_answered(hidden, 0)
    found = read_together(read(manager, first), [second.survey])
    assert found is not None
    assert found.all.value == 0.0
    client.force_login(manager)
    url = reverse("survey", args=[first.survey_id])
    page = client.get(url, {"join": [str(second.survey_id), str(hidden.survey_id)]})
    assert [one.pk for one, _found in page.context["together"].surveys] == [first.survey_id, second.survey_id]


def test_the_strip_counts_the_last_answer_of_each_person(manager: User) -> None:
    version = make_survey(manager)
    account = make_account()
    contact = make_contact(account)
    make_answered(version, 0, account=account, contact=contact, days_ago=40)
    make_answered(version, 10, account=account, contact=contact, days_ago=4)
    make_account()
    found = read_strip(manager)
    assert (found.nps.n, found.nps.value) == (1, 100.0)
    assert found.spoke.value == 0.5


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_whole_and_as_a_part_and_takes_no_post(client: Client, manager: User, name: str) -> None:
    version = make_survey(manager)
    for number in range(12):
        make_answered(version, number % 11, persona="user" if number % 2 else "champion", answers={"why": ["speed"]})
    url = reverse(name, args=[version.survey_id])
    client.force_login(manager)
    assert "<html" in client.get(url).content.decode()
    part = client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="results")
    assert "<html" not in part.content.decode()
    assert client.post(url).status_code == 405
    assert client.get(reverse(name, args=[999_999])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_a_survey_without_answers_has_pages(client: Client, manager: User, name: str) -> None:
    version = make_survey(manager)
    client.force_login(manager)
    assert client.get(reverse(name, args=[version.survey_id])).status_code == 200


@pytest.mark.parametrize("name", ["survey", "survey_questions", "survey_comments"])
def test_pages_ask_as_often_for_one_answer_as_for_thirty(
    client: Client, manager: User, django_assert_max_num_queries: DjangoAssertNumQueries, name: str
) -> None:
    version = make_survey(manager)
    client.force_login(manager)
    url = reverse(name, args=[version.survey_id])
    for number in range(30):
        response = make_answered(version, number % 11, account=make_account())
        make_feedback(account_of(response), "Words", response=response)
    # Session, user, install, heads of the frame; survey, versions, kept part, responses, answers, invitations, states,
    # waves, links, files, joinable, comments with tags and insights.
    with django_assert_max_num_queries(24):
        client.get(url)
