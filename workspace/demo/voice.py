"""What the demo's customers said: waves of the NPS survey, answers in three languages, insights on their way."""

import datetime as dt
import hashlib
import random
from dataclasses import dataclass

from accounts.models import AccountGrant, ContactSend
from team.models import Department
from voc.models import (
    Answer,
    Feedback,
    FeedbackTheme,
    Insight,
    InsightFeedback,
    InsightStep,
    Invitation,
    Response,
    SurveyVersion,
    Theme,
)
from workspace.demo.facts import at_hour
from workspace.demo.shape import Shape
from workspace.demo.sheets import Sheet, next_free_id
from workspace.demo.texts import COMMENTS, Comment

WAVES = (275, 150, 13)  # days ago
DEPARTMENT_OF = {
    "handover": "sales",
    "expectation": "sales",
    "pricing": "sales",
    "usability": "product",
    "bugs": "product",
    "missing-feature": "product",
    "support": "support",
    "billing": "finance",
    "education": "success",
    "relationship": "success",
    "adoption": "success",
    "value": "marketing",
}
STORY_ANSWERS = {
    "zombie": 2,
    "bungled-handover": 3,
    "hollow-praise": 10,
    "advocate": 10,
    "ticket-pressure": 1,
    "refused-reference": 7,
}
STORY_THEMES = {
    "zombie": "pricing",
    "bungled-handover": "handover",
    "hollow-praise": "usability",
    "advocate": "value",
    "ticket-pressure": "bugs",
    "refused-reference": "relationship",
}
TITLES = {
    "handover": "Promise from the sale is in no plan",
    "pricing": "Price rise without a reason",
    "usability": "Monthly export is tedious",
    "bugs": "Dashboards time out at peak",
    "missing-feature": "Approvals per region",
    "support": "Too many hands on one ticket",
    "billing": "Invoice to the wrong entity",
    "education": "Course for new planners",
    "relationship": "Rarely hears from us",
    "adoption": "Other departments have not started",
    "value": "Month-end close twice as fast",
}


@dataclass
class VoiceSheets:
    today: dt.date
    version: SurveyVersion
    owner_id: int

    def __post_init__(self) -> None:
        self.themes = dict(Theme.objects.values_list("slug", "pk"))
        self.departments = {row.slug: row for row in Department.objects.prefetch_related("people")}
        questions = self.version.definition["questions"]
        self.headline, self.reason = questions[0]["id"], questions[1]["id"]
        self.invitation = Sheet(Invitation, first_id=next_free_id(Invitation))
        self.send = Sheet(ContactSend, first_id=next_free_id(ContactSend))
        self.response = Sheet(Response, first_id=next_free_id(Response))
        self.answer = Sheet(Answer, first_id=next_free_id(Answer))
        self.feedback = Sheet(Feedback, first_id=next_free_id(Feedback))
        self.tag = Sheet(FeedbackTheme, first_id=next_free_id(FeedbackTheme))
        self.insight = Sheet(Insight, first_id=next_free_id(Insight))
        self.quote = Sheet(InsightFeedback, first_id=next_free_id(InsightFeedback))
        self.step = Sheet(InsightStep, first_id=next_free_id(InsightStep))
        self.grant = Sheet(AccountGrant, first_id=next_free_id(AccountGrant))

    def all(self) -> list[Sheet]:
        return [
            self.invitation,
            self.send,
            self.response,
            self.answer,
            self.feedback,
            self.tag,
            self.insight,
            self.quote,
            self.step,
            self.grant,
        ]


