"""What keeps a survey from being published, and what its publisher should see first.

An error is something that would waste answers or break the way through. A warning may stand when the publisher says so
by its name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from voc.formulas.contrast import LEAST_CONTRAST, TEXT_ON_BRAND, contrast, readable_shade
from voc.formulas.definitions import (
    CHOOSING,
    END,
    LANGUAGES,
    NO,
    OPERATORS,
    SCALED,
    SCALES,
    WITHOUT_VALUE,
    YES,
    Definition,
    Question,
    Rule,
    text_in,
)
from voc.formulas.flow import FIELDS, number_of, piped_names
from voc.formulas.leading import leading_words
from voc.formulas.reach import Reach, piped_in, reach_of, rules_of, values_of

ERROR: Final = "error"
WARNING: Final = "warning"
MOST_ASKED: Final = 5
LONGEST_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class SurveyFacts:
    """What the check has to know of a survey beside its questions."""

    kind: str = "custom"
    has_owner: bool = True
    decision: str = ""
    measure: str = ""
    target: str = ""
    who_reads: str = ""
    brand_color: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful; `question` is the id it is about, or nothing."""

    key: str
    level: str
    words: str
    cure: str
    question: str = ""

    @property
    def name(self) -> str:
        """What a publisher accepts it by."""
        return f"{self.key}:{self.question}" if self.question else self.key


def check_definition(definition: Definition, survey_facts: SurveyFacts) -> tuple[Finding, ...]:
    """Everything worth knowing before publishing: errors first, then in the order of the questions."""
    reach = reach_of(definition)
    found = [*programme_findings(survey_facts), *whole_findings(definition, survey_facts, reach)]
    for question in definition.questions:
        found += [*logic_findings(definition, question, reach), *text_findings(definition, question, reach)]
    return tuple(sorted(found, key=lambda finding: finding.level != ERROR))


def seconds_to_answer(definition: Definition) -> int:
    """How long the longest way takes, reading included; from the numbers in voc.formulas.reach."""
    return round(reach_of(definition).most_seconds)


def programme_findings(facts: SurveyFacts) -> Iterator[Finding]:
    """Without these nobody would know what to do with the answers."""
    needed = {
        "owner": (facts.has_owner, _("It has no owner."), _("Name who answers for it.")),
        "decision": (facts.decision, _("It serves no decision."), _("Say what will be decided by the answers.")),
        "measure": (facts.measure, _("It has no measure."), _("Say which number you will look at.")),
        "target": (facts.target, _("It has no target."), _("Say which value you want to reach.")),
        "who_reads": (
            facts.who_reads,
            _("Customers are not told who reads their answers."),
            _("Say who reads them and what for: it is shown above the first question."),
        ),
    }
    for key, (is_there, words, cure) in needed.items():
        if not is_there:
            yield Finding(key, ERROR, words, cure)


def whole_findings(definition: Definition, facts: SurveyFacts, reach: Reach) -> Iterator[Finding]:
    """What is about the survey as a whole."""
    if not definition.questions:
        yield Finding("no_questions", ERROR, _("It asks nothing."), _("Add a question."))
        return
    headline = definition.headline
    if facts.kind in SCALES and (headline is None or headline.type != facts.kind):
        words = _("Its score is to be %(kind)s, but the first scale is another.") % {"kind": facts.kind.upper()}
        yield Finding("headline", ERROR, words, _("Make that question the first scale, or change the kind of survey."))
    if reach.is_cut:
        words = _("There are too many ways through it to look at them all.")
        yield Finding("too_many_ways", WARNING, words, _("Use fewer rules, or several surveys."))
    if reach.most_questions > MOST_ASKED:
        words = _("Somebody may be asked %(number)d questions.") % {"number": reach.most_questions}
        yield Finding(
            "too_many_questions", WARNING, words, _("Up to five are answered gladly. Which ones change a decision?")
        )
    if reach.most_seconds > LONGEST_SECONDS:
        words = _("The longest way takes about %(number)d seconds.") % {"number": round(reach.most_seconds)}
        yield Finding("too_long", WARNING, words, _("Stay under two minutes: shorten texts, drop questions."))
    color = facts.brand_color
    if color and contrast(color, TEXT_ON_BRAND) < LEAST_CONTRAST:
        words = _("White text on the brand colour has a contrast of %(ratio)s, and 4.5 is needed to read it.")
        cure = _("Take a darker shade: %(shade)s.") % {"shade": readable_shade(color)}
        yield Finding("contrast", WARNING, words % {"ratio": f"{contrast(color, TEXT_ON_BRAND):.1f}"}, cure)
    for name, texts in (("intro", definition.intro), ("thanks", definition.thanks)):
        missing = [LANGUAGES[code] for code in definition.languages if texts and not texts.get(code)]
        if missing:
            words = _("The text “%(name)s” is missing in %(languages)s.")
            yield Finding(
                f"translation_{name}",
                WARNING,
                words
                % {"name": _("Introduction") if name == "intro" else _("Thanks"), "languages": ", ".join(missing)},
                _("Customers of that language read it in English instead."),
            )
        if unknown := unknown_pipes(definition, texts.values(), own=True):
            yield Finding(f"pipe_{name}", ERROR, _("It takes up “%(name)s”.") % {"name": unknown}, known_pipes())


