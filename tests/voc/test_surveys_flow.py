"""The grammar of a definition and the way through it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import (
    ALL_OPERATORS,
    TYPES,
    WITHOUT_VALUE,
    BadDefinition,
    Definition,
    known_language,
    read_definition,
    text_in,
)
from voc.formulas.flow import all_hold, path_of, pipe, screen_after, screens_of
from voc.services.starter import NPS_DEFINITION

IDS = st.sampled_from(["nps", "why", "use", "plan", "team", "more"])
TEXTS = st.dictionaries(
    st.sampled_from(["en", "da", "zh"]), st.text("abc {}|.æ中", min_size=1, max_size=12), max_size=3
)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    operator = draw(st.sampled_from(ALL_OPERATORS))
    rule: dict[str, Any] = {"question": draw(IDS), "operator": operator}
    plain = st.integers(0, 10) | st.sampled_from(["a", "b", "yes"])
    if operator == "in":
        return rule | {"value": draw(st.lists(plain, max_size=3))}
    return rule if operator in WITHOUT_VALUE else rule | {"value": draw(plain)}


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Any definition that can be imported, with rules and jumps to anywhere."""
    questions = []
    for question_id in draw(st.lists(IDS, unique=True, max_size=6)):
        jumps = st.fixed_dictionaries({"when": st.lists(rules(), max_size=2), "to": IDS | st.just("end")})
        options = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3)
        questions.append(
            {
                "id": question_id,
                "type": draw(st.sampled_from(TYPES)),
                "text": draw(TEXTS),
                "help": draw(TEXTS),
                "options": [{"id": one, "text": draw(TEXTS)} for one in draw(options)],
                "with_previous": draw(st.booleans()),
                "show_if": draw(st.lists(rules(), max_size=2)),
                "jumps": draw(st.lists(jumps, max_size=2)),
            }
        )
    languages = draw(st.lists(st.sampled_from(["en", "da", "zh"]), unique=True, min_size=1))
    return {"languages": languages, "questions": questions, "intro": draw(TEXTS)}


VALUES = st.one_of(
    st.integers(0, 10).map(lambda number: AnswerValue(number=Decimal(number))),
    st.lists(st.sampled_from(["a", "b", "yes"]), max_size=2).map(lambda some: AnswerValue(choices=some)),
    st.text("ab ", max_size=3).map(lambda text: AnswerValue(text=text)),
)
ANSWERS = st.dictionaries(IDS, VALUES, max_size=6)


@settings(max_examples=120)
@given(definitions(), ANSWERS)
def test_every_way_goes_forward_ends_and_shows_only_what_its_rules_allow(
    raw: dict[str, Any], answers: dict[str, AnswerValue]
) -> None:
    definition = read_definition(raw)
    path = path_of(definition, answers)
    positions = [definition.position(question.id) for question in path]
    assert positions == sorted(set(positions))  # type: ignore[type-var]
    on_the_way: dict[str, AnswerValue] = {}
    for question in path:
        assert all_hold(question.show_if, on_the_way)
        on_the_way |= {question.id: answers[question.id]} if question.id in answers else {}


@settings(max_examples=120)
@given(definitions(), ANSWERS)
def test_the_screens_are_the_path_and_one_leads_to_the_next(
    raw: dict[str, Any], answers: dict[str, AnswerValue]
) -> None:
    definition = read_definition(raw)
    screens = screens_of(definition, answers)
    assert tuple(question for screen in screens for question in screen) == path_of(definition, answers)
    here = None
    walked = []
    while (screen := screen_after(definition, answers, here)) is not None:
        walked.append(screen)
        here = screen[-1].id
    assert tuple(walked) == screens


@given(definitions())
def test_a_definition_comes_back_from_json(raw: dict[str, Any]) -> None:
    definition = read_definition(raw)
    assert read_definition(definition.to_json()) == definition
    assert read_definition(definition.to_json()).to_json() == definition.to_json()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["questions", "languages", "id", "type", "text", "jumps"]), inner)
        ),
    )
)
def test_whatever_is_imported_is_read_or_refused_with_words(raw: object) -> None:
    try:
        read_definition(raw)
    except BadDefinition as error:
        assert error.words


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ([], ""),
        ({"questions": {}}, "questions"),
        ({"languages": ["de"]}, "languages[0]"),
        ({"languages": []}, "languages"),
        ({"surprise": 1}, "surprise"),
        ({"questions": [{"id": "Nps", "type": "nps"}]}, "questions[0].id"),
        ({"questions": [{"id": "end", "type": "nps"}]}, "questions[0].id"),
        ({"questions": [{"id": "a", "type": "nps"}, {"id": "a", "type": "nps"}]}, "questions[1].id"),
        ({"questions": [{"id": "a", "type": "stars"}]}, "questions[0].type"),
        ({"questions": [{"id": "a", "type": "rating", "scale": 11}]}, "questions[0].scale"),
        ({"questions": [{"id": "a", "type": "text", "is_optional": True}]}, "questions[0].is_optional"),
        ({"questions": [{"id": "a", "type": "text", "text": {"en": 3}}]}, "questions[0].text.en"),
        ({"questions": [{"id": "a", "type": "text", "text": {"fr": "x"}}]}, "questions[0].text.fr"),
        ({"questions": [{"id": "a", "type": "single", "options": [{"id": "x y"}]}]}, "questions[0].options[0].id"),
        (
            {"questions": [{"id": "a", "type": "text", "show_if": [{"question": "b", "operator": "is"}]}]},
            "questions[0].show_if[0].operator",
        ),
        (
            {
                "questions": [
                    {"id": "a", "type": "text", "jumps": [{"to": "b", "when": [{"question": "b", "operator": "eq"}]}]}
                ]
            },
            "questions[0].jumps[0].when[0].value",
        ),
    ],
)
def test_bad_input_is_told_by_its_path(raw: object, path: str) -> None:
    with pytest.raises(BadDefinition) as caught:
        read_definition(raw)
    assert caught.value.path == path