def write_voice(sheets: VoiceSheets, rng: random.Random, shape: Shape) -> int | None:
    """Three waves in a year; who answers is drawn by mood. Returns the last confirmed score."""
    last: int | None = None
    open_themes: set[str] = set()
    for wave, age in enumerate(WAVES):
        if age >= (sheets.today - shape.signed_on).days or not shape.contact_ids:
            continue
        if age == WAVES[-1] and not is_asked_lately(rng, shape):
            continue
        asked = list(enumerate(shape.contact_ids))[: 5 if shape.segment == "enterprise" else 3]
        for index, contact_id in asked:
            is_last_wave = wave == len(WAVES) - 1
            told = is_last_wave and index == 0 and shape.story in STORY_ANSWERS
            answers = told or rng.random() < shape.answer_rate
            score = _write_one(
                sheets,
                rng,
                shape,
                contact_id=contact_id,
                index=index,
                age=age,
                answers=answers,
                told=told,
                seen=open_themes,
            )
            last = score if score is not None else last
    if shape.story == "bungled-handover" and last is None:
        last = _write_one(
            sheets,
            rng,
            shape,
            contact_id=shape.contact_ids[0],
            index=0,
            age=5,
            answers=True,
            told=True,
            seen=open_themes,
        )
    return STORY_ANSWERS.get(shape.story, last) if last is not None else None


def _write_one(
    sheets: VoiceSheets,
    rng: random.Random,
    shape: Shape,
    *,
    contact_id: int,
    index: int,
    age: int,
    answers: bool,
    told: bool,
    seen: set[str],
) -> int | None:
    sent_at = at_hour(rng, sheets.today - dt.timedelta(days=age))
    language = language_of(shape.contact_languages[index])
    answered_at = sent_at + dt.timedelta(hours=rng.randint(1, 50 if age > 30 else age * 22))
    expires_at = sent_at + dt.timedelta(days=30)
    token = hashlib.sha256(f"{shape.account_id}:{contact_id}:{age}".encode()).hexdigest()
    invitation = sheets.invitation.add(
        version_id=sheets.version.pk,
        account_id=shape.account_id,
        contact_id=contact_id,
        wave=f"{sent_at:%Y-%m}",
        digest=token,
        language=language,
        state="answered" if answers else "expired" if expires_at.date() < sheets.today else "sent",
        sent_by_id=sheets.owner_id,
        created_at=sent_at,
        expires_at=expires_at,
    )
    sheets.send.add(
        contact_id=contact_id,
        account_id=shape.account_id,
        kind="survey",
        message_ref=f"demo:{invitation}",
        sent_at=sent_at,
    )
    if not answers:
        return None
    score = STORY_ANSWERS[shape.story] if told else max(0, min(10, round(7.2 + shape.mood * 3 + rng.gauss(0, 1.6))))
    response = sheets.response.add(
        version_id=sheets.version.pk,
        invitation_id=invitation,
        account_id=shape.account_id,
        contact_id=contact_id,
        state="confirmed",
        score=score,
        language=language,
        persona=shape.personas[index],
        started_at=answered_at,
        submitted_at=answered_at,
    )
    sheets.answer.add(response_id=response, question_id=sheets.headline, number=score)
    if told or rng.random() < 0.6:
        _write_comment(
            sheets,
            rng,
            shape,
            contact_id=contact_id,
            index=index,
            response=response,
            score=score,
            answered_at=answered_at,
            told=told,
            seen=seen,
        )
    return score


def _write_comment(
    sheets: VoiceSheets,
    rng: random.Random,
    shape: Shape,
    *,
    contact_id: int,
    index: int,
    response: int,
    score: int,
    answered_at: dt.datetime,
    told: bool,
    seen: set[str],
) -> None:
    comment = pick_comment(rng, shape, score, told=told)
    text = comment.text[shape.contact_languages[index]]
    language = language_of(shape.contact_languages[index])
    sheets.answer.add(response_id=response, question_id=sheets.reason, text=text)
    feedback = sheets.feedback.add(
        account_id=shape.account_id,
        contact_id=contact_id,
        response_id=response,
        source="survey",
        source_system="survey",
        external_id=f"response:{response}",
        text=text,
        language=language,
        sentiment=comment.sentiment,
        is_mixed=score <= 6 and comment.sentiment > 0,
        score=score,
        persona=shape.personas[index],
        received_at=answered_at,
        understood_at=answered_at,
        created_at=answered_at,
        is_handled=score > 6 and not told,
    )
    theme_id = sheets.themes.get(comment.theme)
    if theme_id:
        sheets.tag.add(feedback_id=feedback, theme_id=theme_id, start=0, end=len(text))
    if score <= 6 and comment.theme not in seen:
        seen.add(comment.theme)
        _write_insight(
            sheets, rng, shape, comment=comment, feedback=feedback, theme_id=theme_id, at=answered_at, told=told
        )


