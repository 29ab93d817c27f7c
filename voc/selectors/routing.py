"""Routing rules as they are kept: what they may ask, which fits a piece of feedback, and what they would have done."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.formulas.conditions import (
    BOOLEAN,
    CHOICE,
    NUMBER,
    BadCondition,
    ConditionName,
    describe,
    parse_conditions,
)
from accounts.models import Account, Persona
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from lifecycle.models import Stage
from team.clock import now
from voc.formulas.nps import is_detractor
from voc.formulas.routing import THEME, Rule, choose_rule
from voc.models import Feedback, FeedbackTheme, RoutingRule, Survey, Theme
from voc.selectors.inbox import LANGUAGE_NAMES
from voc.selectors.questions import answered_questions, question_choices

QUESTION = "feedback.question"
DAYS = 90
# So many pieces that would wait in the inbox are listed.
MOST_LISTED = 50
BATCH = 5_000
PRAISE_FROM = 9


def feedback_names(*, with_questions: bool = True) -> list[ConditionName]:
    """What a rule may ask of the feedback itself, in the order of the editor's menu; three queries.

    Without the questions of all surveys where nobody asks for them: they are read from every version.
    """
    questions = question_choices() if with_questions else ()
    themes = tuple((theme.slug, theme.name) for theme in Theme.objects.all())
    surveys = tuple((str(pk), name) for pk, name in Survey.objects.order_by("name").values_list("pk", "name"))
    return [
        ConditionName(THEME, _("Theme"), CHOICE, choices=themes),
        ConditionName("feedback.label", _("Sentiment"), CHOICE, choices=_said(Feedback.Label.choices)),
        ConditionName("feedback.sentiment", _("Sentiment, -1 to 1"), NUMBER),
        ConditionName("feedback.score", _("Score, 0 to 10"), NUMBER),
        ConditionName("feedback.is_detractor", _("Critic (0 to 6)"), BOOLEAN),
        ConditionName("feedback.source", _("Source"), CHOICE, choices=_said(Feedback.Source.choices)),
        ConditionName("feedback.survey", _("Survey"), CHOICE, choices=surveys),
        ConditionName(QUESTION, _("Question that was answered"), CHOICE, choices=questions),
        ConditionName("feedback.language", _("Language"), CHOICE, choices=_said(LANGUAGE_NAMES.items())),
        ConditionName("feedback.persona", _("Persona"), CHOICE, choices=_said(Persona.choices)),
        ConditionName("feedback.stage", _("Stage at that time"), CHOICE, choices=_said(Stage.Kind.choices)),
    ]


def _said(choices: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), str(words)) for value, words in choices)


def facts_of(feedback: Feedback, survey_id: int | None, question: str | None = None) -> dict[str, Any]:
    """What the names of `feedback_names` are for one piece; unknown ones are None. The theme is asked apart."""
    return {
        "feedback.label": feedback.label or None,
        "feedback.sentiment": None if feedback.sentiment is None else float(feedback.sentiment),
        "feedback.score": feedback.score,
        "feedback.is_detractor": None if feedback.score is None else is_detractor(feedback.score),
        "feedback.source": feedback.source,
        "feedback.survey": str(survey_id) if survey_id else None,
        QUESTION: question,
        "feedback.language": feedback.language or None,
        "feedback.persona": feedback.persona or None,
        "feedback.stage": feedback.stage or None,
    }


def is_silent_praise(feedback: Feedback) -> bool:
    """A high score that no rule takes: nobody has to look at it."""
    return feedback.score is not None and feedback.score >= PRAISE_FROM


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule with its conditions parsed; `problem` says why it cannot be used: it then takes nothing."""

    row: RoutingRule
    rule: Rule
    problem: str = ""


def parse_rules(rows: Sequence[RoutingRule]) -> list[ParsedRule]:
    """Rules against the names that exist now; a rule about a theme or a field that went takes nothing and says so."""
    if not rows:
        return []
    names = {entry.name: entry for entry in feedback_names(with_questions=any(_names_question(row) for row in rows))}
    accounts = condition_catalogue() if any(row.conditions for row in rows) else {}
    return [_parse(row, names, accounts) for row in rows]


def _names_question(row: RoutingRule) -> bool:
    return any(isinstance(one, Mapping) and one.get("name") == QUESTION for one in row.match or ())


def _parse(row: RoutingRule, names: Mapping[str, ConditionName], accounts: Mapping[str, ConditionName]) -> ParsedRule:
    try:
        return ParsedRule(row, Rule(parse_conditions(row.match, names), parse_conditions(row.conditions, accounts)))
    except BadCondition as problem:
        return ParsedRule(row, Rule(()), str(problem))


def rule_words(rows: Sequence[RoutingRule]) -> list[tuple[RoutingRule, list[str], str]]:
    """Each rule with its conditions in words, and what is wrong with it."""
    names = {entry.name: entry for entry in feedback_names()}
    accounts = condition_catalogue()
    found = []
    for row in rows:
        parsed = _parse(row, names, accounts)
        said = [describe(one, names) for one in parsed.rule.match]
        said += [describe(one, accounts) for one in parsed.rule.conditions]
        found.append((row, said, parsed.problem))
    return found


def active_rules() -> list[ParsedRule]:
    """Those that are on and can be used, in their order."""
    rows = RoutingRule.objects.filter(is_active=True).select_related("department", "person")
    return [parsed for parsed in parse_rules(list(rows)) if not parsed.problem]


