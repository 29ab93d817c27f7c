"""The builder on screen: questions one by one, two editors at once, versions, import, settings, the list, the API."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from team.models import ActionLog, User
from tests.makers import make_api_key
from tests.voc.makers_surveys import BRANCHED, make_survey, make_template_survey
from voc.formulas.definitions import TYPES, read_definition
from voc.models import Response, Survey
from voc.services.surveys import publish_survey

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "builder"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def draft(survey: Survey) -> dict[str, Any]:
    return Survey.objects.get(pk=survey.pk).draft  # type: ignore[no-any-return]


def question(survey: Survey, key: str) -> dict[str, Any]:
    return next(one for one in draft(survey)["questions"] if one["id"] == key)


def test_a_survey_begins_with_a_template_and_opens_its_questions(csm: User) -> None:
    client = browser(csm)
    answer = client.post("/surveys/new/", {"name": "Review 2026", "template": "ebr"})
    survey = Survey.objects.get(name="Review 2026")
    assert answer.headers["Location"] == f"/surveys/{survey.pk}/edit/"
    page = client.get(f"/surveys/{survey.pk}/edit/?q=order&lang=da").content.decode()
    assert "Sæt det i rækkefølge" in page
    assert "Add an option" in page
    assert client.post("/surveys/new/", {"name": ""}).status_code == 422


def test_htmx_gets_the_builder_alone_and_a_change_of_words_leaves_the_form(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    part = client.get(f"/surveys/{survey.pk}/edit/?q=why", headers=HTMX).content.decode()
    assert part.lstrip().startswith('<div id="builder"')
    assert "<html" not in part
    save = f"/surveys/{survey.pk}/edit/why/"
    words = {"language": "en", "text": "What went wrong?", "draft_number": "1"}
    rules = {"show.0.question": "nps", "show.0.operator": "lte", "show.0.value": "6"}
    answer = client.post(save, words | rules, headers=HTMX)
    assert answer.headers["HX-Retarget"] == "#saved"
    assert 'id="question-list"' in answer.content.decode()
    assert 'name="text"' not in answer.content.decode()
    assert question(survey, "why")["text"] == {"en": "What went wrong?", "da": "Hvorfor?"}
    assert question(survey, "why")["show_if"] == BRANCHED["questions"][1]["show_if"]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_added_shown_and_seen_in_the_preview(csm: User, kind: str) -> None:
    survey, client = make_survey(csm), browser(csm)
    client.post(f"/surveys/{survey.pk}/edit/add/{kind}/", {"draft_number": "1", "after": "why"})
    added = draft(survey)["questions"][2]
    assert added["type"] == kind
    assert client.get(f"/surveys/{survey.pk}/edit/?q={added['id']}").status_code == 200
    preview = client.get(f"/surveys/{survey.pk}/preview/?at={added['id']}&lang=da")
    assert preview.status_code == 200
    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]


def test_options_rules_and_jumps_are_built_by_presses(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    client.post(f"/surveys/{survey.pk}/edit/add/single/", {"draft_number": "1", "after": "why"})
    path = f"/surveys/{survey.pk}/edit/choice/"

    def press(act: str = "", **more: str) -> dict[str, Any]:
        number = str(Survey.objects.get(pk=survey.pk).draft_number)
        answer = client.post(path, {"language": "en", "draft_number": number, "act": act, **more}, headers=HTMX)
        assert answer.status_code == 200
        return question(survey, "choice")

    found = press(**{"text": "Which?", "options.option_1": "Price", "options.option_2": "Help"})
    assert [one["text"] for one in found["options"]] == [{"en": "Price"}, {"en": "Help"}]
    assert [one["id"] for one in press("add.options")["options"]] == ["option_1", "option_2", "option_3"]
    assert [one["id"] for one in press("up.options.option_3")["options"]] == ["option_1", "option_3", "option_2"]
    assert [one["id"] for one in press("remove.options.option_1")["options"]] == ["option_3", "option_2"]
    assert press("add.show")["show_if"] == [{"question": "why", "operator": "has", "value": "…"}]
    rule = {"show.0.question": "nps", "show.0.operator": "in", "show.0.value": "3"}
    assert press(**rule)["show_if"] == [{"question": "nps", "operator": "in", "value": [3]}]
    jumped = press("add.jump", **rule)["jumps"]
    assert jumped == [{"when": [{"question": "choice", "operator": "eq", "value": "option_3"}], "to": "end"}]
    jump = {"jump.0.to": "quote", "jump.0.0.question": "nps", "jump.0.0.operator": "gte", "jump.0.0.value": "9"}
    assert press(**jump)["jumps"][0] == {"when": [{"question": "nps", "operator": "gte", "value": 9}], "to": "quote"}
    assert "jumps" not in press("remove.jump.0", **jump)
    assert "show_if" not in press("remove.show.0", **rule)


def test_rubbish_in_the_form_changes_nothing_that_exists(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    rubbish = {
        "language": "xx",
        "draft_number": "1",
        "type": "stars",
        "act": "remove.jump.99.x",
        "show.0.question": "no",
    }
    rubbish |= {"jump.0.to": "nowhere", "scale": "99", "max_choices": "-1", "text": "Fine\x00\u202e?"}
    assert client.post(f"/surveys/{survey.pk}/edit/why/", rubbish).status_code == 302
    kept = question(survey, "why")
    assert kept["type"] == "text"
    assert kept["text"]["en"] == "Fine?"
    read_definition(draft(survey))
    assert client.post(f"/surveys/{survey.pk}/edit/gone/", rubbish).status_code == 302


def test_two_editors_of_one_question_see_both_values_and_choose(csm: User, manager: User) -> None:
    survey = make_survey(csm)
    path = f"/surveys/{survey.pk}/edit/quote/"
    browser(manager).post(path, {"language": "en", "text": "Theirs", "draft_number": "1"}, headers=HTMX)
    mine = {"language": "en", "text": "Mine", "draft_number": "1", "seen": "old"}
    clash = browser(csm).post(path, mine, headers=HTMX)
    page = clash.content.decode()
    assert clash.status_code == 409
    assert "Theirs" in page
    assert "Mine" in page
    assert question(survey, "quote")["text"]["en"] == "Theirs"
    assert browser(csm).post(path, mine | {"over": "2"}, headers=HTMX).status_code == 200
    assert question(survey, "quote")["text"]["en"] == "Mine"


def test_two_editors_of_two_questions_are_not_in_each_others_way(csm: User, manager: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    page = client.get(f"/surveys/{survey.pk}/edit/?q=quote").content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    browser(manager).post(f"/surveys/{survey.pk}/edit/why/", {"language": "en", "text": "Other", "draft_number": "1"})
    mine = {"language": "en", "text": "Mine", "draft_number": "1", "seen": seen}
    assert client.post(f"/surveys/{survey.pk}/edit/quote/", mine, headers=HTMX).status_code == 200
    assert question(survey, "quote")["text"]["en"] == "Mine"


def test_moving_and_removing_with_a_stale_page_is_refused(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    move = f"/surveys/{survey.pk}/edit/why/move/"
    assert client.post(move, {"to": "up", "draft_number": "1"}, headers=HTMX).status_code == 200
    assert [one["id"] for one in draft(survey)["questions"]] == ["why", "nps", "quote"]
    assert client.post(move, {"to": "down", "draft_number": "1"}, headers=HTMX).status_code == 409
    assert client.post(move, {"to": "3", "draft_number": "2"}, headers=HTMX).status_code == 200
    assert [one["id"] for one in draft(survey)["questions"]] == ["nps", "quote", "why"]


def test_removing_a_question_that_is_used_says_where(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    path = f"/surveys/{survey.pk}/edit/nps/remove/"
    asked = client.post(path, {"draft_number": "1"}, headers=HTMX)
    assert asked.status_code == 422
    assert asked.headers["HX-Retarget"] == "#dialog"
    assert "is shown by a rule on it" in asked.content.decode()
    assert client.post(path, {"draft_number": "1", "sure": "1"}, headers=HTMX).status_code == 200
    assert [one["id"] for one in draft(survey)["questions"]] == ["why", "quote"]
    assert "show_if" not in question(survey, "why")
    action = ActionLog.objects.get()
    client.post(f"/undo/{action.pk}/")
    assert draft(survey) == BRANCHED


def test_the_preview_walks_the_branches_and_stores_nothing(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    path = f"/surveys/{survey.pk}/preview/"

    def answer(where: str, **given: str) -> str:
        reply = client.post(where, given)
        assert reply.status_code == 303
        return reply.headers["Location"]

    critic = answer(path, **{"q.nps": "2", "at": "nps"})
    assert "at=why" in critic
    fan = answer(path, **{"q.nps": "10", "at": "nps"})
    assert "at=quote" in fan
    assert client.get(fan).status_code == 200
    end = answer(fan, at="quote")
    assert "end=1" in end
    assert "Begin again" in client.get(end).content.decode()
    assert client.post(path, {"at": "nps"}).status_code == 422
    assert client.get(f"{path}?given=forged&at=why").status_code == 200
    assert not Response.objects.exists()


def test_warnings_are_accepted_by_name_and_errors_never(csm: User) -> None:
    survey, client = make_survey(csm, brand_color="#ffee00"), browser(csm)
    path = f"/surveys/{survey.pk}/publish/"
    page = client.get(path).content.decode()
    assert 'value="contrast"' in page
    assert client.post(path, {"note": "First"}).status_code == 422
    assert not survey.versions.exists()
    assert client.post(path, {"note": "First", "accepted": ["contrast"]}).status_code == 302
    assert survey.versions.get().note == "First"
    Survey.objects.filter(pk=survey.pk).update(decision="")
    assert client.post(path, {"accepted": ["contrast", "decision"]}).status_code == 422


def test_versions_are_listed_with_what_changed_and_can_come_back(csm: User, stranger: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    publish_survey(actor=csm, survey=survey)
    client.post(f"/surveys/{survey.pk}/edit/why/remove/", {"draft_number": "1", "sure": "1"})
    publish_survey(actor=csm, survey=survey, note="Shorter")
    page = browser(stranger).get(f"/surveys/{survey.pk}/versions/").content.decode()
    assert "Shorter" in page
    assert "removed" in page
    assert "Take into the draft" not in page
    assert client.post(f"/surveys/{survey.pk}/versions/1/back/").status_code == 302
    assert draft(survey) == BRANCHED
    client.post(f"/undo/{ActionLog.objects.latest('pk').pk}/")
    assert len(draft(survey)["questions"]) == 2


def test_a_definition_goes_out_as_json_and_comes_back(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    sent = client.get(f"/surveys/{survey.pk}/definition.json")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="branched.json"'
    assert json.loads(sent.content) == BRANCHED
    other = make_survey(csm, name="Other", draft={"languages": ["en"], "questions": []})
    assert client.post(f"/surveys/{other.pk}/import/", {"text": sent.content.decode()}).status_code == 302
    assert draft(other) == BRANCHED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "This is no JSON"),
        ('{"questions": [{"id": "a", "type": "stars"}]}', "questions[0].type"),
        ("[]", "The whole"),
        ("[" * 100_000, "This is no JSON"),
        ("", "Choose a file"),
    ],
)
def test_a_bad_import_is_told_by_its_path(csm: User, text: str, words: str) -> None:
    survey = make_survey(csm)
    answer = browser(csm).post(f"/surveys/{survey.pk}/import/", {"text": text})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert draft(survey) == BRANCHED


def test_settings_are_saved_or_refused(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    path = f"/surveys/{survey.pk}/settings/"
    fields = {"name": "Renamed", "kind": "nps", "owner": csm.pk, "legal_basis": "interest", "valid_days": "30"}
    fields |= {"reminders": "3", "remind_after_days": "5", "brand_color": "#1A5FB4"}
    assert client.post(path, fields).status_code == 302
    kept = Survey.objects.get(pk=survey.pk)
    assert (kept.name, kept.reminders, kept.brand_color) == ("Renamed", 3, "#1a5fb4")
    for wrong in ({"reminders": "4"}, {"brand_color": "blue"}, {"valid_days": "0"}, {"owner": ""}):
        assert client.post(path, fields | wrong).status_code == 422


def test_languages_are_switched_and_texts_of_a_dropped_one_stay(csm: User) -> None:
    survey, client = make_survey(csm), browser(csm)
    path = f"/surveys/{survey.pk}/edit/texts/"
    client.post(path, {"language": "da", "languages": ["en", "da", "zh"], "intro": "Hej", "draft_number": "1"})
    assert draft(survey)["languages"] == ["en", "da", "zh"]
    assert draft(survey)["intro"] == {"da": "Hej"}
    client.post(path, {"language": "en", "languages": ["en"], "intro": "Hello", "draft_number": "2"})
    assert draft(survey)["languages"] == ["en"]
    assert draft(survey)["intro"] == {"da": "Hej", "en": "Hello"}
    assert question(survey, "why")["text"]["da"] == "Hvorfor?"


def test_the_list_filters_by_state_and_asks_as_often_for_many(csm: User) -> None:
    make_template_survey(csm, "nps", name="Live one")
    make_survey(csm, name="Draft one")
    client = browser(csm)
    assert "Draft one" not in client.get("/surveys/?state=open").content.decode()
    assert "Live one" not in client.get("/surveys/?state=draft").content.decode()
    assert "Live one" in client.get("/surveys/?state.not=draft").content.decode()

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    few = queries("/surveys/")
    for number in range(15):
        make_survey(csm, name=f"More {number}")
    assert queries("/surveys/") == few


def test_the_builder_asks_as_often_for_many_questions(csm: User) -> None:
    short, client = make_survey(csm), browser(csm)
    questions = [{"id": f"q{number}", "type": "text", "text": {"en": "Why?"}} for number in range(40)]
    long = make_survey(csm, name="Long", draft={"languages": ["en"], "questions": questions})
    counts = []
    for survey in (short, long):
        client.get(f"/surveys/{survey.pk}/edit/")
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/surveys/{survey.pk}/edit/").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_the_api_reads_surveys_and_their_versions(csm: User) -> None:
    version = make_template_survey(csm, "csat")
    key = {"Authorization": f"Bearer {make_api_key(csm, scopes=['read'])}"}
    listed = Client().get("/api/v1/surveys/", headers=key).json()
    assert [one["newest_version"] for one in listed["results"]] == [1]
    one = Client().get(f"/api/v1/surveys/{version.survey_id}/versions/", headers=key).json()
    assert one[0]["definition"] == version.definition
    assert Client().post("/api/v1/surveys/", headers=key).status_code in (403, 405)


def test_the_preview_takes_a_form_without_a_token_as_customers_pages_do(csm: User) -> None:
    survey, client = make_survey(csm), Client(enforce_csrf_checks=True)
    client.force_login(csm)
    assert client.post(f"/surveys/{survey.pk}/preview/", {"q.nps": "2", "at": "nps"}).status_code == 303
    assert client.post(f"/surveys/{survey.pk}/delete/").status_code == 403
