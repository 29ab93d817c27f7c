"""Answers to the demo vendor's surveys over a year: all types, some left half-way, some given by machines."""

import datetime as dt
import hashlib
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from accounts.models import Contact
from team.clock import now
from team.models import User
from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import SCALED, WRITING, YES, Definition, Question, read_definition
from voc.formulas.flow import path_of
from voc.models import Answer, Invitation, ListeningCell, Response, Survey, SurveyLink, SurveyVersion, Wave
from voc.services.coverage import tally_coverage
from workspace.demo.sheets import Sheet, move_sequences, next_free_id, without_audit
from workspace.demo.surveys import PUBLISHED

PULSE_NAME = "User pulse, anonymous"
PER_SURVEY, PULSE_ANSWERS = 2_000, 64
ROUNDS = ((320, "Winter"), (200, "Spring"), (60, "Autumn"))
WORDS = ("Quick and friendly.", "It took too long.", "The steps were clear.", "I had to ask twice.", "Fine as it is.")
PULSE: dict[str, Any] = {
    "languages": ["en"],
    "questions": [
        {"id": "ease", "type": "ces", "text": {"en": "The planner makes my work easy."}},
        {
            "id": "tasks",
            "type": "multiple",
            "text": {"en": "What do you use it for?"},
            "options": [
                {"id": "plan", "text": {"en": "Weekly planning"}},
                {"id": "report", "text": {"en": "Reports"}},
                {"id": "share", "text": {"en": "Sharing with others"}},
            ],
            "has_other": True,
        },
        {
            "id": "parts",
            "type": "matrix",
            "text": {"en": "How good are these?"},
            "rows": [
                {"id": "speed", "text": {"en": "Speed"}},
                {"id": "help", "text": {"en": "Help pages"}},
                {"id": "mobile", "text": {"en": "On the phone"}},
            ],
            "columns": [
                {"id": "poor", "text": {"en": "Poor"}},
                {"id": "fair", "text": {"en": "Fair"}},
                {"id": "good", "text": {"en": "Good"}},
            ],
        },
        {
            "id": "next",
            "type": "ranking",
            "text": {"en": "What should come next?"},
            "options": [
                {"id": "alerts", "text": {"en": "Alerts"}},
                {"id": "export", "text": {"en": "Better export"}},
                {"id": "templates", "text": {"en": "Templates"}},
            ],
        },
        {"id": "stars", "type": "rating", "scale": 5, "text": {"en": "Rate the last release."}},
        {"id": "test", "type": "consent", "text": {"en": "I would like to test new things."}},
        {"id": "words", "type": "text", "text": {"en": "Anything else?"}},
    ],
}
# The NPS answers were written account by account; what was known at that time is added here at once.
KNOWN_THEN = """
UPDATE voc_response response SET segment = coalesce(segment.name, ''), stage = summary.stage,
    is_complete = (response.id %% 9 <> 0), seconds = 20 + (response.id * 37) %% 160,
    seen = CASE WHEN response.id %% 9 = 0 THEN ARRAY[%s] ELSE ARRAY[%s, %s] END
FROM accounts_account account
JOIN accounts_accountsummary summary ON summary.account_id = account.id
LEFT JOIN accounts_segment segment ON segment.id = account.segment_id
WHERE account.id = response.account_id AND response.version_id = %s AND response.seconds IS NULL
"""


class AnswerSheets:
    """The tables that are filled."""

    def __init__(self) -> None:
        self.invitation = Sheet(Invitation, first_id=next_free_id(Invitation))
        self.response = Sheet(Response, first_id=next_free_id(Response))
        self.answer = Sheet(Answer, first_id=next_free_id(Answer))

    def all(self) -> list[Sheet]:
        """In the order in which they may be written."""
        return [self.invitation, self.response, self.answer]