def fitting_rule(feedback: Feedback, tags: Sequence[FeedbackTheme]) -> tuple[RoutingRule | None, FeedbackTheme | None]:
    """The rule that takes a piece, and the theme that decided; see voc.formulas.routing.choose_rule."""
    rules = active_rules()
    survey_id = feedback.response.version.survey_id if feedback.response else None
    question = None
    if feedback.response_id and any(parsed.rule.asks(QUESTION) for parsed in rules):
        question = answered_questions([feedback.response_id]).get(feedback.response_id)

    def fits_account(number: int) -> bool:
        asked = rules[number].rule.conditions
        return not asked or Account.objects.filter(matching(asked), pk__in=[feedback.account_id]).exists()

    number, place = choose_rule(
        [parsed.rule for parsed in rules],
        facts_of(feedback, survey_id, question),
        [tag.theme.slug for tag in tags],
        fits_account,
    )
    return (rules[number].row if number is not None else None, tags[place] if place is not None else None)


@dataclass(frozen=True, slots=True)
class RuleTally:
    """What one rule would have taken: pieces of feedback, and the insights that they make together."""

    rule_id: int | None
    name: str
    department: str
    feedback: int
    insights: int


@dataclass(frozen=True, slots=True)
class RoutingTrial:
    """What rules would have done with the feedback of some days; every piece is in one of the four sums."""

    days: int
    total: int
    tallies: tuple[RuleTally, ...]
    unrouted: int
    praise: int
    without_account: int
    unrouted_ids: tuple[int, ...]

    @property
    def routed(self) -> int:
        return sum(tally.feedback for tally in self.tallies)


def try_rules(rows: Sequence[RoutingRule], *, days: int = DAYS) -> RoutingTrial:
    """Judge all feedback of the last days by these rules, in their order; nothing is written.

    Accounts are judged as they are now. Queries: five, one more per rule that asks about accounts, three per 5,000
    pieces. Repeats count with the piece that they repeat.
    """
    rules = [parsed for parsed in parse_rules(rows) if not parsed.problem]
    since = now() - dt.timedelta(days=days)
    heard = Feedback.objects.filter(received_at__gte=since).order_by("pk")
    fitting = _accounts_of(rules, heard)
    taken: dict[int, int] = defaultdict(int)
    made: dict[int, set[tuple[int, str, int]]] = defaultdict(set)
    sums = {"total": 0, "unrouted": 0, "praise": 0, "without_account": 0}
    waiting: list[int] = []
    asks_question = any(parsed.rule.asks(QUESTION) for parsed in rules)
    for piece, themes, survey_id, question in _pieces(heard, asks_question=asks_question):
        sums["total"] += 1
        if piece.account_id is None:
            sums["without_account"] += 1
            continue
        account_id = piece.account_id
        number, place = choose_rule(
            [parsed.rule for parsed in rules],
            facts_of(piece, survey_id, question),
            themes,
            lambda index, of=account_id: index not in fitting or of in fitting[index],  # type: ignore[misc]
        )
        if number is not None:
            taken[number] += 1
            theme = themes[place] if place is not None else f"piece {piece.pk}"
            made[number].add((account_id, theme, rules[number].row.department_id))
        elif is_silent_praise(piece):
            sums["praise"] += 1
        else:
            sums["unrouted"] += 1
            waiting.append(piece.pk)
    tallies = tuple(
        RuleTally(one.row.pk, one.row.name, one.row.department.name, taken[number], len(made[number]))
        for number, one in enumerate(rules)
    )
    return RoutingTrial(days=days, tallies=tallies, unrouted_ids=tuple(waiting[-MOST_LISTED:]), **sums)


def _accounts_of(rules: Sequence[ParsedRule], heard: QuerySet[Feedback]) -> dict[int, set[int]]:
    """For each rule that asks about accounts: those that fit, of those that said anything."""
    speaking = heard.filter(account__isnull=False).order_by().values("account")
    return {
        number: set(Account.objects.filter(matching(one.rule.conditions), pk__in=speaking).values_list("pk", flat=True))
        for number, one in enumerate(rules)
        if one.rule.conditions
    }


def _pieces(
    heard: QuerySet[Feedback], *, asks_question: bool
) -> Iterable[tuple[Feedback, list[str], int | None, str | None]]:
    """Pieces with their themes, strongest first, and the survey and question that they answer; without their words."""
    fields = ("account_id", "label", "sentiment", "score", "source", "language", "persona", "stage", "response_id")
    last = 0
    while True:
        rows = list(heard.filter(pk__gt=last, duplicate_of__isnull=True).only(*fields)[:BATCH])
        if not rows:
            return
        last = rows[-1].pk
        themes: dict[int, list[str]] = defaultdict(list)
        tags = FeedbackTheme.objects.filter(feedback__in=[row.pk for row in rows]).order_by("-is_by_person", "id")
        for feedback_id, slug in tags.values_list("feedback", "theme__slug"):
            themes[feedback_id].append(slug)
        answered = [row.response_id for row in rows if row.response_id]
        surveys = dict(Survey.objects.filter(versions__responses__in=answered).values_list("versions__responses", "pk"))
        questions = answered_questions(answered) if asks_question and answered else {}
        for row in rows:
            response_id = row.response_id or 0
            yield row, themes[row.pk], surveys.get(response_id), questions.get(response_id)
