"""The check before publishing, templates, and what differs between two versions."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.voc.test_surveys_flow import ANSWERS, definitions
from voc.formulas.answers import AnswerValue
from voc.formulas.checks import ERROR, SurveyFacts, check_definition, seconds_to_answer
from voc.formulas.contrast import contrast, readable_shade
from voc.formulas.definitions import Definition, read_definition
from voc.formulas.editing import differences, free_id, uses_of, without_question
from voc.formulas.flow import path_of
from voc.formulas.leading import leading_words
from voc.formulas.reach import reach_of
from voc.formulas.survey_templates import SURVEY_TEMPLATES, SurveyTemplate

READY = SurveyFacts(kind="custom", decision="d", measure="m", target="t", who_reads="w")
ENDS = {"low": {"en": "Not at all"}, "high": {"en": "Very"}}


def survey(*questions: dict[str, Any], **more: Any) -> Definition:
    worded = [{"text": {"en": f"About {one['id']}?"}} | one for one in questions]
    return read_definition({"languages": ["en"], "questions": worded} | more)


def names(definition: Definition, facts: SurveyFacts = READY) -> list[str]:
    return [finding.name for finding in check_definition(definition, facts)]


NPS = {"id": "nps", "type": "nps", **ENDS}
WHY = {"id": "why", "type": "text"}
PLAN = {
    "id": "plan",
    "type": "single",
    "options": [{"id": "a", "text": {"en": "A"}}, {"id": "b", "text": {"en": "B"}}],
}


def rule(question: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"question": question, "operator": operator} | ({} if value is None else {"value": value})


def test_a_survey_without_findings_may_go_out() -> None:
    assert names(survey(NPS, WHY)) == []


def test_without_a_programme_nothing_goes_out() -> None:
    found = check_definition(survey(NPS), SurveyFacts(has_owner=False))
    assert [finding.key for finding in found] == ["owner", "decision", "measure", "target", "who_reads"]
    assert {finding.level for finding in found} == {ERROR}


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ([], ["no_questions"]),
        ([NPS, WHY | {"show_if": [rule("gone", "answered")]}], ["rule:why", "dead_branch:why"]),
        ([WHY | {"show_if": [rule("nps", "gte", 9)]}, NPS], ["rule:why", "dead_branch:why"]),
        ([NPS, WHY | {"show_if": [rule("nps", "has", "a")]}], ["rule:why", "dead_branch:why"]),
        ([NPS, WHY | {"show_if": [rule("nps", "gte", 11)]}], ["rule:why", "dead_branch:why"]),
        ([NPS, WHY | {"show_if": [rule("nps", "lte", 3), rule("nps", "gte", 9)]}], ["dead_branch:why"]),
        ([PLAN, WHY | {"show_if": [rule("plan", "eq", "c")]}], ["rule:why", "dead_branch:why"]),
        ([NPS | {"jumps": [{"to": "plan"}]}, WHY, PLAN], ["dead_branch:why"]),
        ([NPS, WHY | {"jumps": [{"to": "nps"}]}], ["loop:why"]),
        ([NPS, WHY | {"jumps": [{"to": "why"}]}], ["loop:why"]),
        ([NPS, WHY | {"jumps": [{"to": "gone"}]}], ["jump:why"]),
        (
            [
                NPS
                | {
                    "jumps": [
                        {"to": "end", "when": [rule("nps", "lte", 10)]},
                        {"to": "why", "when": [rule("nps", "eq", 3)]},
                    ]
                },
                WHY,
            ],
            ["dead_jump:nps", "dead_branch:why"],
        ),
        ([NPS, WHY | {"text": {"en": "{{ answer.plan|x }}?"}}, PLAN], ["pipe_later:why"]),
        ([NPS, WHY | {"text": {"en": "{{ answer.gone }}?"}}], ["pipe:why"]),
        ([NPS, WHY | {"text": {"en": "{{ settings.key }}?"}}], ["pipe:why"]),
        (
            [NPS | {"jumps": [{"to": "why"}]}, PLAN, WHY | {"text": {"en": "{{ answer.plan|x }}?"}}],
            ["dead_branch:plan", "pipe_unasked:why"],
        ),
        (
            [NPS, PLAN | {"show_if": [rule("nps", "lte", 6)]}, WHY | {"text": {"en": "{{ answer.plan }}?"}}],
            ["pipe_fallback:why"],
        ),
        ([NPS, WHY | {"text": {}}], ["no_text:why"]),
        ([PLAN | {"options": []}], ["options:plan"]),
        ([PLAN | {"options": [{"id": "a", "text": {}}, {"id": "b", "text": {"en": "B"}}]}], ["blank_option:plan"]),
        ([PLAN | {"type": "multiple", "max_choices": 3}], ["max_choices:plan"]),
        ([{"id": "grid", "type": "matrix"}], ["matrix:grid"]),
        ([{"id": "nps", "type": "nps"}], ["anchors:nps"]),
        ([NPS, WHY | {"text": {"en": "How amazing were we?"}}], ["leading:why"]),
        ([NPS, *[WHY | {"id": f"why_{number}"} for number in range(5)]], ["too_many_questions", "too_long"]),
    ],
)
def test_each_fault_has_its_finding(questions: list[dict[str, Any]], expected: list[str]) -> None:
    assert names(survey(*questions)) == expected


def test_a_missing_translation_is_a_warning_that_names_the_language() -> None:
    found = check_definition(survey(NPS, languages=["en", "da"], intro={"en": "Hello"}), READY)
    assert [(finding.name, finding.level) for finding in found] == [
        ("translation_intro", "warning"),
        ("translation:nps", "warning"),
    ]
    assert "Dansk" in found[0].words


def test_the_score_must_be_what_the_survey_says() -> None:
    facts = SurveyFacts(kind="nps", decision="d", measure="m", target="t", who_reads="w")
    assert names(survey(WHY), facts) == ["headline"]
    assert names(survey({"id": "csat", "type": "csat", **ENDS}, NPS), facts) == ["headline"]
    assert names(survey(NPS), facts) == []


def test_a_brand_colour_that_cannot_be_read_comes_with_one_that_can() -> None:
    facts = SurveyFacts(kind="custom", decision="d", measure="m", target="t", who_reads="w", brand_color="#ffcc00")
    finding = check_definition(survey(NPS), facts)[0]
    assert finding.name == "contrast"
    shade = readable_shade("#ffcc00")
    assert shade in finding.cure
    assert contrast(shade, "#ffffff") >= 4.5
    assert readable_shade("#1a1a1a") == "#1a1a1a"
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


def test_branches_that_nobody_walks_together_count_once() -> None:
    critics = [WHY | {"id": f"c{number}", "show_if": [rule("nps", "lte", 6)]} for number in range(4)]
    others = [WHY | {"id": f"p{number}", "show_if": [rule("nps", "gte", 7)]} for number in range(4)]
    assert reach_of(survey(NPS, *critics, *others)).most_questions == 5


@settings(max_examples=100)
@given(definitions(), ANSWERS)
def test_what_is_called_dead_is_never_asked(raw: dict[str, Any], answers: dict[str, AnswerValue]) -> None:
    definition = read_definition(raw)
    found = check_definition(definition, READY)
    dead = {finding.question for finding in found if finding.key == "dead_branch"}
    possible = {name: value for name, value in answers.items() if fits(definition, name, value)}
    headline = definition.headline
    if any(definition.is_required(one) and one.id not in possible for one in definition.questions) and headline:
        return
    assert not dead & {question.id for question in path_of(definition, possible)}


def fits(definition: Definition, name: str, value: AnswerValue) -> bool:
    """Whether a question can be answered so."""
    question = definition.question(name)
    if question is None:
        return False
    if question.numbers:
        return value.number is not None and int(value.number) in question.numbers
    if question.type in ("short_text", "text"):
        return bool(value.text.strip())
    if question.type == "consent":
        return value.choices in (["yes"], ["no"])
    ids = [one.id for one in question.options]
    if question.type == "single":
        return isinstance(value.choices, list) and len(value.choices) == 1 and value.choices[0] in ids
    return question.type == "multiple" and bool(value.choices) and set(value.choices) <= set(ids)


@pytest.mark.parametrize("template", SURVEY_TEMPLATES.values(), ids=lambda one: one.slug)
def test_every_template_is_ready_to_go_out_in_three_languages(template: SurveyTemplate) -> None:
    definition = read_definition(template.definition)
    proposed = template.programme()
    facts = SurveyFacts(**{name: proposed[name] for name in ("kind", "decision", "measure", "target", "who_reads")})
    assert check_definition(definition, facts) == ()
    assert 20 < seconds_to_answer(definition) <= 90
    assert definition.to_json() == template.definition


def test_leading_words_are_whole_words_of_the_language() -> None:
    assert leading_words("It is amazing, is it?", "en") == ("amazing",)
    assert leading_words("Amazingly, did it work?", "en") == ()
    assert leading_words("Don’t you like it?", "en") == ("don't you",)
    assert leading_words("Hvor god var vores hjælp?", "da") == ("hvor god",)
    assert leading_words("您难道不满意吗？", "zh") == ("难道",)


def test_where_a_question_is_used_is_known_and_goes_with_it() -> None:
    definition = survey(
        NPS | {"jumps": [{"to": "plan", "when": [rule("nps", "gte", 9)]}]},
        WHY | {"show_if": [rule("nps", "lte", 6)]},
        PLAN | {"text": {"en": "After {{ answer.nps }}?"}},
    )
    assert [(use.question.id, use.how) for use in uses_of(definition, "nps")] == [("why", "rule"), ("plan", "text")]
    assert [(use.question.id, use.how) for use in uses_of(definition, "plan")] == [("nps", "target")]
    rest = without_question(definition, "plan")
    assert [question.id for question in rest.questions] == ["nps", "why"]
    assert rest.questions[0].jumps == ()
    assert without_question(definition, "nps").questions[0].show_if == ()


def test_versions_are_compared_question_by_question() -> None:
    old = survey(NPS, WHY, PLAN)
    new = survey(PLAN, NPS | {"text": {"en": "Other words"}}, {"id": "more", "type": "text"})
    found = [(one.question.id, one.kind, one.parts) for one in differences(old, new)]
    assert ("nps", "changed", ("text",)) in found
    assert ("more", "added", ()) in found
    assert ("why", "removed", ()) in found
    assert [one for one in found if one[1] == "moved"] in ([("plan", "moved", ())], [("nps", "moved", ())])
    assert differences(old, old) == ()


def test_a_new_question_never_takes_a_known_id() -> None:
    assert free_id("text", []) == "text"
    assert free_id("text", ["text", "text_2"]) == "text_3"
    assert free_id("end", []) == "end_2"