def survey(*questions: dict[str, Any]) -> Definition:
    return read_definition({"languages": ["en"], "questions": list(questions)})


def number(value: int) -> AnswerValue:
    return AnswerValue(number=Decimal(value))


CRITIC = [{"question": "nps", "operator": "lte", "value": 6}]
BRANCHED = survey(
    {
        "id": "nps",
        "type": "nps",
        "text": {"en": "How likely?"},
        "jumps": [{"when": [{"question": "nps", "operator": "gte", "value": 9}], "to": "quote"}],
    },
    {
        "id": "why",
        "type": "text",
        "text": {"en": "What went wrong, {{ contact.first_name|there }}?"},
        "show_if": CRITIC,
    },
    {
        "id": "which",
        "type": "single",
        "options": [{"id": "price", "text": {"en": "Price"}}, {"id": "help", "text": {"en": "Help"}}],
    },
    {"id": "quote", "type": "consent", "text": {"en": "You gave {{ answer.nps }} for {{ answer.which|nothing }}."}},
)


def test_rules_and_jumps_lead_each_to_their_own_questions() -> None:
    def ids(answers: dict[str, AnswerValue]) -> list[str]:
        return [question.id for question in path_of(BRANCHED, answers)]

    assert ids({"nps": number(3)}) == ["nps", "why", "which", "quote"]
    assert ids({"nps": number(7)}) == ["nps", "which", "quote"]
    assert ids({"nps": number(10)}) == ["nps", "quote"]


def test_an_answer_from_a_way_not_taken_decides_nothing() -> None:
    definition = survey(
        {"id": "nps", "type": "nps"},
        {"id": "why", "type": "text", "show_if": CRITIC},
        {"id": "more", "type": "text", "show_if": [{"question": "why", "operator": "answered"}]},
    )
    answers = {"nps": number(9), "why": AnswerValue(text="written before going back")}
    assert [question.id for question in path_of(definition, answers)] == ["nps"]


def test_a_jump_back_is_ignored() -> None:
    definition = survey(
        {"id": "a", "type": "text"},
        {"id": "b", "type": "text", "jumps": [{"to": "a", "when": []}]},
        {"id": "c", "type": "text"},
    )
    assert [question.id for question in path_of(definition, {})] == ["a", "b", "c"]


def test_a_question_leaves_the_screen_on_which_its_rule_is_decided() -> None:
    definition = survey(
        {"id": "nps", "type": "nps"},
        {"id": "why", "type": "text", "with_previous": True},
        {"id": "sorry", "type": "text", "with_previous": True, "show_if": CRITIC},
    )
    screens = screens_of(definition, {"nps": number(2)})
    assert [[question.id for question in screen] for screen in screens] == [["nps", "why"], ["sorry"]]
    assert screen_after(definition, {"nps": number(9)}, "why") is None


def test_piping_puts_in_names_and_answers_and_falls_back() -> None:
    why, quote = BRANCHED.questions[1].text["en"], BRANCHED.questions[3].text["en"]

    def piped(text: str, answers: dict[str, AnswerValue], **names: str) -> str:
        fields = {"contact.first_name": names.get("name", "")}
        return pipe(text, answers=answers, definition=BRANCHED, language="en", fields=fields)

    assert piped(why, {}, name="Ana") == "What went wrong, Ana?"
    assert piped(why, {}) == "What went wrong, there?"
    answers = {"nps": number(8), "which": AnswerValue(choices=["price"])}
    assert piped(quote, answers) == "You gave 8 for Price."
    assert piped(quote, {}) == "You gave  for nothing."


def test_piping_is_no_template_language() -> None:
    fields = {"contact.first_name": "{{ account.name }}", "account.name": "Acme", "settings.secret": "no"}
    texts = ["{{ settings.secret }}", "{% now 'Y' %}", "{{ contact.first_name.__class__ }}", "{{ contact.first_name }}"]
    shown = [pipe(one, answers={}, definition=BRANCHED, language="en", fields=fields) for one in texts]
    assert shown == ["", "{% now 'Y' %}", "{{ contact.first_name.__class__ }}", "{{ account.name }}"]


def test_the_headline_is_the_first_scale_and_always_required() -> None:
    rated = survey({"id": "stars", "type": "rating"}, {"id": "csat", "type": "csat"})
    assert rated.headline is not None
    assert rated.headline.id == "csat"
    assert rated.is_required(rated.headline)
    assert not rated.is_required(rated.questions[0])
    assert survey({"id": "stars", "type": "rating", "scale": 7}).headline.numbers == range(1, 8)  # type: ignore[union-attr]
    assert survey({"id": "words", "type": "text"}).headline is None


def test_texts_fall_back_to_english_then_to_anything() -> None:
    assert text_in({"en": "Hello", "da": "Hej"}, "da-DK") == "Hej"
    assert text_in({"en": "Hello", "da": ""}, "da") == "Hello"
    assert text_in({"zh": "你好"}, "da") == "你好"
    assert text_in({}, "da") == ""
    assert known_language("zh-hans") == "zh"
    assert known_language("fr") == "en"


def test_the_starter_survey_fits_the_grammar() -> None:
    definition = read_definition(NPS_DEFINITION)
    assert definition.to_json() == NPS_DEFINITION
    assert [[question.id for question in screen] for screen in screens_of(definition, {})] == [["nps", "reason"]]