@transaction.atomic
def write_responses(*, seed: int, nps: SurveyVersion, moods: Mapping[int, float | None]) -> None:
    """Answers for every published survey, once; then coverage is counted and half of its cells get an owner."""
    first, second = (question["id"] for question in nps.definition["questions"][:2])
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_THEN, [first, first, second, nps.pk])
    if not Response.objects.filter(source="demo").exists():
        rng = random.Random(f"{seed}:responses")
        sheets = AnswerSheets()
        people = list(
            Contact.objects.active()
            .order_by("pk")
            .values_list("pk", "account_id", "persona", "account__segment__name", "account__summary__stage")[
                :PER_SURVEY
            ]
        )
        for name, _slug in PUBLISHED:
            survey = Survey.objects.filter(name=name).first()
            if survey is not None:
                _answer_survey(sheets, rng, survey, people, moods)
        _answer_pulse(sheets, rng)
        with without_audit(sheets.all()):
            for sheet in sheets.all():
                sheet.flush()
        move_sequences(sheets.all())
    tally_coverage()
    _plan_cells()


def _answer_survey(
    sheets: AnswerSheets,
    rng: random.Random,
    survey: Survey,
    people: list[tuple[Any, ...]],
    moods: Mapping[int, float | None],
) -> None:
    """Three rounds in a year; the last one goes a little better than the first."""
    version = survey.versions.latest("number")
    definition = read_definition(version.definition)
    for number, (age, season) in enumerate(ROUNDS):
        sent_at = now() - dt.timedelta(days=age)
        wave = Wave.objects.create(
            survey=survey,
            version=version,
            name=f"{season} {sent_at:%Y}",
            state=Wave.State.CLOSED,
            launched_at=sent_at,
            finished_at=sent_at,
        )
        for pk, account_id, persona, segment, stage in people:
            mood = moods.get(account_id, 0.2)
            if rng.random() > 0.35 or mood is None:
                continue
            eager = 0.24 if persona in ("executive", "decision_maker") else 0.46
            answers = rng.random() < eager
            invitation = sheets.invitation.add(
                version_id=version.pk,
                account_id=account_id,
                contact_id=pk,
                occasion=f"wave:{wave.pk}",
                wave_id=wave.pk,
                digest=hashlib.sha256(f"{survey.pk}:{wave.pk}:{pk}".encode()).hexdigest(),
                state="answered" if answers else "expired",
                created_at=sent_at,
                sent_at=sent_at,
                expires_at=sent_at + dt.timedelta(days=30),
            )
            state = "confirmed" if answers else rng.choices(("", "partial", "provisional", "machine"), (84, 8, 4, 4))[0]
            if state:
                known = {"persona": persona, "segment": segment or "", "stage": stage or ""}
                at = sent_at + dt.timedelta(minutes=rng.randint(30, 4_000))
                who = {"invitation_id": invitation, "account_id": account_id, "contact_id": pk, **known}
                _write(
                    sheets, rng, version, definition, state=state, at=at, mood=0.52 + 0.05 * number + 0.3 * mood, **who
                )


def _answer_pulse(sheets: AnswerSheets, rng: random.Random) -> None:
    """Nobody is known here but by the role they chose; one group is small on purpose."""
    owner = User.objects.get(email="manager@example.com")
    survey = Survey.objects.create(
        name=PULSE_NAME,
        kind=Survey.Kind.CES,
        owner=owner,
        is_anonymous=True,
        decision="What the next release makes easier",
        measure="CES",
        target="5.5",
        who_reads="The product team, to choose what comes next",
        draft=PULSE,
    )
    version = SurveyVersion.objects.create(survey=survey, number=1, definition=PULSE, published_by=owner)
    key = hashlib.sha256(f"demo:{survey.pk}".encode()).hexdigest()[:24]
    link = SurveyLink.objects.create(survey=survey, kind="link", name="Help page", key=key, created_by=owner)
    definition = read_definition(PULSE)
    for number in range(PULSE_ANSWERS):
        persona = "executive" if number < 3 else "champion" if number % 3 == 0 else "user"
        state = "partial" if number % 11 == 5 else "confirmed"
        at = now() - dt.timedelta(days=rng.randint(2, 150), minutes=rng.randint(0, 1_000))
        _write(
            sheets, rng, version, definition, state=state, at=at, mood=0.6, link_id=link.pk, persona=persona, segment=""
        )