def logic_findings(definition: Definition, question: Question, reach: Reach) -> Iterator[Finding]:
    """The way: rules, jumps, branches, what texts take up."""
    position = definition.position(question.id) or 0
    for rule in rules_of(question):
        is_jump = rule not in question.show_if
        if words := rule_problem(definition, question, rule, is_jump=is_jump):
            yield Finding("rule", ERROR, words, _("Choose another rule, or remove it."), question.id)
    for number, jump in enumerate(question.jumps):
        to = definition.position(jump.to)
        if jump.to != END and to is None:
            words = _("It jumps to “%(name)s”, which is not here.") % {"name": jump.to}
            yield Finding("jump", ERROR, words, _("Choose a later question or the end."), question.id)
        elif to is not None and to <= position:
            words = _("It jumps back to “%(name)s”: that would be a loop.") % {"name": name_of(definition, jump.to)}
            yield Finding(
                "loop", ERROR, words, _("Jumps lead forward: choose a later question or the end."), question.id
            )
        elif question.id in reach.asked and (question.id, number) not in reach.jumps:
            words = _("Its jump %(number)d can never happen.") % {"number": number + 1}
            yield Finding(
                "dead_jump",
                ERROR,
                words,
                _("Another jump takes it first, or its rules exclude each other."),
                question.id,
            )
    if question.id not in reach.asked:
        cure = _("Its rules exclude each other, or every way jumps past it. Change them, or remove the question.")
        yield Finding("dead_branch", ERROR, _("Nobody can ever be asked this."), cure, question.id)
    texts = [text for _path, some in question.texts for text in some.values()]
    if unknown := unknown_pipes(definition, texts):
        words = _("Its text takes up “%(name)s”, which does not exist.") % {"name": unknown}
        yield Finding("pipe", ERROR, words, known_pipes(), question.id)
    for piped in piped_in(question):
        yield from pipe_findings(definition, question, piped, position, reach)


def pipe_findings(
    definition: Definition, question: Question, piped: str, position: int, reach: Reach
) -> Iterator[Finding]:
    """An earlier answer in a text: asked before at all, and always?"""
    there = definition.position(piped)
    if there is None:
        return
    name = {"name": name_of(definition, piped)}
    if there >= position:
        words = _("Its text takes up the answer to “%(name)s”, which is asked later.") % name
        yield Finding("pipe_later", ERROR, words, _("Move that question up, or take the answer out."), question.id)
    elif question.id in reach.asked and (question.id, piped) not in reach.piped_known:
        words = _("Its text takes up the answer to “%(name)s”, which nobody who comes here was asked.") % name
        yield Finding("pipe_unasked", ERROR, words, _("Take the answer out, or change the way here."), question.id)
    elif (question.id, piped) in reach.piped_missing and not has_fallback(question, piped):
        words = _("Its text takes up the answer to “%(name)s”, which not everybody gave.") % name
        cure = _("Write what stands there instead: {{ answer.%(id)s|your answer }}.") % {"id": piped}
        yield Finding("pipe_fallback", WARNING, words, cure, question.id)


