"""What the demo's customers said: waves of the NPS survey, answers in three languages."""

import datetime as dt
import hashlib
import random
from dataclasses import dataclass

from accounts.models import ContactSend
from voc.models import Answer, Feedback, FeedbackTheme, Invitation, Response, SurveyVersion
from workspace.demo.facts import at_hour
from workspace.demo.insights import InsightSheets, Mention, wants_answer, write_insights
from workspace.demo.shape import Shape
from workspace.demo.sheets import Sheet, next_free_id
from workspace.demo.texts import COMMENTS, Comment

WAVES = (275, 150, 13)  # days ago
STORY_ANSWERS = {
    "zombie": 2,
    "bungled-handover": 3,
    "hollow-praise": 10,
    "advocate": 10,
    "ticket-pressure": 1,
    "refused-reference": 7,
}
LEFT_LYING = {"zombie"}
STORY_THEMES = {
    "zombie": "pricing",
    "bungled-handover": "handover",
    "hollow-praise": "usability",
    "advocate": "value",
    "ticket-pressure": "bugs",
    "refused-reference": "relationship",
}


@dataclass
class VoiceSheets:
    today: dt.date
    version: SurveyVersion
    owner_id: int

    def __post_init__(self) -> None:
        self.insights = InsightSheets(today=self.today)
        self.moment = self.insights.moment
        questions = self.version.definition["questions"]
        self.headline, self.reason = questions[0]["id"], questions[1]["id"]
        self.invitation = Sheet(Invitation, first_id=next_free_id(Invitation))
        self.send = Sheet(ContactSend, first_id=next_free_id(ContactSend))
        self.response = Sheet(Response, first_id=next_free_id(Response))
        self.answer = Sheet(Answer, first_id=next_free_id(Answer))
        self.feedback = Sheet(Feedback, first_id=next_free_id(Feedback))
        self.tag = Sheet(FeedbackTheme, first_id=next_free_id(FeedbackTheme))

    def all(self) -> list[Sheet]:
        return [
            self.invitation,
            self.send,
            self.response,
            self.answer,
            self.feedback,
            self.tag,
            *self.insights.all(),
        ]


def write_voice(sheets: VoiceSheets, rng: random.Random, shape: Shape) -> tuple[int | None, int]:
    """Three waves in a year; who answers is drawn by mood. Returns the last confirmed score and the open insights."""
    last: int | None = None
    mentions: list[Mention] = []
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
                mentions=mentions,
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
            mentions=mentions,
        )
    number = write_insights(sheets.insights, rng, shape, mentions)
    return STORY_ANSWERS.get(shape.story, last) if last is not None else None, number


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
    mentions: list[Mention],
) -> int | None:
    sent_at = at_hour(rng, sheets.today - dt.timedelta(days=age))
    language = language_of(shape.contact_languages[index])
    answered_at = _answer_time(sheets, rng, sent_at, is_last=age <= WAVES[-1], story=shape.story if told else "")
    expires_at = sent_at + dt.timedelta(days=30)
    token = hashlib.sha256(f"{shape.account_id}:{contact_id}:{age}".encode()).hexdigest()
    invitation = sheets.invitation.add(
        version_id=sheets.version.pk,
        account_id=shape.account_id,
        contact_id=contact_id,
        occasion=f"{sent_at:%Y-%m}",
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
            mentions=mentions,
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
    mentions: list[Mention],
) -> None:
    comment = pick_comment(rng, shape, score, told=told)
    text = comment.text[shape.contact_languages[index]]
    language = language_of(shape.contact_languages[index])
    sheets.answer.add(response_id=response, question_id=sheets.reason, text=text)
    is_routed = wants_answer(comment.theme, score, rng)
    # What no rule takes waits in the inbox until somebody has looked at it.
    is_seen = is_routed or (sheets.moment - answered_at).days > 4 or score >= 9
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
        label=label_of(comment.sentiment, score),
        understood_by="perennial-2",
        score=score,
        persona=shape.personas[index],
        received_at=answered_at,
        understood_at=answered_at,
        created_at=answered_at,
        is_handled=is_seen,
    )
    theme_id = sheets.insights.themes.get(comment.theme)
    if theme_id:
        sheets.tag.add(feedback_id=feedback, theme_id=theme_id, start=0, end=len(text))
    if is_routed:
        mentions.append(Mention(feedback, comment.theme, answered_at, score > 6, told))


def _answer_time(
    sheets: VoiceSheets, rng: random.Random, sent_at: dt.datetime, *, is_last: bool, story: str
) -> dt.datetime:
    """Most answer within two days; the last wave's reminder went out lately and brings in those of the last days.

    On every weekday the stories' answers are in time, but for the one that nobody took up.
    """
    if story in LEFT_LYING:
        return sheets.moment - dt.timedelta(days=8, minutes=rng.randint(0, 12 * 60))
    if story:
        return sheets.moment - dt.timedelta(minutes=rng.randint(90, 26 * 60))
    if is_last and rng.random() < 0.6:
        return sheets.moment - dt.timedelta(minutes=rng.randint(90, 80 * 60))
    return sent_at + dt.timedelta(hours=rng.randint(1, 50))


def is_asked_lately(rng: random.Random, shape: Shape) -> bool:
    """The last wave reached half of the accounts; the rest may be asked now."""
    if shape.story == "champion-left":
        return False
    return shape.story in STORY_ANSWERS or rng.random() < 0.5


def label_of(sentiment: float, score: int) -> str:
    """As reading would label it: kind words with a low score are mixed."""
    if score <= 6 and sentiment > 0:
        return "mixed"
    return "positive" if sentiment > 0.2 else "negative" if sentiment < -0.2 else "neutral"


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