def is_asked_lately(rng: random.Random, shape: Shape) -> bool:
    """The last wave reached half of the accounts; the rest may be asked now."""
    if shape.story == "champion-left":
        return False
    return shape.story in STORY_ANSWERS or rng.random() < 0.5


def language_of(code: str) -> str:
    """`zh-hans` as the two letters that answers are kept under."""
    return code.split("-", maxsplit=1)[0]


def pick_comment(rng: random.Random, shape: Shape, score: int, *, told: bool) -> Comment:
    """A comment that goes with the score; a story has its own theme."""
    if told:
        fitting = [
            row for row in COMMENTS if row.theme == STORY_THEMES[shape.story] and (row.sentiment > 0) == (score > 6)
        ]
        if fitting:
            return fitting[0]
    if score <= 6:
        return rng.choice([row for row in COMMENTS if row.sentiment < 0])
    if score <= 8:
        return rng.choice([row for row in COMMENTS if -0.35 < row.sentiment < 0.4])
    return rng.choice([row for row in COMMENTS if row.sentiment >= 0.5])


def _write_insight(
    sheets: VoiceSheets,
    rng: random.Random,
    shape: Shape,
    *,
    comment: Comment,
    feedback: int,
    theme_id: int | None,
    at: dt.datetime,
    told: bool,
) -> None:
    """An insight; the older it is, the further it got."""
    department = sheets.departments[DEPARTMENT_OF[comment.theme]]
    people = list(department.people.all())
    age = (sheets.today - at.date()).days
    odds = (60, 40, 0, 0, 0) if age < 45 else (4, 18, 22, 46, 10)
    state = "new" if told else rng.choices(("new", "accepted", "told", "verified", "declined"), odds)[0]
    decided = at + dt.timedelta(hours=20)
    fields: dict[str, object] = {}
    path = [("new", at, "")]
    if state in {"accepted", "told", "verified"}:
        fields |= {
            "promise": "Fixed in the next release",
            "promised_on": at.date() + dt.timedelta(days=60),
            "decided_at": decided,
        }
        path.append(("accepted", decided, "Fixed in the next release"))
    if state in {"told", "verified"}:
        acted = at + dt.timedelta(days=21)
        fields |= {
            "action": "Shipped and checked with their data",
            "acted_at": acted,
            "told_at": acted + dt.timedelta(days=1),
        }
        path += [("acted_on", acted, "Shipped"), ("told", acted + dt.timedelta(days=1), "")]
    if state == "verified":
        fields["verified_at"] = at + dt.timedelta(days=26)
        path.append(("verified", at + dt.timedelta(days=26), "The customer said yes"))
    if state == "declined":
        fields |= {"decline_reason": "Against the data model we keep for audits", "decided_at": decided}
        path.append(("declined", decided, "Against the data model we keep for audits"))
    insight = sheets.insight.add(
        account_id=shape.account_id,
        theme_id=theme_id,
        department_id=department.pk,
        title=TITLES[comment.theme],
        state=state,
        owner_id=people[0].pk if people and state != "new" else None,
        priority=1 if told else rng.choice((1, 2, 2, 3, 3)),
        due_at=at + dt.timedelta(days=3),
        created_at=at,
        **fields,
    )
    sheets.quote.add(insight_id=insight, feedback_id=feedback, joined_at=at)
    for step_state, step_at, text in path:
        actor = people[0].pk if people and step_state not in {"new", "verified"} else None
        sheets.step.add(insight_id=insight, state=step_state, actor_id=actor, text=text, happened_at=step_at)
    sheets.grant.add(
        account_id=shape.account_id,
        department_id=department.pk,
        reason=TITLES[comment.theme],
        source_ref=f"insight:{insight}",
        until=sheets.today + dt.timedelta(days=180),
    )