def text_findings(definition: Definition, question: Question, reach: Reach) -> Iterator[Finding]:
    """What customers read: missing words, anchors, translations, options, leading words."""
    if not any(question.text.values()):
        yield Finding("no_text", ERROR, _("It has no words."), _("Write the question."), question.id)
    yield from part_findings(question)
    if question.type in SCALED and not (any(question.low.values()) and any(question.high.values())):
        words = _("The ends of its scale are not named.")
        yield Finding("anchors", WARNING, words, _("Say what the lowest and the highest number mean."), question.id)
    missing = missing_languages(definition, question)
    if missing:
        words = _("Texts are missing in %(languages)s.") % {"languages": ", ".join(LANGUAGES[code] for code in missing)}
        yield Finding(
            "translation", WARNING, words, _("Customers of that language read it in English instead."), question.id
        )
    for code in definition.languages:
        if leading := leading_words(question.text.get(code, ""), code):
            words = _("“%(words)s” pushes the answer in one direction.") % {"words": ", ".join(leading)}
            yield Finding("leading", WARNING, words, _("Ask so that every answer is as easy to give."), question.id)
            break


def part_findings(question: Question) -> Iterator[Finding]:
    """Options, rows and columns."""
    if question.type in CHOOSING and len(question.options) + question.has_other < 2:
        yield Finding("options", ERROR, _("It needs two options at least."), _("Add options."), question.id)
    if question.type == "matrix" and (not question.rows or len(question.columns) < 2):
        words = _("A matrix needs a row and two columns at least.")
        yield Finding("matrix", ERROR, words, _("Add rows and columns."), question.id)
    blank = [one.id for one in (*question.options, *question.rows, *question.columns) if not any(one.text.values())]
    if blank:
        words = _("An option has no words.")
        yield Finding("blank_option", ERROR, words, _("Write it, or remove it."), question.id)
    if question.max_choices is not None and question.max_choices > len(question.options) + question.has_other:
        words = _("It allows %(most)d choices of fewer options.") % {"most": question.max_choices}
        yield Finding("max_choices", ERROR, words, _("Lower the number, or leave it empty."), question.id)


def rule_problem(definition: Definition, question: Question, rule: Rule, *, is_jump: bool) -> str:
    """Why a rule makes no sense; nothing when it does. Jumps may ask about their own question."""
    asked = definition.question(rule.question)
    if asked is None:
        return _("A rule asks about “%(name)s”, which is not here.") % {"name": rule.question}
    here, there = definition.position(question.id) or 0, definition.position(asked.id) or 0
    name = {"name": name_of(definition, asked.id)}
    if there > here or (there == here and not is_jump):
        return _("A rule asks about “%(name)s”, which is asked later.") % name
    if rule.operator not in OPERATORS[asked.type]:
        return _("A rule asks something of “%(name)s” that its answers do not have.") % name
    if rule.operator not in WITHOUT_VALUE and not all(is_possible(asked, value) for value in values_of(rule)):
        return _("A rule waits for an answer to “%(name)s” that cannot be given.") % name
    return ""


def is_possible(question: Question, value: object) -> bool:
    """Whether a question can be answered so."""
    if question.type in SCALED:
        number = number_of(value)
        return number is not None and question.numbers[0] <= number <= question.numbers[-1]
    if question.type == "consent":
        return value in (YES, NO)
    if question.type == "matrix":
        row, _colon, column = str(value).partition(":")
        return row in {one.id for one in question.rows} and column in {one.id for one in question.columns}
    if question.type in CHOOSING:
        return value in {one.id for one in question.options}
    return True


def missing_languages(definition: Definition, question: Question) -> tuple[str, ...]:
    """Languages of the survey in which a text of the question is missing that another language has."""
    return tuple(
        code
        for code in definition.languages
        if any(any(texts.values()) and not texts.get(code) for _path, texts in question.texts)
    )


def unknown_pipes(definition: Definition, texts: object, *, own: bool = False) -> str:
    """The first name that texts take up and that does not exist; `own`: texts of the survey, before any answer."""
    known = set(FIELDS) | (set() if own else {f"answer.{question.id}" for question in definition.questions})
    names = (name for text in texts for name in piped_names(str(text)))  # type: ignore[attr-defined]
    return next((name for name in names if name not in known), "")


def known_pipes() -> str:
    """What may stand there."""
    return _("Known are %(names)s and answer.<question> of earlier questions.") % {"names": ", ".join(FIELDS)}


def has_fallback(question: Question, piped: str) -> bool:
    """Every place that takes up the answer says what stands there without it."""
    texts = [text for _path, some in question.texts for text in some.values()]
    return not any(f"answer.{piped}}}}}" in text.replace(" ", "") for text in texts)


def name_of(definition: Definition, question_id: str) -> str:
    """A question's own words, short, for sentences."""
    question = definition.question(question_id)
    words = text_in(question.text, "en") if question else ""
    return words if 0 < len(words) <= 60 else f"{words[:57]}…" if words else question_id