def _write(
    sheets: AnswerSheets,
    rng: random.Random,
    version: SurveyVersion,
    definition: Definition,
    *,
    state: str,
    at: dt.datetime,
    mood: float,
    **who: Any,
) -> None:
    answers: dict[str, AnswerValue] = {}
    for question in definition.questions:
        value = _value(rng, question, mood)
        if value is not None:
            answers[question.id] = value
    path = [question.id for question in path_of(definition, answers)]
    reach = len(path) if state == "confirmed" and rng.random() < 0.9 else rng.randint(1, len(path))
    if state in ("provisional", "machine"):
        reach = 1
    seen = path[:reach]
    headline = definition.headline
    score = answers[headline.id].number if headline is not None and headline.id in answers else None
    response = sheets.response.add(
        version_id=version.pk,
        source="demo",
        state=state,
        doubts=["too_fast"] if state == "machine" else [],
        score=None if score is None else int(score),
        language="en",
        seen=seen,
        seconds=rng.randint(18, 60) + 12 * len(seen) if state == "confirmed" else None,
        is_complete=reach == len(path) and state == "confirmed",
        started_at=at,
        submitted_at=at if state == "confirmed" else None,
        **who,
    )
    for question_id in seen:
        found = answers.get(question_id)
        if found is not None and not (state == "partial" and question_id == seen[-1]):
            sheets.answer.add(
                response_id=response,
                question_id=question_id,
                number=found.number,
                text=found.text,
                choices=found.choices,
            )


def _value(rng: random.Random, question: Question, mood: float) -> AnswerValue | None:
    """A likely answer; some are left out."""
    if question.type in SCALED:
        numbers = question.numbers
        lean = mood + rng.gauss(0.12, 0.22)
        place = min(len(numbers) - 1, max(0, round(lean * (len(numbers) - 1))))
        return AnswerValue(number=Decimal(numbers[place]))
    if not question.is_required and rng.random() < 0.12:
        return None
    if question.type in WRITING:
        return AnswerValue(text=rng.choice(WORDS)) if rng.random() < 0.5 else None
    if question.type == "consent":
        return AnswerValue(choices=[YES]) if rng.random() < 0.4 else None
    return _chosen(rng, question)


def _chosen(rng: random.Random, question: Question) -> AnswerValue:
    """One, some or all of the options, in an order, or a column for each row."""
    options = [option.id for option in question.options]
    if question.type == "single":
        weights = [len(options) - place for place in range(len(options))]
        return AnswerValue(choices=rng.choices(options, weights)[:1])
    if question.type == "multiple":
        picked = [option for option in options if rng.random() < 0.5] or options[:1]
        return AnswerValue(choices=picked, text="Time sheets" if question.has_other and rng.random() < 0.1 else "")
    if question.type == "ranking":
        return AnswerValue(choices=sorted(options, key=lambda option: options.index(option) + rng.gauss(0, 1.2)))
    columns = [column.id for column in question.columns]
    return AnswerValue(choices={row.id: rng.choices(columns, range(1, len(columns) + 1))[0] for row in question.rows})


def _plan_cells() -> None:
    """Somebody listens to the roles that matter; some cells are left out on purpose, the rest has no owner yet."""
    owner = User.objects.get(email="manager@example.com")
    nps = Survey.objects.filter(kind=Survey.Kind.NPS).order_by("pk").first()
    cells = []
    for stage in ("Onboarding", "First Value", "Executive Business Review", "Renewal"):
        plans: tuple[tuple[str, str, str, int | None], ...] = (
            ("champion", "call", "Call every month", 30),
            ("champion", "survey", "NPS twice a year", 180),
            ("decision_maker", "call", "Call before the review", 90),
            ("executive", "survey", "NPS once a year", 365),
            ("user", "public", "", None),
        )
        for persona, channel, method, days in plans:
            cells.append(
                ListeningCell(
                    persona=persona,
                    stage=stage,
                    channel=channel,
                    method=method,
                    survey=nps if channel == "survey" else None,
                    owner=owner if days else None,
                    every_days=days,
                    is_left_out=days is None,
                )
            )
    ListeningCell.objects.bulk_create(cells, ignore_conflicts=True)
